extension Variable {
  /// The states after each step, of what walks through time.
  func recurrent<Cell: RecurrentCell>(
    _: Cell.Type, weight: Variable, bias: Variable, keep: Variable, start: Variable
  ) -> Variable {
    let operation = Operations.Recurrent<Cell>(steps: graph.sequenceLength)
    let (rows, width) = (shape.rows, weight.shape.rows)
    guard shape.rank == 2, weight.shape == .matrix(width, Cell.gates * width),
      shape.columns == Cell.gates * width, bias.shape == .vector(Cell.gates * width),
      keep.shape == .vector(rows), start.shape == .matrix(rows, Cell.states * width)
    else {
      graph.fail(
        operation.name,
        "input \(shape), weight \(weight.shape), bias \(bias.shape), keep \(keep.shape) and start \(start.shape) do not fit; a state of n numbers has [rows, \(Cell.gates) n], [n, \(Cell.gates) n], [\(Cell.gates) n], [rows] and [rows, \(Cell.states == 1 ? "" : "\(Cell.states) ")n]"
      )
      return self
    }
    if width % 16 != 0 {
      graph.fail(operation.name, "a state of \(width) numbers; it must be a multiple of 16")
    }
    if rows % graph.sequenceLength != 0 {
      graph.fail(
        operation.name, "\(rows) rows are no whole sequences of \(graph.sequenceLength) steps")
    }
    return graph.add(operation, [self, weight, bias, keep, start], start.shape)
  }
}

/// What a recurrent layer computes of a step, for one of its units.
protocol RecurrentCell: SendableMetatype {
  /// The operation's name in errors.
  static var name: String { get }
  /// How many numbers a unit's state has: its output first.
  static var states: Int { get }
  /// How many gates a unit has.
  static var gates: Int { get }
  /// How many numbers beside states and gates are kept of a unit for the backward pass.
  static var extras: Int { get }
  /// Whether the last gate's gradient differs between the input's projection and the state's.
  static var hasInputGradient: Bool { get }
  /// Whether the output before has an influence beside its projection.
  static var keepsOutput: Bool { get }

  /// A step of sixteen units: sets gates and extras in `kept`, where the projections of the state are, and the result.
  static func step(_ unit: RecurrentUnits)
  /// The gradients of the projections, and in `carry` those of the states before, but for what comes through the
  /// projection.
  static func differentiate(_ unit: RecurrentUnits, _ g: RecurrentGradients)
  /// The steps of sequences, and their gradients: `Kernels.walk` and `Kernels.walkBack`, which are compiled for a cell
  /// where its type is written.
  static var walk: Instruction.Kernel { get }
  static var walkBack: Instruction.Kernel { get }
  /// The states after a step, in double precision.
  static func reference(input: [Double], projection: [Double], states: [Double]) -> [Double]
}

/// Sixteen units of a row; units of the same kind lie side by side.
struct RecurrentUnits {
  /// The number of units in all.
  let width: Int
  /// States before, gates, extras.
  let kept: Kernels.Target
  /// The projection of the input.
  let input: Kernels.Target
  /// The states after.
  let result: Kernels.Target

  /// Some of the states before, gates (after the states) and extras (after the gates).
  @inline(__always)
  subscript(place: Int) -> Kernels.Vector { Kernels.load(kept, place &* width) }
  @inline(__always)
  func set(_ place: Int, _ v: Kernels.Vector) { Kernels.store(kept, place &* width, v) }
  @inline(__always)
  func input(_ gate: Int) -> Kernels.Vector { Kernels.load(input, gate &* width) }
  @inline(__always)
  func setResult(_ state: Int, _ v: Kernels.Vector) { Kernels.store(result, state &* width, v) }
}

/// The gradients of sixteen units of a row.
struct RecurrentGradients {
  let width: Int
  /// Those of the states after: of this step's users, and of the step that follows, to be multiplied.
  let result: Kernels.Target
  let carry: Kernels.Target
  let keepsNext: Float
  /// Those of the projections of the state and, if they differ, of the input.
  let projection: Kernels.Target
  let input: Kernels.Target

  @inline(__always)
  func ofState(_ state: Int) -> Kernels.Vector {
    Kernels.multiplyAdd(
      Kernels.load(carry, state &* width), Kernels.Vector(repeating: keepsNext),
      Kernels.load(result, state &* width))
  }
  @inline(__always)
  func carry(_ state: Int, _ v: Kernels.Vector) { Kernels.store(carry, state &* width, v) }
  @inline(__always)
  func set(_ gate: Int, _ v: Kernels.Vector) { Kernels.store(projection, gate &* width, v) }
  @inline(__always)
  func setInput(_ gate: Int, _ v: Kernels.Vector) { Kernels.store(input, gate &* width, v) }
}

extension Operations {
  /// A recurrent layer over sequences of consecutive rows.
  struct Recurrent<Cell: RecurrentCell>: Operation {
    /// The rows of a sequence.
    let steps: Int

    var name: String { Cell.name }

    static var examples: [OperationExample] {
      [(3, 1), (6, 2), (12, 3), (10, 5), (7, 7)].map { rows, steps in
        let n = 16
        let projections = Shape.matrix(rows, Cell.gates * n)
        var keep = OperationExample.Leaf.rows(.vector(rows), 0...1)
        (keep.isWhole, keep.isConstant) = (true, true)
        var start = OperationExample.Leaf.rows(.matrix(rows, Cell.states * n), -1...1)
        start.isConstant = true
        return OperationExample(
          "\(Cell.name), \(rows) rows in sequences of \(steps)",
          [
            .rows(projections), .shared(.matrix(n, Cell.gates * n), -0.6...0.6),
            .shared(.vector(Cell.gates * n), -1...1), keep, start,
          ], sequenceLength: steps
        ) {
          $0[0].recurrent(Cell.self, weight: $0[1], bias: $0[2], keep: $0[3], start: $0[4])
        }
      }
    }

    var rowRule: RowRule { .only([0, 3, 4]) }

    func isDifferentiable(by operand: Int) -> Bool { operand < 3 }

    /// The numbers that are kept of a row.
    private static func kept(_ width: Int) -> Int {
      (Cell.states + Cell.gates + Cell.extras) * width
    }

    func emitForward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      let (rows, width) = (node.shape.rows, node[1].shape.rows)
      let kept = builder.save(.matrix(rows, Self.kept(width)), for: node)
      var instruction = Instruction(
        Cell.walk, [node.value, kept] + node.operands.map(\.value),
        node.shape)
      instruction.other = Instruction.Extent(.matrix(rows, Self.kept(width)))
      instruction.steps = Int32(steps)
      builder.emit(instruction)
    }

    func emitBackward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      let (rows, width, w) = (node.shape.rows, node[1].shape.rows, node[1])
      let projections = node[0].shape
      let ofProjection = builder.buffer(like: node.id, projections)
      let ofInput =
        Cell.hasInputGradient ? builder.buffer(like: node.id, projections) : ofProjection
      let carry = builder.buffer(like: node.id, .matrix(rows / steps, Cell.states * width))
      let transposed = builder.transpose(of: w)
      var instruction = Instruction(
        Cell.walkBack,
        [
          ofProjection, ofInput, carry, node.gradient, node.value, node.saved, transposed,
          node[3].value,
        ], node.shape)
      instruction.other = Instruction.Extent(.matrix(rows, Self.kept(width)))
      instruction.steps = Int32(steps)
      builder.emit(instruction)
      builder.contribute(
        to: 0, of: node, Kernels.moveColumns, [ofInput], projections)
      // The outputs before are the first numbers of what is kept.
      builder.contribute(
        to: 1, of: node, Kernels.weightGradient, [node.saved, ofProjection], w.shape
      ) {
        $0.extent = Instruction.Extent(rows, width, stride: Self.kept(width))
        $0.other = Instruction.Extent(projections)
        ($0.parts, $0.grain) = (Int32(w.shape.rows), Int32(w.shape.stride))
      }
      builder.contribute(to: 2, of: node, Kernels.columnSums, [ofProjection], projections)
    }

    func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> [Double] {
      let (input, weight, bias) = (operands[0].rows, operands[1].rows, operands[2].numbers)
      let (keep, start) = (operands[3].numbers, operands[4].rows)
      var results: [[Double]] = []
      for row in 0..<shape.rows {
        let before = (row % steps == 0 ? start[row] : results[row - 1]).map { $0 * keep[row] }
        let projection = bias.indices.map { j in
          weight.indices.reduce(bias[j]) { $0 + before[$1] * weight[$1][j] }
        }
        results.append(
          Cell.reference(input: input[row], projection: projection, states: before))
      }
      return results.flatMap(\.self)
    }
  }
}

extension Kernels {
  /// The steps of all sequences, those of the same time together.
  @inline(__always)
  static func walk<Cell: RecurrentCell>(_ call: KernelCall, _: Cell.Type) {
    let (result, kept, input, weight, bias) = (call[0], call[1], call[2], call[3], call[4])
    let (keep, start) = (call[5], call[6])
    let (stride, keptStride, steps) = (call.stride, Int(call.other.stride), call.steps)
    let width = stride / Cell.states
    let inputStride = Cell.gates &* width
    for t in 0..<steps {
      for row in Swift.stride(from: t, to: call.rows, by: steps) {
        let before = t == 0 ? start + row &* stride : result + (row &- 1) &* stride
        scale(kept + row &* keptStride, before, keep[row], count: stride)
      }
      Product(
        c: kept + (t &* keptStride &+ stride), ldc: steps &* keptStride,
        a: UnsafePointer(kept + t &* keptStride), rowStep: steps &* keptStride, termStep: 1,
        b: UnsafePointer(weight), ldb: inputStride, m: call.rows / steps, k: width,
        bias: UnsafePointer(bias), accumulate: false, finish: PlainFinish()
      ).run(columns: inputStride)
      for row in Swift.stride(from: t, to: call.rows, by: steps) {
        step(
          Cell.self, width, kept + row &* keptStride, input + row &* inputStride,
          result + row &* stride)
      }
    }
  }

  @inline(never)
  private static func scale(_ out: Target, _ x: Target, _ factor: Float, count: Int) {
    var i = 0
    while i < count {
      store(out, i, load(x, i) * factor)
      i &+= 16
    }
  }

  @inline(never)
  private static func step<Cell: RecurrentCell>(
    _: Cell.Type, _ width: Int, _ kept: Target, _ input: Target, _ result: Target
  ) {
    var i = 0
    while i < width {
      Cell.step(RecurrentUnits(width: width, kept: kept + i, input: input + i, result: result + i))
      i &+= 16
    }
  }

  /// The gradients of all steps, from the last one to the first; none flows into the state from which a sequence starts.
  @inline(__always)
  static func walkBack<Cell: RecurrentCell>(_ call: KernelCall, _: Cell.Type) {
    let (ofProjection, ofInput, carry, gradient) = (call[0], call[1], call[2], call[3])
    let (result, kept, transposed, keep) = (call[4], call[5], call[6], call[7])
    let (stride, keptStride, steps) = (call.stride, Int(call.other.stride), call.steps)
    let width = stride / Cell.states
    let inputStride = Cell.gates &* width
    let sequences = call.rows / steps
    for i in 0..<sequences &* stride { carry[i] = 0 }
    for t in (0..<steps).reversed() {
      for sequence in 0..<sequences {
        let row = sequence &* steps &+ t
        differentiate(
          Cell.self, width,
          (kept + row &* keptStride, result + row &* stride),
          (gradient + row &* stride, carry + sequence &* stride, t < steps - 1 ? keep[row + 1] : 0),
          (ofProjection + row &* inputStride, ofInput + row &* inputStride))
      }
      guard t > 0 else { break }
      Product(
        c: carry, ldc: stride, a: UnsafePointer(ofProjection + t &* inputStride),
        rowStep: steps &* inputStride, termStep: 1, b: UnsafePointer(transposed), ldb: width,
        m: sequences, k: inputStride, bias: nil, accumulate: Cell.keepsOutput,
        finish: PlainFinish()
      ).run(columns: width)
    }
  }

  @inline(never)
  private static func differentiate<Cell: RecurrentCell>(
    _: Cell.Type, _ width: Int, _ values: (kept: Target, result: Target),
    _ incoming: (gradient: Target, carry: Target, keepsNext: Float),
    _ out: (projection: Target, input: Target)
  ) {
    var i = 0
    while i < width {
      Cell.differentiate(
        RecurrentUnits(
          width: width, kept: values.kept + i, input: values.kept + i, result: values.result + i),
        RecurrentGradients(
          width: width, result: incoming.gradient + i, carry: incoming.carry + i,
          keepsNext: incoming.keepsNext, projection: out.projection + i, input: out.input + i))
      i &+= 16
    }
  }
}
