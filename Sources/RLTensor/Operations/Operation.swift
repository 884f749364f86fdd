internal import RLSupport

/// What a node of a graph computes: the instructions for its result and its gradients, and the same in double
/// precision.
///
/// Each operation has a file, which holds all that is special to it. `Operations.all` lists them; the tests go through
/// that list.
protocol Operation {
  /// The name in errors.
  var name: String { get }
  /// What the tests compute with it.
  static var examples: [OperationExample] { get }
  /// Which operands may belong to the rows of a batch.
  var rowRule: RowRule { get }
  /// Whether the first operand may be bytes.
  var takesBytes: Bool { get }
  /// Whether it computes something of all rows of a batch, so that no batch with it is cut into slices.
  var needsWholeBatch: Bool { get }
  /// Whether gradients flow to an operand.
  func isDifferentiable(by operand: Int) -> Bool
  /// One operation for the operand's and this one, if there is any.
  func fused(with producer: any Operation) -> (any Operation)?
  /// The buffer of the result: a new one unless the operation says otherwise.
  func place(_ node: OperationNode, in builder: inout ProgramBuilder) -> Int32
  /// Emits the instructions for the result.
  func emitForward(_ node: OperationNode, in builder: inout ProgramBuilder)
  /// Emits the instructions for the gradients of the operands that need one.
  func emitBackward(_ node: OperationNode, in builder: inout ProgramBuilder)
  /// The result in plain loops and double precision, row-major without padding.
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> [Double]
}

/// Which operands may belong to the rows of a batch, if any does.
enum RowRule {
  /// All of them: each row of the result depends on the same row of every operand.
  case all
  /// Only these, all of them: the others are the same for all rows.
  case only(Set<Int>)
  /// None: the result depends on several rows, and a slice does not know the others.
  case none

  /// Only the first.
  static var first: RowRule { .only([0]) }
}

extension Operation {
  var name: String {
    // All but the last capital at the start of a name with small letters are an abbreviation.
    let name = plainName(of: Self.self)
    let capitals = name.prefix { $0.isUppercase }.count
    let count = capitals == name.count ? capitals : max(1, capitals - 1)
    return name.prefix(count).lowercased() + name.dropFirst(count)
  }

  var rowRule: RowRule { .all }

  var takesBytes: Bool { false }

  var needsWholeBatch: Bool { false }

  func isDifferentiable(by operand: Int) -> Bool { true }

  func fused(with producer: any Operation) -> (any Operation)? { nil }

  func place(_ node: OperationNode, in builder: inout ProgramBuilder) -> Int32 {
    builder.buffer(like: node.id, pinned: builder.isOutput(node.id))
  }
}

/// A node of a graph while its instructions are emitted.
struct OperationNode {
  struct Operand {
    let id: Int
    let shape: Shape
    /// The buffer of the numbers.
    let value: Int32
  }

  let id: Int
  let shape: Shape
  let operands: [Operand]
  /// The buffers of the result, of its gradient and of what the backward pass needs beside; -1 if there is none (yet).
  let (value, gradient, saved): (Int32, Int32, Int32)

  subscript(operand: Int) -> Operand { operands[operand] }
}

/// The numbers of an operand in double precision, row-major without padding.
struct ReferenceTensor {
  let numbers: [Double]
  let shape: Shape

  var rows: [[Double]] {
    (0..<shape.rows).map { Array(numbers[$0 * shape.columns..<($0 + 1) * shape.columns]) }
  }
}
