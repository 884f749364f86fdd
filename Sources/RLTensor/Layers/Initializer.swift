internal import RLSupport

/// How a weight starts.
public enum Initializer: Sendable, Equatable {
  /// Every number the same.
  case constant(Float)
  /// A random orthogonal matrix times a gain (Saxe et al. 2014, section 4).
  case orthogonal(gain: Float)
  /// Uniform within ±1/√inputs: PyTorch's default for linear layers, weight and bias.
  case uniform(inputs: Int)
  /// Normal with mean zero.
  case normal(deviation: Float)

  /// Numbers for a tensor, row-major without padding.
  func values(_ shape: Shape, using rng: inout SeededGenerator) -> [Float] {
    switch self {
    case .constant(let value): [Float](repeating: value, count: shape.count)
    case .orthogonal(let gain): Self.orthogonal(shape, gain: Double(gain), using: &rng)
    case .uniform(let inputs):
      (0..<shape.count).map { _ in
        let bound = 1 / Double(max(1, inputs)).squareRoot()
        return Float(rng.uniform(-bound, bound))
      }
    case .normal(let deviation):
      (0..<shape.count).map { _ in Float(rng.normal()) * deviation }
    }
  }

  /// Gram-Schmidt, twice for accuracy, on the rows or columns of a normal matrix, whichever are fewer.
  private static func orthogonal(_ shape: Shape, gain: Double, using rng: inout SeededGenerator)
    -> [Float]
  {
    let (few, many) = (min(shape.rows, shape.columns), max(shape.rows, shape.columns))
    var basis: [[Double]] = []
    while basis.count < few {
      var vector = (0..<many).map { _ in rng.normal() }
      for _ in 0..<2 {
        for other in basis {
          let overlap = zip(vector, other).reduce(0) { $0 + $1.0 * $1.1 }
          for i in 0..<many { vector[i] -= overlap * other[i] }
        }
      }
      let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      if length < 1e-6 { continue }
      basis.append(vector.map { $0 / length })
    }
    var result: [Float] = []
    result.reserveCapacity(shape.count)
    for row in 0..<shape.rows {
      for column in 0..<shape.columns {
        let value =
          shape.rows <= shape.columns ? basis[row][column] : basis[column][row]
        result.append(Float(gain * value))
      }
    }
    return result
  }
}
