extension Kernels {
  /// `out = f(x)`.
  static func unary(_ function: UnaryFunction, _ out: Target, _ x: Target, _ extent: Extent) {
    let masked = !function.preservesZero
    @inline(__always)
    func map(_ f: (Vector) -> Vector) { forEach(extent, masked: masked, out) { f(load(x, $0)) } }
    switch function {
    case .negate: map { 0 - $0 }
    case .exp: map { exp($0) }
    case .log: map { log($0) }
    case .tanh: map { tanh($0) }
    case .relu: map { relu($0) }
    case .gelu: map { gelu($0) }
    case .sigmoid: map { sigmoid($0) }
    case .softplus: map { softplus($0) }
    case .square: map { $0 * $0 }
    case .squareRoot: map { $0.squareRoot() }
    case .magnitude: map { magnitude($0) }
    case .reciprocal: map { 1 / $0 }
    case .affine(let scale, let offset):
      let (a, b) = (Vector(repeating: scale), Vector(repeating: offset))
      map { multiplyAdd($0, a, b) }
    case .clamp(let low, let high):
      let (a, b) = (Vector(repeating: low), Vector(repeating: high))
      map { minimum(maximum($0, a), b) }
    case .huber(let delta):
      let d = Vector(repeating: delta)
      map {
        let size = magnitude($0)
        return (0.5 * $0 * $0).replacing(with: d * (size - 0.5 * d), where: size .> d)
      }
    }
  }

  /// `out (+)= g · f'(x)`, with y = f(x) at hand.
  static func unaryGradient(
    _ function: UnaryFunction, _ out: Target, x: Target, y: Target, g: Target, _ extent: Extent,
    accumulate: Bool
  ) {
    let masked = !function.gradientPreservesZero
    @inline(__always)
    func map(_ f: (_ i: Int, _ g: Vector) -> Vector) {
      if accumulate {
        forEach(extent, masked: masked, out) { load(out, $0) + f($0, load(g, $0)) }
      } else {
        forEach(extent, masked: masked, out) { f($0, load(g, $0)) }
      }
    }
    switch function {
    case .negate: map { 0 - $1 }
    case .exp: map { $1 * load(y, $0) }
    case .log: map { $1 / load(x, $0) }
    case .tanh, .relu, .sigmoid:
      // The switch is outside of the loop: each of these is a loop of its own.
      switch function {
      case .tanh: map { $1 * slope(.tanh, load(y, $0)) }
      case .relu: map { $1 * slope(.relu, load(y, $0)) }
      default: map { $1 * slope(.sigmoid, load(y, $0)) }
      }
    case .gelu: map { $1 * geluSlope(load(x, $0)) }
    case .softplus: map { $1 * sigmoid(load(x, $0)) }
    case .square: map { $1 * 2 * load(x, $0) }
    case .squareRoot: map { $1 * 0.5 / load(y, $0) }
    case .magnitude: map { $1 * sign(load(x, $0)) }
    case .reciprocal: map { 0 - $1 * load(y, $0) * load(y, $0) }
    case .affine(let scale, _): map { $1 * Vector(repeating: scale) }
    case .clamp(let low, let high):
      map {
        let v = load(x, $0)
        return Vector(repeating: 0).replacing(with: $1, where: (v .>= low) .& (v .<= high))
      }
    case .huber(let delta):
      let d = Vector(repeating: delta)
      map { $1 * minimum(maximum(load(x, $0), 0 - d), d) }
    }
  }

  /// Multiplies a gradient by the activation's derivative at the activation's result.
  static func gate(_ g: Target, y: Target, _ extent: Extent, _ activation: Activation) {
    switch activation {
    case .tanh: forEach(extent, masked: false, g) { load(g, $0) * slope(.tanh, load(y, $0)) }
    case .relu: forEach(extent, masked: false, g) { load(g, $0) * slope(.relu, load(y, $0)) }
    case .sigmoid:
      forEach(extent, masked: false, g) { load(g, $0) * slope(.sigmoid, load(y, $0)) }
    case .none, .gelu, .softplus: break
    }
  }

  /// The derivative of an activation as a function of its result.
  @inline(__always)
  static func slope(_ activation: Activation, _ y: Vector) -> Vector {
    switch activation {
    case .tanh: 1 - y * y
    case .relu: Vector(repeating: 0).replacing(with: 1, where: y .> 0)
    case .sigmoid: y * (1 - y)
    case .none, .gelu, .softplus: Vector(repeating: 1)
    }
  }

  // MARK: Two operands

  @inline(__always)
  static func apply(_ function: BinaryFunction, _ a: Vector, _ b: Vector) -> Vector {
    switch function {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .minimum: minimum(a, b)
    case .maximum: maximum(a, b)
    }
  }

  /// The derivative by the first operand times g.
  @inline(__always)
  static func firstSlope(_ function: BinaryFunction, _ a: Vector, _ b: Vector, _ g: Vector)
    -> Vector
  {
    switch function {
    case .add, .subtract: g
    case .multiply: g * b
    case .divide: g / b
    case .minimum: g * share(a, b)
    case .maximum: g * share(b, a)
    }
  }

  /// The derivative by the second operand times g.
  @inline(__always)
  static func secondSlope(_ function: BinaryFunction, _ a: Vector, _ b: Vector, _ g: Vector)
    -> Vector
  {
    switch function {
    case .add: g
    case .subtract: 0 - g
    case .multiply: g * a
    case .divide: 0 - g * a / (b * b)
    case .minimum: g * share(b, a)
    case .maximum: g * share(a, b)
    }
  }

  /// 1 where a < b, 1/2 where they are equal, else 0.
  @inline(__always)
  private static func share(_ a: Vector, _ b: Vector) -> Vector {
    Vector(repeating: 0).replacing(with: 1, where: a .< b).replacing(with: 0.5, where: a .== b)
  }

  /// Calls the body with each function as a constant, so that each gets a loop of its own.
  @inline(__always)
  private static func specialize(_ function: BinaryFunction, _ body: (BinaryFunction) -> Void) {
    switch function {
    case .add: body(.add)
    case .subtract: body(.subtract)
    case .multiply: body(.multiply)
    case .divide: body(.divide)
    case .minimum: body(.minimum)
    case .maximum: body(.maximum)
    }
  }

  /// Calls the body with each vector's offset and the second operand spread to it.
  @inline(__always)
  private static func forEach(
    _ extent: Extent, _ broadcast: Broadcast, masked: Bool, _ out: Target, _ b: Target,
    _ body: (Int, Vector) -> Vector
  ) {
    switch broadcast {
    case .none: forEach(extent, masked: masked, out) { body($0, load(b, $0)) }
    case .scalar:
      let value = Vector(repeating: b[0])
      forEach(extent, masked: true, out) { body($0, value) }
    case .row:
      var row = extent
      row.rows = 1
      for r in 0..<Int(extent.rows) {
        let base = r * Int(extent.stride)
        forEach(row, masked: masked, out + base) { body(base + $0, load(b, $0)) }
      }
    case .column:
      var row = extent
      row.rows = 1
      for r in 0..<Int(extent.rows) {
        let base = r * Int(extent.stride)
        let value = Vector(repeating: b[r * 16])
        forEach(row, masked: true, out + base) { body(base + $0, value) }
      }
    }
  }

  /// `out = f(a, b)`.
  static func binary(
    _ function: BinaryFunction, _ broadcast: Broadcast, _ out: Target, _ a: Target, _ b: Target,
    _ extent: Extent
  ) {
    specialize(function) { function in
      forEach(extent, broadcast, masked: function == .divide, out, b) {
        apply(function, load(a, $0), $1)
      }
    }
  }

  /// `out (+)= g · ∂f/∂a`.
  static func binaryFirstGradient(
    _ function: BinaryFunction, _ broadcast: Broadcast, _ out: Target, a: Target, b: Target,
    g: Target, _ extent: Extent, accumulate: Bool
  ) {
    specialize(function) { function in
      forEach(extent, broadcast, masked: function == .divide, out, b) {
        let slope = firstSlope(function, load(a, $0), $1, load(g, $0))
        return accumulate ? load(out, $0) + slope : slope
      }
    }
  }

  /// `out (+)= Σ g · ∂f/∂b`, summed over what b was spread over.
  ///
  /// With `keepsLanes` the sum for a number is sixteen sums, which a later call can go on with.
  static func binarySecondGradient(
    _ function: BinaryFunction, _ broadcast: Broadcast, _ out: Target, a: Target, b: Target,
    g: Target, _ extent: Extent, accumulate: Bool, keepsLanes: Bool = false
  ) {
    let (rows, columns, stride) = (Int(extent.rows), Int(extent.columns), Int(extent.stride))
    let tail = lanes(below: columns - (stride - 16))
    /// The last vector of a row counts only as far as the row goes.
    @inline(__always)
    func cut(_ column: Int, _ v: Vector) -> Vector {
      column + 16 == stride ? Vector(repeating: 0).replacing(with: v, where: tail) : v
    }
    specialize(function) { function in
      switch broadcast {
      case .none:
        forEach(extent, masked: function == .divide, out) {
          let slope = secondSlope(function, load(a, $0), load(b, $0), load(g, $0))
          return accumulate ? load(out, $0) + slope : slope
        }
      case .row:
        for column in Swift.stride(from: 0, to: stride, by: 16) {
          var total = accumulate ? load(out, column) : Vector(repeating: 0)
          let value = load(b, column)
          for row in 0..<rows {
            let i = row * stride + column
            total += cut(column, secondSlope(function, load(a, i), value, load(g, i)))
          }
          store(out, column, total)
        }
      case .scalar, .column:
        var whole = keepsLanes && accumulate ? load(out, 0) : Vector(repeating: 0)
        for row in 0..<rows {
          let value = Vector(repeating: broadcast == .scalar ? b[0] : b[row * 16])
          var total = broadcast == .scalar ? whole : Vector(repeating: 0)
          for column in Swift.stride(from: 0, to: stride, by: 16) {
            let i = row * stride + column
            total += cut(column, secondSlope(function, load(a, i), value, load(g, i)))
          }
          if broadcast == .scalar {
            whole = total
          } else {
            var number = Vector(repeating: 0)
            number[0] = total.sum() + (accumulate ? out[row * 16] : 0)
            store(out, row * 16, number)
          }
        }
        if broadcast == .scalar && keepsLanes {
          store(out, 0, whole)
        } else if broadcast == .scalar {
          var number = Vector(repeating: 0)
          number[0] = whole.sum() + (accumulate ? out[0] : 0)
          store(out, 0, number)
        }
      }
    }
  }

  /// Sets every element, not the padding.
  static func fill(_ out: Target, _ value: Float, _ extent: Extent) {
    forEach(extent, masked: value != 0, out) { _ in Vector(repeating: value) }
  }

  /// Copies or adds columns, which may start anywhere.
  static func moveColumns(
    _ out: Target, outStride: Int, _ x: Target, xStride: Int, rows: Int, columns: Int,
    accumulate: Bool
  ) {
    for row in 0..<rows {
      let (to, from) = (out + row * outStride, x + row * xStride)
      for column in 0..<columns {
        to[column] = accumulate ? to[column] + from[column] : from[column]
      }
    }
  }
}
