extension Operations {
  struct Add: CommutativeFunction {
    let broadcast: Broadcast
    static var examples: [OperationExample] { examples(-2...2) { $0 + $1 } }
    @inline(__always) static func value(_ a: Vector, _ b: Vector) -> Vector { a + b }
    @inline(__always)
    static func gradientOfFirst(_ g: Vector, _ a: Vector, _ b: Vector) -> Vector { g }
    @inline(__always)
    static func gradientOfSecond(_ g: Vector, _ a: Vector, _ b: Vector) -> Vector { g }
    static func reference(_ a: Double, _ b: Double) -> Double { a + b }
  }

  struct Subtract: BinaryFunction {
    let broadcast: Broadcast
    static var examples: [OperationExample] { examples(-2...2) { $0 - $1 } }
    @inline(__always) static func value(_ a: Vector, _ b: Vector) -> Vector { a - b }
    @inline(__always)
    static func gradientOfFirst(_ g: Vector, _ a: Vector, _ b: Vector) -> Vector { g }
    @inline(__always)
    static func gradientOfSecond(_ g: Vector, _ a: Vector, _ b: Vector) -> Vector { 0 - g }
    static func reference(_ a: Double, _ b: Double) -> Double { a - b }
    static func spreadingFirst(_ a: Variable, _ b: Variable) -> Variable { -b + a }
  }

  struct Multiply: CommutativeFunction {
    let broadcast: Broadcast
    static var examples: [OperationExample] { examples(-2...2) { $0 * $1 } }
    @inline(__always) static func value(_ a: Vector, _ b: Vector) -> Vector { a * b }
    @inline(__always)
    static func gradientOfFirst(_ g: Vector, _ a: Vector, _ b: Vector) -> Vector { g * b }
    @inline(__always)
    static func gradientOfSecond(_ g: Vector, _ a: Vector, _ b: Vector) -> Vector { g * a }
    static func reference(_ a: Double, _ b: Double) -> Double { a * b }
  }

  struct Divide: BinaryFunction {
    let broadcast: Broadcast
    static var examples: [OperationExample] { examples(0.4...2) { $0 / $1 } }
    @inline(__always) static func value(_ a: Vector, _ b: Vector) -> Vector { a / b }
    @inline(__always)
    static func gradientOfFirst(_ g: Vector, _ a: Vector, _ b: Vector) -> Vector { g / b }
    @inline(__always)
    static func gradientOfSecond(_ g: Vector, _ a: Vector, _ b: Vector) -> Vector {
      0 - g * a / (b * b)
    }
    static func reference(_ a: Double, _ b: Double) -> Double { a / b }
    static func spreadingFirst(_ a: Variable, _ b: Variable) -> Variable { b.reciprocal() * a }
  }

  struct Minimum: CommutativeFunction {
    let broadcast: Broadcast
    static var examples: [OperationExample] { examples(-2...2) { .minimum($0, $1) } }
    @inline(__always)
    static func value(_ a: Vector, _ b: Vector) -> Vector { Kernels.minimum(a, b) }
    @inline(__always)
    static func gradientOfFirst(_ g: Vector, _ a: Vector, _ b: Vector) -> Vector { g * share(a, b) }
    @inline(__always)
    static func gradientOfSecond(_ g: Vector, _ a: Vector, _ b: Vector) -> Vector {
      g * share(b, a)
    }
    static func reference(_ a: Double, _ b: Double) -> Double { min(a, b) }
  }

  struct Maximum: CommutativeFunction {
    let broadcast: Broadcast
    static var examples: [OperationExample] { examples(-2...2) { .maximum($0, $1) } }
    @inline(__always)
    static func value(_ a: Vector, _ b: Vector) -> Vector { Kernels.maximum(a, b) }
    @inline(__always)
    static func gradientOfFirst(_ g: Vector, _ a: Vector, _ b: Vector) -> Vector { g * share(b, a) }
    @inline(__always)
    static func gradientOfSecond(_ g: Vector, _ a: Vector, _ b: Vector) -> Vector {
      g * share(a, b)
    }
    static func reference(_ a: Double, _ b: Double) -> Double { max(a, b) }
  }

  /// 1 where a < b, 1/2 where they are equal, else 0.
  @inline(__always)
  private static func share(_ a: Vector, _ b: Vector) -> Vector {
    let (one, half) = (Vector(repeating: 1), Vector(repeating: 0.5))
    return Kernels.select(a .== b, half, Kernels.select(a .< b, one, .zero))
  }
}

extension Variable {
  /// The sum, element by element.
  public static func + (a: Variable, b: Variable) -> Variable { Operations.Add.trace(a, b) }
  /// The difference, element by element.
  public static func - (a: Variable, b: Variable) -> Variable { Operations.Subtract.trace(a, b) }
  /// The product, element by element.
  public static func * (a: Variable, b: Variable) -> Variable { Operations.Multiply.trace(a, b) }
  /// The quotient, element by element.
  public static func / (a: Variable, b: Variable) -> Variable { Operations.Divide.trace(a, b) }
  /// The smaller of two, element by element; where equal, the gradient is shared.
  public static func minimum(_ a: Variable, _ b: Variable) -> Variable {
    Operations.Minimum.trace(a, b)
  }
  /// The larger of two, element by element; where equal, the gradient is shared.
  public static func maximum(_ a: Variable, _ b: Variable) -> Variable {
    Operations.Maximum.trace(a, b)
  }
}
