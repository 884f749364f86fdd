public import RLCore
public import RLSupport

/// Adds up the rewards and the steps of the episodes that a vector of environments is in.
public struct EpisodeTally: Stateful, Sendable {
  private var returns: [Double]
  private var lengths: [Int]

  /// A tally of so many environments, at the start of their episodes.
  public init(count: Int) {
    returns = Array(repeating: 0, count: count)
    lengths = Array(repeating: 0, count: count)
  }

  /// Adds a step of every environment.
  ///
  /// - Parameters:
  ///   - batch: What the step led to.
  ///   - stepsDone: The environment steps taken so far, this one included.
  /// - Returns: The episodes that ended with it.
  public mutating func add(_ batch: StepBatch, stepsDone: Int) -> [TrainingReport.Episode] {
    var ended: [TrainingReport.Episode] = []
    for i in 0..<batch.count {
      returns[i] += batch.rewards[i]
      lengths[i] += 1
      guard batch.terminated[i] || batch.truncated[i] else { continue }
      ended.append(.init(step: stepsDone, episodicReturn: returns[i], length: lengths[i]))
      (returns[i], lengths[i]) = (0, 0)
    }
    return ended
  }

  /// Declares the sums.
  public mutating func visit(_ state: inout StateVisitor) throws(StateError) {
    try state.value("returns", &returns)
    try state.value("lengths", &lengths)
  }
}
