/// How the second operand of a binary operation is spread over the first.
enum Broadcast {
  /// The shapes are equal.
  case none
  /// A number.
  case number
  /// A vector `[columns]`, the same for all rows.
  case row
  /// A matrix `[rows, 1]`, the same for all columns.
  case column
}

/// A function of two numbers, applied element by element.
protocol BinaryFunction: Operation {
  var broadcast: Broadcast { get }
  init(broadcast: Broadcast)
  static func value(_ a: Kernels.Vector, _ b: Kernels.Vector) -> Kernels.Vector
  /// The derivatives times g.
  static func gradientOfFirst(_ g: Kernels.Vector, _ a: Kernels.Vector, _ b: Kernels.Vector)
    -> Kernels.Vector
  static func gradientOfSecond(_ g: Kernels.Vector, _ a: Kernels.Vector, _ b: Kernels.Vector)
    -> Kernels.Vector
  static func reference(_ a: Double, _ b: Double) -> Double
  /// The function of operands of which the first one is spread over the second.
  static func spreadingFirst(_ a: Variable, _ b: Variable) -> Variable
}

/// A function of two numbers whose order makes no difference.
protocol CommutativeFunction: BinaryFunction {}

extension CommutativeFunction {
  static func spreadingFirst(_ a: Variable, _ b: Variable) -> Variable { trace(b, a) }
}

extension BinaryFunction {
  /// The function of two operands, of which one may be spread over the other.
  static func trace(_ a: Variable, _ b: Variable) -> Variable {
    let (left, right) = (a.shape, b.shape)
    if let broadcast = spread(right, over: left) {
      return a.graph.add(Self(broadcast: broadcast), [a, b], left)
    }
    if spread(left, over: right) != nil { return spreadingFirst(a, b) }
    a.graph.fail(
      Self(broadcast: .none).name,
      "\(left) and \(right) do not go together; allowed are equal shapes, a number, a row [columns] or a column [rows, 1]"
    )
    return a
  }

  private static func spread(_ small: Shape, over large: Shape) -> Broadcast? {
    if small == large { return Broadcast.none }
    if small.rank == 0 { return .number }
    guard large.rank == 2 else { return nil }
    if small.rank == 1 && small.columns == large.columns { return .row }
    if small.rank == 2 && small.columns == 1 && small.rows == large.rows { return .column }
    return nil
  }

  var rowRule: RowRule {
    switch broadcast {
    case .none, .column: .all
    case .number, .row: .first
    }
  }

  func emitForward(_ node: OperationNode, in builder: inout ProgramBuilder) {
    let kernel: Instruction.Kernel =
      switch broadcast {
      case .none: { Self.values($0) }
      case .number: { Self.valuesByNumber($0, step: 0) }
      case .row: { Self.valuesByRow($0) }
      case .column: { Self.valuesByNumber($0, step: 16) }
      }
    var instruction = Instruction(kernel, [node.value, node[0].value, node[1].value], node.shape)
    instruction.isMasked = Self.value(.zero, .zero)[0] != 0
    builder.emit(instruction)
  }

  func emitBackward(_ node: OperationNode, in builder: inout ProgramBuilder) {
    let first: Instruction.Kernel =
      switch broadcast {
      case .none: { Self.gradientsOfFirst($0) }
      case .number: { Self.gradientsOfFirstByNumber($0, step: 0) }
      case .row: { Self.gradientsOfFirstByRow($0) }
      case .column: { Self.gradientsOfFirstByNumber($0, step: 16) }
      }
    let second: Instruction.Kernel =
      switch broadcast {
      case .none: { Self.gradientsOfSecond($0) }
      case .number: { Self.gradientOfNumber($0) }
      case .row: { Self.gradientsOfRow($0) }
      case .column: { Self.gradientsOfColumn($0) }
      }
    let reads = [node[0].value, node[1].value, node.gradient]
    builder.contribute(to: 0, of: node, first, reads, node.shape) {
      $0.isMasked = Self.gradientOfFirst(.zero, .zero, .zero)[0] != 0
    }
    builder.contribute(to: 1, of: node, second, reads, node.shape) {
      $0.isMasked = Self.gradientOfSecond(.zero, .zero, .zero)[0] != 0
      $0.keepsLanes = broadcast == .number
    }
  }

  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> [Double] {
    let (a, b, width) = (operands[0].numbers, operands[1].numbers, shape.columns)
    return a.indices.map { i in
      switch broadcast {
      case .none: Self.reference(a[i], b[i])
      case .number: Self.reference(a[i], b[0])
      case .row: Self.reference(a[i], b[i % width])
      case .column: Self.reference(a[i], b[i / width])
      }
    }
  }

  /// Examples with equal shapes and all ways to spread one operand over the other.
  static func examples(
    _ bounds: ClosedRange<Double>, _ function: @escaping @Sendable (Variable, Variable) -> Variable
  ) -> [OperationExample] {
    func example(_ a: OperationExample.Leaf, _ b: OperationExample.Leaf) -> OperationExample {
      OperationExample("\(Self.self) \(a.shape) \(b.shape)", [a, b]) { function($0[0], $0[1]) }
    }
    let number = OperationExample.Leaf.shared(.scalar, bounds)
    return OperationExample.shapes(bounds).flatMap { leaf in
      [example(leaf, leaf)]
        + (leaf.shape.rank == 0 ? [] : [example(leaf, number), example(number, leaf)])
    }
      + OperationExample.matrices(bounds).filter { $0.shape.columns > 1 }.flatMap { leaf in
        let row = OperationExample.Leaf.shared(.vector(leaf.shape.columns), bounds)
        let column = OperationExample.Leaf.rows(.matrix(leaf.shape.rows, 1), bounds)
        return [
          example(leaf, row), example(row, leaf), example(leaf, column), example(column, leaf),
        ]
      }
  }
}

/// The loops. Their bodies are functions that are always inlined; closures as large as these are not.
extension BinaryFunction {
  private typealias Vector = Kernels.Vector

  @inline(never)
  private static func values(_ call: KernelCall) {
    let (a, b) = (call[1], call[2])
    @inline(__always) func body(_ i: Int) -> Vector {
      value(Kernels.load(a, i), Kernels.load(b, i))
    }
    Kernels.forEach(call, masked: call.isMasked, body)
  }

  @inline(never)
  private static func valuesByRow(_ call: KernelCall) {
    let (a, b) = (call[1], call[2])
    @inline(__always) func body(_ i: Int, _ column: Int) -> Vector {
      value(Kernels.load(a, i), Kernels.load(b, column))
    }
    Kernels.forEachRow(call, masked: call.isMasked, body)
  }

  @inline(never)
  private static func valuesByNumber(_ call: KernelCall, step: Int) {
    let a = call[1]
    @inline(__always) func body(_ i: Int, _ number: Vector) -> Vector {
      value(Kernels.load(a, i), number)
    }
    Kernels.forEachNumber(call, call[2], step: step, body)
  }

  @inline(never)
  private static func gradientsOfFirst(_ call: KernelCall) {
    let (a, b, g) = (call[1], call[2], call[3])
    @inline(__always) func body(_ i: Int) -> Vector {
      gradientOfFirst(Kernels.load(g, i), Kernels.load(a, i), Kernels.load(b, i))
    }
    Kernels.forEach(call, masked: call.isMasked, body)
  }

  @inline(never)
  private static func gradientsOfFirstByRow(_ call: KernelCall) {
    let (a, b, g) = (call[1], call[2], call[3])
    @inline(__always) func body(_ i: Int, _ column: Int) -> Vector {
      gradientOfFirst(Kernels.load(g, i), Kernels.load(a, i), Kernels.load(b, column))
    }
    Kernels.forEachRow(call, masked: call.isMasked, body)
  }

  @inline(never)
  private static func gradientsOfFirstByNumber(_ call: KernelCall, step: Int) {
    let (a, g) = (call[1], call[3])
    @inline(__always) func body(_ i: Int, _ number: Vector) -> Vector {
      gradientOfFirst(Kernels.load(g, i), Kernels.load(a, i), number)
    }
    Kernels.forEachNumber(call, call[2], step: step, body)
  }

  @inline(never)
  private static func gradientsOfSecond(_ call: KernelCall) {
    let (a, b, g) = (call[1], call[2], call[3])
    @inline(__always) func body(_ i: Int) -> Vector {
      gradientOfSecond(Kernels.load(g, i), Kernels.load(a, i), Kernels.load(b, i))
    }
    Kernels.forEach(call, masked: call.isMasked, body)
  }

  /// Σ over the rows.
  @inline(never)
  private static func gradientsOfRow(_ call: KernelCall) {
    let (out, a, b, g) = (call[0], call[1], call[2], call[3])
    @inline(__always) func body(_ column: Int, _ mask: Kernels.Mask) {
      let other = Kernels.load(b, column)
      var total = call.accumulates ? Kernels.load(out, column) : .zero
      var i = column
      for _ in 0..<call.rows {
        let slope = gradientOfSecond(Kernels.load(g, i), Kernels.load(a, i), other)
        total += Kernels.select(mask, slope, .zero)
        i &+= call.stride
      }
      Kernels.store(out, column, total)
    }
    Kernels.forEachColumn(call, body)
  }

  /// Σ over each row.
  @inline(never)
  private static func gradientsOfColumn(_ call: KernelCall) {
    let (out, b) = (call[0], call[2])
    for row in 0..<call.rows {
      let total = rowSum(call, row, Vector(repeating: b[row &* 16]), .zero).sum()
      Kernels.storeNumber(out, row &* 16, total + (call.accumulates ? out[row &* 16] : 0))
    }
  }

  /// Σ over everything. Over the rows of a batch it is sixteen sums, with which the next slice goes on.
  @inline(never)
  private static func gradientOfNumber(_ call: KernelCall) {
    let (out, number) = (call[0], Vector(repeating: call[2][0]))
    var total = call.isRowSum && call.accumulates ? Kernels.load(out, 0) : .zero
    for row in 0..<call.rows { total = rowSum(call, row, number, total) }
    if call.isRowSum {
      Kernels.store(out, 0, total)
    } else {
      Kernels.storeNumber(out, 0, total.sum() + (call.accumulates ? out[0] : 0))
    }
  }

  /// Adds a row's gradients of a second operand that is one number.
  @inline(__always)
  private static func rowSum(_ call: KernelCall, _ row: Int, _ number: Vector, _ start: Vector)
    -> Vector
  {
    let (a, g) = (call[1] + row &* call.stride, call[3] + row &* call.stride)
    var total = start
    @inline(__always) func body(_ i: Int, _ mask: Kernels.Mask) {
      let slope = gradientOfSecond(Kernels.load(g, i), Kernels.load(a, i), number)
      total += Kernels.select(mask, slope, .zero)
    }
    Kernels.forEachColumn(call, body)
    return total
  }
}
