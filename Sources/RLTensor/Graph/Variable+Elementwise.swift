extension Variable {
  func unary(_ function: UnaryFunction) -> Variable {
    graph.add(.unary(function), [self], shape)
  }

  /// e to the power of each element.
  public func exp() -> Variable { unary(.exp) }
  /// The natural logarithm of each element.
  public func log() -> Variable { unary(.log) }
  /// The hyperbolic tangent of each element.
  public func tanh() -> Variable { unary(.tanh) }
  /// max(x, 0) of each element.
  public func relu() -> Variable { unary(.relu) }
  /// x Φ(x), with the exact normal distribution function (Hendrycks and Gimpel 2016).
  public func gelu() -> Variable { unary(.gelu) }
  /// 1 / (1 + exp(-x)) of each element.
  public func sigmoid() -> Variable { unary(.sigmoid) }
  /// log(1 + exp(x)) of each element.
  public func softplus() -> Variable { unary(.softplus) }
  /// The square of each element.
  public func squared() -> Variable { unary(.square) }
  /// The square root of each element.
  public func squareRoot() -> Variable { unary(.squareRoot) }
  /// The absolute value of each element; its gradient at zero is zero.
  public func magnitude() -> Variable { unary(.magnitude) }
  /// One over each element.
  public func reciprocal() -> Variable { unary(.reciprocal) }
  /// Huber's loss of each element: x²/2 up to `delta`, delta (|x| - delta/2) beyond.
  public func huber(delta: Float = 1) -> Variable { unary(.huber(delta: delta)) }
  /// Each element within the bounds; the gradient is zero where a bound holds.
  public func clamped(to bounds: ClosedRange<Float>) -> Variable {
    unary(.clamp(low: bounds.lowerBound, high: bounds.upperBound))
  }
  /// The same numbers, through which no gradient flows.
  public func stoppingGradient() -> Variable { graph.add(.stopGradient, [self], shape) }

  /// A numeric activation by name.
  public func activated(by activation: Activation) -> Variable {
    switch activation {
    case .none: self
    case .tanh: tanh()
    case .relu: relu()
    case .sigmoid: sigmoid()
    case .gelu: gelu()
    case .softplus: softplus()
    }
  }

  private static func combine(_ function: BinaryFunction, _ a: Variable, _ b: Variable) -> Variable
  {
    let (left, right) = (a.shape, b.shape)
    if left == right { return a.graph.add(.binary(function, .none), [a, b], left) }
    if let spread = spread(right, over: left) {
      return a.graph.add(.binary(function, spread), [a, b], left)
    }
    if let spread = spread(left, over: right) {
      // The operand that is spread comes second; subtraction and division are turned around.
      switch function {
      case .add, .multiply, .minimum, .maximum:
        return a.graph.add(.binary(function, spread), [b, a], right)
      case .subtract: return combine(.add, b.unary(.negate), a)
      case .divide: return combine(.multiply, b.reciprocal(), a)
      }
    }
    a.graph.fail(
      function.rawValue,
      "\(left) and \(right) do not go together; allowed are equal shapes, a number, a row [columns] or a column [rows, 1]"
    )
    return a
  }

  private static func spread(_ small: Shape, over large: Shape) -> Broadcast? {
    if small.rank == 0 { return .scalar }
    guard large.rank == 2 else { return nil }
    if small.rank == 1 && small.columns == large.columns { return .row }
    if small.rank == 2 && small.columns == 1 && small.rows == large.rows { return .column }
    return nil
  }

  /// The sum, element by element.
  public static func + (a: Variable, b: Variable) -> Variable { combine(.add, a, b) }
  /// The difference, element by element.
  public static func - (a: Variable, b: Variable) -> Variable { combine(.subtract, a, b) }
  /// The product, element by element.
  public static func * (a: Variable, b: Variable) -> Variable { combine(.multiply, a, b) }
  /// The quotient, element by element.
  public static func / (a: Variable, b: Variable) -> Variable { combine(.divide, a, b) }
  /// The smaller of two, element by element; where equal, the gradient is shared.
  public static func minimum(_ a: Variable, _ b: Variable) -> Variable { combine(.minimum, a, b) }
  /// The larger of two, element by element; where equal, the gradient is shared.
  public static func maximum(_ a: Variable, _ b: Variable) -> Variable { combine(.maximum, a, b) }

  /// The negative of each element.
  public static prefix func - (a: Variable) -> Variable { a.unary(.negate) }
  /// Each element plus a number.
  public static func + (a: Variable, b: Float) -> Variable { a.unary(.affine(scale: 1, offset: b)) }
  /// A number plus each element.
  public static func + (a: Float, b: Variable) -> Variable { b + a }
  /// Each element minus a number.
  public static func - (a: Variable, b: Float) -> Variable { a + -b }
  /// A number minus each element.
  public static func - (a: Float, b: Variable) -> Variable {
    b.unary(.affine(scale: -1, offset: a))
  }
  /// Each element times a number.
  public static func * (a: Variable, b: Float) -> Variable { a.unary(.affine(scale: b, offset: 0)) }
  /// A number times each element.
  public static func * (a: Float, b: Variable) -> Variable { b * a }
  /// Each element divided by a number.
  public static func / (a: Variable, b: Float) -> Variable { a * (1 / b) }
}
