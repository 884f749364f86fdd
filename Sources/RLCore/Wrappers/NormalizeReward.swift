public import RLSupport

/// Divides rewards by the running deviation of the discounted return (Gymnasium `NormalizeReward`,
/// Stable-Baselines3 `VecNormalize`).
public struct NormalizeReward: EnvironmentWrapper {
  /// What was seen of discounted returns so far.
  public var statistics = RunningStatistics(width: 1)
  /// Whether the statistics no longer change.
  public var isFrozen = false
  /// γ.
  public let discount: Double
  /// The largest magnitude of a normalized reward.
  public let clip: Double
  private var returns: [Double] = []

  /// A wrapper with a discount and a clipping range.
  public init(discount: Double = 0.99, clip: Double = 10) {
    self.discount = discount
    self.clip = clip
  }

  /// It learns until it is frozen.
  public var isLearning: Bool { !isFrozen }

  /// Makes room for the returns.
  public mutating func prepare(_ spec: EnvironmentSpec, count: Int) {
    returns = Array(repeating: 0, count: count)
  }

  /// Forgets the returns of the episodes before.
  public mutating func didReset(_ range: Range<Int>, inner: StepBatch, outer: StepBatch) {
    for i in range { returns[i] = 0 }
  }

  /// Takes in and normalizes rewards.
  public mutating func didStep(
    inner: StepBatch, outer: StepBatch, end: (Int) -> Void
  ) {
    for i in returns.indices { returns[i] = returns[i] * discount + inner.rewards[i] }
    let current = returns
    if !isFrozen { statistics.update(rows: current.count) { row, _ in current[row] } }
    let scale = 1 / (statistics.variance[0] + 1e-8).squareRoot()
    for i in returns.indices {
      outer.rewards[i] = min(max(inner.rewards[i] * scale, -clip), clip)
      if inner.terminated[i] || inner.truncated[i] { returns[i] = 0 }
    }
  }

  /// The statistics and returns.
  public mutating func visit(_ state: inout StateVisitor) throws(StateError) {
    try state.part("rewards.", &statistics)
    try state.rows("rewards.returns", &returns)
  }
}
