internal import Glibc

extension Operations {
  struct Tanh: UnaryFunction {
    var numbers = SIMD2<Float>.zero
    static var activation: Activation? { .tanh }
    static var examples: [OperationExample] { examples { $0.tanh() } }
    @inline(__always) func value(_ x: Vector) -> Vector { Kernels.tanh(x) }
    @inline(__always) func gradient(_ g: Vector, x: Vector, y: Vector) -> Vector { g * (1 - y * y) }
    func reference(_ x: Double) -> Double { tanh(x) }
  }

  /// max(x, 0)
  struct Relu: UnaryFunction {
    var numbers = SIMD2<Float>.zero
    static var activation: Activation? { .relu }
    static var examples: [OperationExample] { examples { $0.relu() } }
    @inline(__always) func value(_ x: Vector) -> Vector { Kernels.relu(x) }
    @inline(__always) func gradient(_ g: Vector, x: Vector, y: Vector) -> Vector {
      g * Kernels.select(y .> 0, Vector(repeating: 1), .zero)
    }
    func reference(_ x: Double) -> Double { max(0, x) }
  }

  /// 1 / (1 + exp(-x))
  struct Sigmoid: UnaryFunction {
    var numbers = SIMD2<Float>.zero
    static var activation: Activation? { .sigmoid }
    static var examples: [OperationExample] { examples { $0.sigmoid() } }
    @inline(__always) func value(_ x: Vector) -> Vector { Kernels.sigmoid(x) }
    @inline(__always) func gradient(_ g: Vector, x: Vector, y: Vector) -> Vector {
      g * (y * (1 - y))
    }
    func reference(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
  }

  /// x Φ(x)
  struct Gelu: UnaryFunction {
    var numbers = SIMD2<Float>.zero
    static var examples: [OperationExample] { examples { $0.gelu() } }
    @inline(__always) func value(_ x: Vector) -> Vector { Kernels.gelu(x) }
    @inline(__always) func gradient(_ g: Vector, x: Vector, y: Vector) -> Vector {
      g * Kernels.geluSlope(x)
    }
    func reference(_ x: Double) -> Double { 0.5 * x * erfc(-x / 2.0.squareRoot()) }
  }

  /// log(1 + exp(x))
  struct Softplus: UnaryFunction {
    var numbers = SIMD2<Float>.zero
    static var examples: [OperationExample] { examples { $0.softplus() } }
    @inline(__always) func value(_ x: Vector) -> Vector { Kernels.softplus(x) }
    @inline(__always) func gradient(_ g: Vector, x: Vector, y: Vector) -> Vector {
      g * Kernels.sigmoid(x)
    }
    func reference(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }
  }
}

extension Variable {
  /// The hyperbolic tangent of each element.
  public func tanh() -> Variable { unary(Operations.Tanh()) }
  /// max(x, 0) of each element.
  public func relu() -> Variable { unary(Operations.Relu()) }
  /// 1 / (1 + exp(-x)) of each element.
  public func sigmoid() -> Variable { unary(Operations.Sigmoid()) }
  /// x Φ(x), with the exact normal distribution function (Hendrycks and Gimpel 2016).
  public func gelu() -> Variable { unary(Operations.Gelu()) }
  /// log(1 + exp(x)) of each element.
  public func softplus() -> Variable { unary(Operations.Softplus()) }

  /// A numeric activation by name.
  public func activated(by activation: Activation) -> Variable {
    activation.function.map { unary($0) } ?? self
  }
}

extension Activation {
  /// The operation; `nil` for the identity.
  var function: (any UnaryFunction)? {
    switch self {
    case .none: nil
    case .tanh: Operations.Tanh()
    case .relu: Operations.Relu()
    case .sigmoid: Operations.Sigmoid()
    case .gelu: Operations.Gelu()
    case .softplus: Operations.Softplus()
    }
  }
}

/// What products do with their results.
extension Kernels {
  /// Applies an activation in place.
  static func activate(
    _ c: Target, rows: Int, columns: Int, stride: Int, _ activation: Activation
  ) {
    let extent = Extent(rows, columns, stride: stride)
    switch activation {
    case .none: break
    case .tanh: apply(Operations.Tanh(), c, extent)
    case .relu: apply(Operations.Relu(), c, extent)
    case .sigmoid: apply(Operations.Sigmoid(), c, extent)
    case .gelu: apply(Operations.Gelu(), c, extent)
    case .softplus: apply(Operations.Softplus(), c, extent)
    }
  }

  /// Multiplies a gradient by the activation's derivative at the activation's result.
  static func gate(_ g: Target, y: Target, _ extent: Extent, _ activation: Activation) {
    switch activation {
    case .tanh: gate(Operations.Tanh(), g, y, extent)
    case .relu: gate(Operations.Relu(), g, y, extent)
    case .sigmoid: gate(Operations.Sigmoid(), g, y, extent)
    case .none, .gelu, .softplus: break
    }
  }

  @inline(never)
  private static func apply(_ function: some UnaryFunction, _ c: Target, _ extent: Extent) {
    let isMasked = function.value(.zero)[0] != 0
    @inline(__always) func body(_ i: Int) -> Vector { function.value(load(c, i)) }
    forEach(extent, masked: isMasked, c, body)
  }

  @inline(never)
  private static func gate(
    _ function: some UnaryFunction, _ g: Target, _ y: Target, _ extent: Extent
  ) {
    @inline(__always) func body(_ i: Int) -> Vector {
      function.gradient(load(g, i), x: .zero, y: load(y, i))
    }
    forEach(extent, masked: false, g, body)
  }
}
