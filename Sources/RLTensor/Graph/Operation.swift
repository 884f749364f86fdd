/// Functions of one number, applied to every element.
enum UnaryFunction: Equatable {
  case negate, exp, log, tanh, relu, gelu, sigmoid, softplus, square, squareRoot, magnitude
  case reciprocal
  /// `scale * x + offset`
  case affine(scale: Float, offset: Float)
  /// x within the bounds; the gradient is zero outside of them.
  case clamp(low: Float, high: Float)
  /// Huber's loss of a difference: quadratic up to delta, linear beyond.
  case huber(delta: Float)

  var name: String {
    switch self {
    case .affine: "scale and offset"
    case .clamp: "clamp"
    case .huber: "huber"
    default: "\(self)"
    }
  }

  /// Whether f(0) is exactly 0, so that padding stays zero without a mask.
  var preservesZero: Bool {
    switch self {
    case .exp, .log, .sigmoid, .softplus, .reciprocal: false
    case .affine(_, let offset): offset == 0
    case .clamp(let low, let high): low <= 0 && high >= 0
    case .negate, .tanh, .relu, .gelu, .square, .squareRoot, .magnitude, .huber: true
    }
  }

  /// Whether f'(0) is finite, so that the zero gradient of padding stays zero without a mask.
  var gradientPreservesZero: Bool {
    switch self {
    case .log, .squareRoot, .reciprocal: false
    case .negate, .exp, .tanh, .relu, .gelu, .sigmoid, .softplus, .square, .magnitude: true
    case .affine, .clamp, .huber: true
    }
  }

  /// The activation that a linear operation can apply itself, its derivative being a function of the result.
  var activation: Activation? {
    switch self {
    case .tanh: .tanh
    case .relu: .relu
    case .sigmoid: .sigmoid
    default: nil
    }
  }
}

/// Functions of two numbers, applied element by element.
enum BinaryFunction: String {
  case add, subtract, multiply, divide, minimum, maximum
}

/// How the second operand of a binary operation is spread over the first.
enum Broadcast {
  case none, scalar, row, column
}

/// What a node of the graph computes.
enum Operation: Equatable {
  case input
  case constant([Float])
  case parameter(Parameter)
  /// `x · w (+ b)`, then the activation.
  case linear(Activation)
  case unary(UnaryFunction)
  case binary(BinaryFunction, Broadcast)
  case sum
  case rowSums
  case columnSums
  case rowMaxima
  case rowArgmax
  case logSumExp
  case logSoftmax
  /// Numbers at the places that an index names: one of each group of columns as wide as there are choices.
  case gather
  /// Quantile regression with Huber's loss.
  case quantileHuber
  case concatenate
  case columns(Range<Int>)
  case layerNorm(epsilon: Float)
  case stopGradient
  /// The same numbers as a column `[n, 1]` or, from a column, as a vector `[n]`.
  case asColumn
  case asVector
}
