/// A function of one number, applied to every element.
protocol UnaryFunction: Operation, Sendable {
  /// What the function was made with, such as bounds; zeros if there is nothing.
  var numbers: SIMD2<Float> { get }
  init(numbers: SIMD2<Float>)
  /// f(x)
  func value(_ x: Kernels.Vector) -> Kernels.Vector
  /// g · f'(x), with y = f(x) at hand.
  func gradient(_ g: Kernels.Vector, x: Kernels.Vector, y: Kernels.Vector) -> Kernels.Vector
  /// f(x) in double precision.
  func reference(_ x: Double) -> Double
  /// The activation of a layer that this is. Its gradient must not use x.
  static var activation: Activation? { get }
}

extension UnaryFunction {
  static var activation: Activation? { nil }

  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> [Double] {
    operands[0].numbers.map(reference)
  }

  func fused(with producer: any Operation) -> (any Operation)? {
    guard let producer = producer as? any ActivatedOperation, producer.activation == .none,
      let activation = Self.activation
    else { return nil }
    return producer.activated(by: activation)
  }

  func emitForward(_ node: OperationNode, in builder: inout ProgramBuilder) {
    var instruction = Instruction(
      { Self.values($0) }, [node.value, node[0].value], node.shape)
    instruction.numbers = numbers
    instruction.isMasked = value(.zero)[0] != 0
    builder.emit(instruction)
  }

  func emitBackward(_ node: OperationNode, in builder: inout ProgramBuilder) {
    // Where the derivative at 0 is not finite, the padding would not stay zero: 0 · ∞ is not a number.
    let ofPadding = gradient(.zero, x: .zero, y: .zero)[0]
    builder.contribute(
      to: 0, of: node, { Self.gradients($0) }, [node[0].value, node.value, node.gradient],
      node.shape
    ) {
      $0.numbers = numbers
      $0.isMasked = ofPadding != 0
    }
  }

  @inline(never)
  private static func values(_ call: KernelCall) {
    let (function, x) = (Self(numbers: call.numbers), call[1])
    if call.rows > 1 && call.width <= 4 { return narrowValues(call, function) }
    @inline(__always) func body(_ i: Int) -> Kernels.Vector { function.value(Kernels.load(x, i)) }
    Kernels.forEach(call, masked: call.isMasked, body)
  }

  @inline(never)
  private static func narrowValues(_ call: KernelCall, _ function: Self) {
    @inline(__always) func value(_ x: Kernels.Vector) -> Kernels.Vector { function.value(x) }
    Kernels.forEachNarrow(call, call[1], value)
  }

  @inline(never)
  private static func gradients(_ call: KernelCall) {
    let function = Self(numbers: call.numbers)
    let (x, y, g) = (call[1], call[2], call[3])
    @inline(__always) func body(_ i: Int) -> Kernels.Vector {
      function.gradient(Kernels.load(g, i), x: Kernels.load(x, i), y: Kernels.load(y, i))
    }
    Kernels.forEach(call, masked: call.isMasked, body)
  }

  /// Examples with leaves of many shapes.
  static func examples(
    _ bounds: ClosedRange<Double> = -2...2, _ trace: @escaping @Sendable (Variable) -> Variable
  ) -> [OperationExample] {
    OperationExample.shapes(bounds).map { leaf in
      OperationExample("\(Self.self) \(leaf.shape)", [leaf]) { trace($0[0]) }
    }
  }
}

extension Variable {
  func unary(_ function: some UnaryFunction) -> Variable { graph.add(function, [self], shape) }
}
