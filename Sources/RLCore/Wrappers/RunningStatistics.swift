public import RLSupport

/// The running mean and variance of rows of numbers, updated batch by batch (Chan, Golub and LeVeque
/// 1979), in double precision and with Gymnasium's start values.
public struct RunningStatistics: Sendable, Equatable, Stateful {
  /// The means, one a column.
  public private(set) var mean: [Double]
  /// The population variances, one a column.
  public private(set) var variance: [Double]
  /// How many rows were seen, plus a small start weight.
  public private(set) var count: Double

  /// Mean 0 and variance 1 with a weight of 1e-4.
  public init(width: Int) {
    mean = Array(repeating: 0, count: width)
    variance = Array(repeating: 1, count: width)
    count = 1e-4
  }

  /// Takes in rows of numbers.
  ///
  /// - Parameters:
  ///   - value: The number of a row and column.
  ///   - rows: How many rows there are.
  @inlinable public mutating func update(rows: Int, _ value: (_ row: Int, _ column: Int) -> Double)
  {
    guard rows > 0 else { return }
    let n = Double(rows)
    for column in 0..<width {
      var sum = 0.0
      for row in 0..<rows { sum += value(row, column) }
      let batchMean = sum / n
      var squares = 0.0
      for row in 0..<rows {
        let d = value(row, column) - batchMean
        squares += d * d
      }
      merge(column, batchMean, squares / n, n)
    }
    grow(n)
  }

  /// The number of columns.
  @inlinable public var width: Int { mean.count }

  @usableFromInline mutating func merge(
    _ column: Int, _ batchMean: Double, _ batchVariance: Double, _ n: Double
  ) {
    let total = count + n
    let delta = batchMean - mean[column]
    let squares = variance[column] * count + batchVariance * n + delta * delta * count * n / total
    mean[column] += delta * n / total
    variance[column] = squares / total
  }

  @usableFromInline mutating func grow(_ n: Double) { count += n }

  /// `(x - mean) / √(variance + ε)`, clipped.
  @inlinable public func normalize(
    _ x: Float, column: Int, clip: Double = 10, epsilon: Double = 1e-8
  )
    -> Float
  {
    let z = (Double(x) - mean[column]) / (variance[column] + epsilon).squareRoot()
    // In this order of operands a NaN stays one.
    return Float(min(max(z, -clip), clip))
  }

  /// Mean, variance and count.
  public mutating func visit(_ state: inout StateVisitor) throws(StateError) {
    try state.array("mean", &mean)
    try state.array("variance", &variance, within: .within(0...Double.greatestFiniteMagnitude))
    try state.number("count", &count, within: .within(1e-5...1e18))
  }
}
