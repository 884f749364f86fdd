/// A computation while it is being traced: ordinary code over ``Variable``s leaves its operations here.
///
/// A ``Program`` is made from a graph and can be run again and again. A mistake in the shapes is
/// remembered with the operation's name and thrown when the program is made.
///
/// ```swift
/// let graph = Graph()
/// let x = graph.input(.vector(3))
/// let loss = (x * x).sum()
/// ```
public final class Graph {
  struct Node {
    let operation: any Operation
    var operands: [Int]
    var shape: Shape
    var parameters: Parameters?
    var name: String?
    /// Whether the numbers belong to the rows of a batch.
    var isRow = false
  }

  /// The most rows of a batch, in the graph of a ``BatchProgram``.
  public let rows: Int?
  /// How many rows that follow each other are the steps of a sequence, through which recurrent layers walk.
  public let sequenceLength: Int
  var nodes: [Node] = []
  private(set) var failure: ShapeError?
  private(set) var current: Parameters?

  /// An empty graph.
  ///
  /// - Parameters:
  ///   - parameters: Where layers take their weights from.
  ///   - rows: The most rows of a batch, for a ``BatchProgram``.
  ///   - sequenceLength: How many rows that follow each other are the steps of a sequence: 1 or more. Batches have whole
  ///     sequences.
  public init(parameters: Parameters? = nil, rows: Int? = nil, sequenceLength: Int = 1) {
    precondition(
      sequenceLength > 0, "Graph: a sequence has 1 step or more, not \(sequenceLength)")
    current = parameters
    self.rows = rows
    self.sequenceLength = sequenceLength
  }

  /// The same computation for another number of rows.
  init(_ graph: Graph, rows: Int) {
    self.rows = rows
    sequenceLength = graph.sequenceLength
    nodes = graph.nodes
    for i in nodes.indices where nodes[i].isRow {
      nodes[i].shape = nodes[i].shape.with(rows: rows)
    }
  }

  /// Traces with other weights of the same layout, such as those of a target network.
  public func using<Result>(_ parameters: Parameters, _ body: () throws -> Result) rethrows
    -> Result
  {
    let outer = current
    current = parameters
    defer { current = outer }
    return try body()
  }

  /// Numbers that the caller provides before each run.
  public func input(_ shape: Shape, name: String = "input") -> Variable {
    add(Operations.Input(), [], shape, name: name)
  }

  /// Numbers of the rows of a batch: `[rows, columns]`, or `[rows]` if `columns` is `nil`.
  public func rowInput(_ columns: Int? = nil, name: String = "row input") -> Variable {
    guard let rows else {
      fail("row input", "'\(name)' is an input of rows in a graph that has none")
      return input(columns.map { .matrix(1, $0) } ?? .vector(1), name: name)
    }
    let variable = input(columns.map { .matrix(rows, $0) } ?? .vector(rows), name: name)
    nodes[variable.id].isRow = true
    return variable
  }

  /// Bytes that the caller provides before each run, `[rows, columns]`; they stand for themselves times a scale.
  ///
  /// `asNumbers` and `convolution` take them, and no other operation. The scale is finite and not zero.
  public func bytes(_ rows: Int, _ columns: Int, scale: Float = 1, name: String = "bytes")
    -> Variable
  {
    if !scale.isFinite || scale == 0 {
      fail("bytes", "the scale of '\(name)' is \(scale); it must be finite and not zero")
    }
    return add(Operations.Input(scale: scale), [], .bytes(rows, columns), name: name)
  }

  /// Bytes of the rows of a batch, `[rows, columns]`, such as images; they stand for themselves times a scale.
  ///
  /// `asNumbers` and `convolution` take them, and no other operation.
  public func rowBytes(_ columns: Int, scale: Float = 1, name: String = "row bytes") -> Variable {
    if rows == nil {
      fail("row bytes", "'\(name)' is an input of rows in a graph that has none")
    }
    let variable = bytes(rows ?? 1, columns, scale: scale, name: name)
    nodes[variable.id].isRow = rows != nil
    return variable
  }

  /// Numbers that never change; row-major.
  public func constant(_ values: [Float], shape: Shape) -> Variable {
    if values.count != shape.count {
      fail("constant", "\(values.count) numbers do not fill \(shape)")
    }
    return add(Operations.Constant(numbers: values), [], shape)
  }

  /// A single number that never changes.
  public func constant(_ value: Float) -> Variable { constant([value], shape: .scalar) }

  /// A weight of the current parameters.
  public func parameter(_ parameter: Parameter) -> Variable {
    guard let current else {
      fail("parameter", "'\(parameter.name)' is used in a graph that has no parameters")
      return add(Operations.Input(), [], parameter.shape)
    }
    if let known = nodes.firstIndex(where: {
      ($0.operation as? Operations.Weight)?.parameter == parameter && $0.parameters === current
    }) {
      return Variable(graph: self, id: known)
    }
    let variable = add(
      Operations.Weight(parameter: parameter), [], parameter.shape, name: parameter.name)
    nodes[variable.id].parameters = current
    return variable
  }

  func add(_ operation: any Operation, _ operands: [Variable], _ shape: Shape, name: String? = nil)
    -> Variable
  {
    for operand in operands where operand.graph !== self {
      fail(operation.name, "an operand belongs to another graph")
    }
    for (i, operand) in operands.enumerated()
    where operand.shape.areBytes && !(i == 0 && operation.takesBytes) {
      fail(operation.name, "\(operand.shape) are no numbers; asNumbers() makes numbers of them")
    }
    var node = Node(operation: operation, operands: operands.map(\.id), shape: shape, name: name)
    node.isRow = belongsToRows(operation, operands)
    nodes.append(node)
    return Variable(graph: self, id: nodes.count - 1)
  }

  /// Whether a result belongs to the rows of a batch; fails where an operation would mix rows, since a slice does not
  /// know the others.
  private func belongsToRows(_ operation: any Operation, _ operands: [Variable]) -> Bool {
    let areRows = operands.map { nodes[$0.id].isRow }
    guard areRows.contains(true) else { return false }
    let isAllowed =
      switch operation.rowRule {
      case .none: false
      case .only(let places): areRows.indices.allSatisfy { areRows[$0] == places.contains($0) }
      case .all: !areRows.contains(false)
      }
    if !isAllowed {
      fail(operation.name, "mixes the rows of a batch, of which a slice does not know the others")
    }
    return true
  }

  func fail(_ operation: String, _ problem: String) {
    if failure == nil { failure = ShapeError(operation: operation, problem: problem) }
  }
}

/// A tensor in a computation that is being traced.
public struct Variable {
  /// The computation that this is a part of.
  public let graph: Graph
  let id: Int

  /// The extents.
  public var shape: Shape { graph.nodes[id].shape }
}
