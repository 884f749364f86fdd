internal import Glibc

extension Operations {
  struct Negate: UnaryFunction {
    var numbers = SIMD2<Float>.zero
    static var examples: [OperationExample] { examples { -$0 } }
    @inline(__always) func value(_ x: Vector) -> Vector { 0 - x }
    @inline(__always) func gradient(_ g: Vector, x: Vector, y: Vector) -> Vector { 0 - g }
    func reference(_ x: Double) -> Double { -x }
  }

  struct Exp: UnaryFunction {
    var numbers = SIMD2<Float>.zero
    static var examples: [OperationExample] { examples { $0.exp() } }
    @inline(__always) func value(_ x: Vector) -> Vector { Kernels.exp(x) }
    @inline(__always) func gradient(_ g: Vector, x: Vector, y: Vector) -> Vector { g * y }
    func reference(_ x: Double) -> Double { exp(x) }
  }

  struct Log: UnaryFunction {
    var numbers = SIMD2<Float>.zero
    static var examples: [OperationExample] { examples(0.2...3) { $0.log() } }
    @inline(__always) func value(_ x: Vector) -> Vector { Kernels.log(x) }
    @inline(__always) func gradient(_ g: Vector, x: Vector, y: Vector) -> Vector { g / x }
    func reference(_ x: Double) -> Double { log(x) }
  }

  struct Squared: UnaryFunction {
    var numbers = SIMD2<Float>.zero
    static var examples: [OperationExample] { examples { $0.squared() } }
    @inline(__always) func value(_ x: Vector) -> Vector { x * x }
    @inline(__always) func gradient(_ g: Vector, x: Vector, y: Vector) -> Vector { g * 2 * x }
    func reference(_ x: Double) -> Double { x * x }
  }

  struct SquareRoot: UnaryFunction {
    var numbers = SIMD2<Float>.zero
    static var examples: [OperationExample] { examples(0.2...3) { $0.squareRoot() } }
    @inline(__always) func value(_ x: Vector) -> Vector { x.squareRoot() }
    @inline(__always) func gradient(_ g: Vector, x: Vector, y: Vector) -> Vector { g * 0.5 / y }
    func reference(_ x: Double) -> Double { x.squareRoot() }
  }

  /// |x|
  struct Magnitude: UnaryFunction {
    var numbers = SIMD2<Float>.zero
    static var examples: [OperationExample] { examples { $0.magnitude() } }
    @inline(__always) func value(_ x: Vector) -> Vector { Kernels.magnitude(x) }
    @inline(__always) func gradient(_ g: Vector, x: Vector, y: Vector) -> Vector {
      g * Kernels.sign(x)
    }
    func reference(_ x: Double) -> Double { abs(x) }
  }

  struct Reciprocal: UnaryFunction {
    var numbers = SIMD2<Float>.zero
    static var examples: [OperationExample] { examples(0.3...2) { $0.reciprocal() } }
    @inline(__always) func value(_ x: Vector) -> Vector { 1 / x }
    @inline(__always) func gradient(_ g: Vector, x: Vector, y: Vector) -> Vector { 0 - g * y * y }
    func reference(_ x: Double) -> Double { 1 / x }
  }

  /// `scale · x + offset`
  struct Affine: UnaryFunction {
    var numbers: SIMD2<Float>
    init(numbers: SIMD2<Float>) { self.numbers = numbers }
    init(scale: Float, offset: Float) { numbers = [scale, offset] }
    static var examples: [OperationExample] { examples { 3 - $0 * 2 } }
    @inline(__always) func value(_ x: Vector) -> Vector {
      Kernels.multiplyAdd(x, Vector(repeating: numbers[0]), Vector(repeating: numbers[1]))
    }
    @inline(__always) func gradient(_ g: Vector, x: Vector, y: Vector) -> Vector {
      g * Vector(repeating: numbers[0])
    }
    func reference(_ x: Double) -> Double { Double(numbers[0]) * x + Double(numbers[1]) }
  }

  /// x within bounds.
  struct Clamped: UnaryFunction {
    var numbers: SIMD2<Float>
    static var examples: [OperationExample] { examples { $0.clamped(to: -1...0.5) } }
    @inline(__always) func value(_ x: Vector) -> Vector {
      let (low, high) = (Vector(repeating: numbers[0]), Vector(repeating: numbers[1]))
      return Kernels.minimum(Kernels.maximum(x, low), high)
    }
    @inline(__always) func gradient(_ g: Vector, x: Vector, y: Vector) -> Vector {
      Kernels.select((x .>= numbers[0]) .& (x .<= numbers[1]), g, .zero)
    }
    func reference(_ x: Double) -> Double { min(max(x, Double(numbers[0])), Double(numbers[1])) }
  }

  /// Huber's loss of a difference: quadratic up to delta, linear beyond.
  struct Huber: UnaryFunction {
    var numbers: SIMD2<Float>
    static var examples: [OperationExample] { examples { $0.huber(delta: 0.7) } }
    @inline(__always) func value(_ x: Vector) -> Vector {
      let (delta, size) = (Vector(repeating: numbers[0]), Kernels.magnitude(x))
      return Kernels.select(size .> delta, delta * (size - 0.5 * delta), 0.5 * x * x)
    }
    @inline(__always) func gradient(_ g: Vector, x: Vector, y: Vector) -> Vector {
      let delta = Vector(repeating: numbers[0])
      return g * Kernels.minimum(Kernels.maximum(x, 0 - delta), delta)
    }
    func reference(_ x: Double) -> Double {
      let delta = Double(numbers[0])
      return abs(x) <= delta ? 0.5 * x * x : delta * (abs(x) - 0.5 * delta)
    }
  }
}

extension Variable {
  /// The negative of each element.
  public static prefix func - (a: Variable) -> Variable { a.unary(Operations.Negate()) }
  /// e to the power of each element.
  public func exp() -> Variable { unary(Operations.Exp()) }
  /// The natural logarithm of each element.
  public func log() -> Variable { unary(Operations.Log()) }
  /// The square of each element.
  public func squared() -> Variable { unary(Operations.Squared()) }
  /// The square root of each element.
  public func squareRoot() -> Variable { unary(Operations.SquareRoot()) }
  /// The absolute value of each element; its gradient at zero is zero.
  public func magnitude() -> Variable { unary(Operations.Magnitude()) }
  /// One over each element.
  public func reciprocal() -> Variable { unary(Operations.Reciprocal()) }
  /// Each element plus a number.
  public static func + (a: Variable, b: Float) -> Variable {
    a.unary(Operations.Affine(scale: 1, offset: b))
  }
  /// A number plus each element.
  public static func + (a: Float, b: Variable) -> Variable { b + a }
  /// Each element minus a number.
  public static func - (a: Variable, b: Float) -> Variable { a + -b }
  /// A number minus each element.
  public static func - (a: Float, b: Variable) -> Variable {
    b.unary(Operations.Affine(scale: -1, offset: a))
  }
  /// Each element times a number.
  public static func * (a: Variable, b: Float) -> Variable {
    a.unary(Operations.Affine(scale: b, offset: 0))
  }
  /// A number times each element.
  public static func * (a: Float, b: Variable) -> Variable { b * a }
  /// Each element divided by a number.
  public static func / (a: Variable, b: Float) -> Variable { a * (1 / b) }
  /// Each element within the bounds; the gradient is zero where a bound holds.
  public func clamped(to bounds: ClosedRange<Float>) -> Variable {
    unary(Operations.Clamped(numbers: [bounds.lowerBound, bounds.upperBound]))
  }
  /// Huber's loss of each element: x²/2 up to `delta`, delta (|x| - delta/2) beyond.
  public func huber(delta: Float = 1) -> Variable {
    unary(Operations.Huber(numbers: [delta, 0]))
  }
}
