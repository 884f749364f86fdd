internal import RLSupport

/// Noise where episodes begin.
public enum MuJoCoNoise: Sendable, Equatable {
  /// Uniform between minus and plus that much: NumPy's `uniform`.
  case uniform(Double)
  /// Normal with that standard deviation: NumPy's `standard_normal`.
  case normal(Double)

  func sample(using rng: inout SeededGenerator) -> Double {
    switch self {
    case .uniform(let scale): rng.uniform(-scale, scale)
    case .normal(let scale): scale * rng.normal()
    }
  }
}
