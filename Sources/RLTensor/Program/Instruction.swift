/// One kernel call of a program; operands are indices into the program's table of buffers.
enum Instruction {
  struct Extent {
    var rows: Int32
    var columns: Int32
    var stride: Int32
    init(_ shape: Shape) {
      rows = Int32(shape.rows)
      columns = Int32(shape.columns)
      stride = Int32(shape.stride)
    }
  }

  /// `out (+)= act(x · w + bias)`, times the derivative at `gate` if there is one.
  struct Matmul {
    var out: Int32
    var outStride: Int32
    var x: Int32
    var xStride: Int32
    var w: Int32
    var wStride: Int32
    var m: Int32
    var k: Int32
    var n: Int32
    var bias: Int32 = -1
    var gate: Int32 = -1
    var activation: Activation = .none
    var accumulate = false
  }

  /// An element-wise operation or its gradient.
  struct Elementwise {
    var out: Int32
    var a: Int32
    var b: Int32 = -1
    var y: Int32 = -1
    var gradient: Int32 = -1
    var extent: Extent
    var accumulate = false
  }

  case matmul(Matmul)
  /// `out[k, n] (+)= x[m, k]ᵀ · g[m, n]`; `w` is g.
  case matmulTransposedLeft(Matmul)
  case transpose(out: Int32, outStride: Int32, x: Int32, extent: Extent)
  case columnSums(Elementwise)
  /// Multiplies the gradient in place by the activation's derivative at its result.
  case gate(Elementwise, Activation)
  case unary(Elementwise, UnaryFunction)
  case unaryGradient(Elementwise, UnaryFunction)
  case binary(Elementwise, BinaryFunction, Broadcast)
  case binaryFirstGradient(Elementwise, BinaryFunction, Broadcast)
  case binarySecondGradient(Elementwise, BinaryFunction, Broadcast)
  case fill(Elementwise, Float)
  case sum(Elementwise)
  case rowSums(Elementwise)
  case rowMaxima(Elementwise)
  case rowArgmax(Elementwise)
  case logSumExp(Elementwise)
  case logSoftmax(Elementwise)
  /// The gradient of a sum: one number spread over all elements.
  case spreadScalar(Elementwise)
  /// The gradient of row sums: one number a row spread over its columns.
  case spreadRows(Elementwise)
  /// The gradient of column sums: one row added to every row.
  case spreadColumns(Elementwise)
  case rowMaximaGradient(Elementwise)
  case logSumExpGradient(Elementwise)
  case logSoftmaxGradient(Elementwise)
  /// `count` numbers a row, whose rows are `outStride` apart.
  case gather(Elementwise, count: Int32, outStride: Int32)
  case gatherGradient(Elementwise, count: Int32, outStride: Int32)
  /// `a` quantiles, `b` samples, `y` the saved slopes; `samples` is the extent of `b`.
  case quantileHuber(Elementwise, samples: Extent)
  /// `y` the saved slopes.
  case quantileHuberGradient(Elementwise)
  /// Copies or adds `columns` columns from one matrix to another.
  case moveColumns(
    out: Int32, outStride: Int32, outColumn: Int32, x: Int32, xStride: Int32, xColumn: Int32,
    rows: Int32, columns: Int32, accumulate: Bool)
  /// `a` x, `b` gain, `y` offset, `gradient` the saved mean and reciprocal deviation of each row.
  case layerNorm(Elementwise, epsilon: Float)
  /// Gradient of the input: `a` x, `b` gain, `y` the saved statistics.
  case layerNormGradient(Elementwise)
  /// Gradient of the gain: `a` x, `y` the saved statistics.
  case layerNormGainGradient(Elementwise)
}
