public import RLSupport

/// Keeps the returns, lengths and times of the last episodes (Gymnasium `RecordEpisodeStatistics`).
public struct EpisodeStatistics: EnvironmentWrapper {
  /// A finished episode.
  public struct Episode: Sendable, Equatable {
    /// The sum of its rewards.
    public var episodicReturn: Double
    /// Its steps.
    public var length: Int
    /// Seconds from the first reset to its end.
    public var seconds: Double
  }

  /// The last episodes, oldest first.
  public private(set) var episodes: [Episode] = []
  /// How many episodes ended so far.
  public private(set) var count = 0
  /// How many episodes are kept.
  public let capacity: Int
  private var returns: [Double] = []
  private var lengths: [Int] = []
  private var start: ContinuousClock.Instant?

  /// A wrapper that keeps so many episodes.
  public init(capacity: Int = 100) { self.capacity = max(1, capacity) }

  /// Makes room for running sums.
  public mutating func prepare(_ spec: EnvironmentSpec, count: Int) {
    returns = Array(repeating: 0, count: count)
    lengths = Array(repeating: 0, count: count)
  }

  /// Starts new sums.
  public mutating func didReset(_ range: Range<Int>, inner: StepBatch, outer: StepBatch) {
    if start == nil { start = .now }
    for i in range { (returns[i], lengths[i]) = (0, 0) }
  }

  /// Adds up rewards, and notes the episodes that ended.
  public mutating func didStep(
    inner: StepBatch, outer: StepBatch, end: (Int) -> Void
  ) {
    for i in returns.indices {
      returns[i] += inner.rewards[i]
      lengths[i] += 1
      guard inner.terminated[i] || inner.truncated[i] else { continue }
      let elapsed = (start ?? .now).duration(to: .now)
      episodes.append(
        Episode(
          episodicReturn: returns[i], length: lengths[i],
          seconds: elapsed.seconds))
      if episodes.count > capacity { episodes.removeFirst() }
      count += 1
      (returns[i], lengths[i]) = (0, 0)
    }
  }

  /// The sums of the episodes that go on. Checkpoints of 0.1.0 have none.
  public mutating func visit(_ state: inout StateVisitor) throws(StateError) {
    guard !state.isRestoring || state.has("statistics.returns") else { return }
    try state.rows("statistics.returns", &returns)
    try state.rows("statistics.lengths", &lengths, within: .counts)
  }
}
