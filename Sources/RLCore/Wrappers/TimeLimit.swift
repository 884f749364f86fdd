public import RLSupport

/// Cuts episodes after a number of steps: truncated, not terminated (Gymnasium `TimeLimit`).
///
/// ```swift
/// let environments = try EnvironmentRegistry.builtIn.make("Pendulum", count: 8)
///   .wrapped(by: TimeLimit(50))
/// ```
public struct TimeLimit: EnvironmentWrapper {
  /// The steps of the longest episode.
  public let steps: Int
  private var elapsed: [Int] = []

  /// A limit of so many steps.
  public init(_ steps: Int) {
    precondition(steps > 0, "TimeLimit(\(steps)): an episode needs at least one step")
    self.steps = steps
  }

  /// The spec with the limit.
  public func wrap(_ spec: EnvironmentSpec) -> EnvironmentSpec {
    var spec = spec
    spec.maxEpisodeSteps = min(steps, spec.maxEpisodeSteps ?? .max)
    return spec
  }

  /// Starts counting.
  public mutating func prepare(_ spec: EnvironmentSpec, count: Int) {
    elapsed = Array(repeating: 0, count: count)
  }

  /// Starts counting anew.
  public mutating func didReset(_ range: Range<Int>, inner: StepBatch, outer: StepBatch) {
    for i in range { elapsed[i] = 0 }
  }

  /// Cuts the episodes whose time is up.
  public mutating func didStep(
    inner: StepBatch, outer: StepBatch, end: (Int) -> Void
  ) {
    for i in elapsed.indices {
      elapsed[i] += 1
      let ended = inner.terminated[i] || inner.truncated[i]
      if elapsed[i] == steps {
        inner.truncated[i] = true
        if !ended { end(i) }
      }
      if inner.terminated[i] || inner.truncated[i] { elapsed[i] = 0 }
    }
  }

  /// The counts.
  public mutating func visit(_ state: inout StateVisitor) throws(StateError) {
    try state.rows("timeLimit", &elapsed, within: .counts(below: steps))
  }
}
