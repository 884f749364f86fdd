/// A probability distribution over actions, one for each row of a batch, inside a traced computation.
public protocol Distribution {
  /// The logarithm of the probability (or density) of each row's action: `[rows]`.
  func logProbability(of actions: Variable) -> Variable
  /// The entropy of each row `[rows]`, or a number if it is the same for all rows.
  var entropy: Variable { get }
}

extension Distribution {
  /// The mean entropy over the rows: a number.
  public var meanEntropy: Variable { entropy.shape.rank == 0 ? entropy : entropy.mean() }
}

/// One choice a row, from logits `[rows, choices]`.
public struct Categorical: Distribution {
  /// The normalized logarithms of the probabilities.
  public let logProbabilities: Variable

  /// - Parameters:
  ///   - logits: `[rows, choices]`.
  ///   - mask: 1 for allowed and 0 for forbidden choices, of the same shape; every row allows one.
  public init(logits: Variable, mask: Variable? = nil) {
    logProbabilities = (mask.map { masked(logits, $0) } ?? logits).logSoftmax()
  }

  /// - Parameter actions: The index of each row's choice, `[rows]`.
  public func logProbability(of actions: Variable) -> Variable {
    logProbabilities.gathered(at: actions)
  }

  /// -Σ p log p.
  public var entropy: Variable { -(logProbabilities * logProbabilities.exp()).rowSums() }
}

/// Forbidden logits become so low that their probability is exactly zero (Huang and Ontañón 2022).
private func masked(_ logits: Variable, _ mask: Variable) -> Variable {
  logits * mask + (mask - 1) * 1e8
}

/// Several independent choices a row, from logits side by side.
public struct MultiCategorical: Distribution {
  private let parts: [Categorical]

  /// - Parameters:
  ///   - logits: `[rows, sum of counts]`.
  ///   - counts: How many choices each component has.
  ///   - mask: As for `Categorical`, side by side.
  public init(logits: Variable, counts: [Int], mask: Variable? = nil) {
    var start = 0
    parts = counts.map { count in
      defer { start += count }
      return Categorical(
        logits: logits.columns(start..<start + count), mask: mask?.columns(start..<start + count))
    }
  }

  /// - Parameter actions: The choices, `[rows, components]`.
  public func logProbability(of actions: Variable) -> Variable {
    let terms = parts.enumerated().map { i, part in
      part.logProbability(of: actions.columns(i..<i + 1).asVector())
    }
    return terms.dropFirst().reduce(terms[0], +)
  }

  /// The sum over the components.
  public var entropy: Variable {
    parts.dropFirst().reduce(parts[0].entropy) { $0 + $1.entropy }
  }
}

/// Independent flags a row, from logits `[rows, flags]`.
public struct Bernoulli: Distribution {
  private let logits: Variable

  /// - Parameter logits: `[rows, flags]`.
  public init(logits: Variable) { self.logits = logits }

  /// - Parameter actions: 0 or 1 a flag, `[rows, flags]`.
  public func logProbability(of actions: Variable) -> Variable {
    (actions * logits - logits.softplus()).rowSums()
  }

  /// Σ softplus(l) - l sigmoid(l).
  public var entropy: Variable { (logits.softplus() - logits * logits.sigmoid()).rowSums() }
}

/// A normal distribution with independent components, from means `[rows, size]` and logarithms of
/// standard deviations `[size]` or `[rows, size]`.
public struct DiagonalGaussian: Distribution {
  private static let halfLogTwoPi: Float = 0.918_938_533
  private let mean: Variable
  private let logDeviation: Variable

  /// - Parameters:
  ///   - mean: `[rows, size]`.
  ///   - logDeviation: `[size]`, the same for all rows, or `[rows, size]`.
  public init(mean: Variable, logDeviation: Variable) {
    self.mean = mean
    self.logDeviation = logDeviation
  }

  /// - Parameter actions: `[rows, size]`.
  public func logProbability(of actions: Variable) -> Variable {
    let z = (actions - mean) * (-logDeviation).exp()
    let constant = Self.halfLogTwoPi * Float(mean.shape.columns)
    let quadratic = z.squared().rowSums() * -0.5
    let size = logDeviation.shape.rank == 1 ? logDeviation.sum() : logDeviation.rowSums()
    return quadratic - size - constant
  }

  /// Σ log σ + (1 + log 2π) / 2.
  public var entropy: Variable {
    let size = logDeviation.shape.rank == 1 ? logDeviation.sum() : logDeviation.rowSums()
    return size + (0.5 + Self.halfLogTwoPi) * Float(mean.shape.columns)
  }
}

/// A normal distribution squashed by tanh into (-1, 1) (Haarnoja et al. 2018, appendix C).
public struct SquashedGaussian {
  private let base: DiagonalGaussian
  private let mean: Variable
  private let logDeviation: Variable

  /// - Parameters:
  ///   - mean: `[rows, size]`, before the squashing.
  ///   - logDeviation: `[rows, size]`.
  public init(mean: Variable, logDeviation: Variable) {
    self.mean = mean
    self.logDeviation = logDeviation
    base = DiagonalGaussian(mean: mean, logDeviation: logDeviation)
  }

  /// Actions by reparameterization, and their log-densities `[rows]`.
  ///
  /// - Parameter noise: Standard normal numbers, `[rows, size]`.
  public func sample(noise: Variable) -> (actions: Variable, logProbability: Variable) {
    sample(shift: logDeviation.exp() * noise)
  }

  /// Actions whose distance from the mean was drawn elsewhere, and their log-densities `[rows]`.
  ///
  /// - Parameter shift: Normal numbers of the distribution's deviations, `[rows, size]`.
  public func sample(shift: Variable) -> (actions: Variable, logProbability: Variable) {
    let raw = mean + shift
    // log(1 - tanh²(u)) = 2 (log 2 - u - softplus(-2u)), finite for any u.
    let correction = (0.693_147_181 - raw - (raw * -2).softplus()) * 2
    return (raw.tanh(), base.logProbability(of: raw) - correction.rowSums())
  }
}
