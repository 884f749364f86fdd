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
    // A vector after the other.
    var basis = [Double](repeating: 0, count: few * many)
    basis.withUnsafeMutableBufferPointer { numbers in
      guard let basis = numbers.baseAddress else { return }
      func product(_ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>) -> Double {
        var sum = 0.0
        for i in 0..<many { sum += a[i] * b[i] }
        return sum
      }
      var found = 0
      while found < few {
        let vector = basis + found * many
        for i in 0..<many { vector[i] = rng.normal() }
        for _ in 0..<2 {
          for k in 0..<found {
            let other = basis + k * many
            let overlap = product(vector, other)
            for i in 0..<many { vector[i] -= overlap * other[i] }
          }
        }
        let length = product(vector, vector).squareRoot()
        if length < 1e-6 { continue }
        for i in 0..<many { vector[i] /= length }
        found += 1
      }
    }
    var result: [Float] = []
    result.reserveCapacity(shape.count)
    for row in 0..<shape.rows {
      for column in 0..<shape.columns {
        let value =
          shape.rows <= shape.columns ? basis[row * many + column] : basis[column * many + row]
        result.append(Float(gain * value))
      }
    }
    return result
  }
}
