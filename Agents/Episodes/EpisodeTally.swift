public import RLCore
public import RLSupport

/// Adds up the rewards, the steps and the information of the episodes that a vector of environments is in.
public struct EpisodeTally: Stateful, Sendable {
  private var returns: [Double]
  private var lengths: [Int]
  private let fields: [InfoField]
  /// The sums so far, or the numbers of the last step, `[count, fields]`.
  private var infos: [Double]

  /// A tally of so many environments, at the start of their episodes.
  public init(count: Int, for spec: EnvironmentSpec) {
    returns = Array(repeating: 0, count: count)
    lengths = Array(repeating: 0, count: count)
    fields = spec.infos
    infos = Array(repeating: 0, count: count * spec.infos.count)
  }

  /// Adds a step of every environment.
  ///
  /// - Parameters:
  ///   - batch: What the step led to.
  ///   - stepsDone: The environment steps taken so far, this one included.
  /// - Returns: The episodes that ended with it.
  public mutating func add(_ batch: StepBatch, stepsDone: Int) -> [TrainingReport.Episode] {
    precondition(
      batch.count == lengths.count && batch.infoWidth == fields.count,
      "EpisodeTally: a batch of \(batch.count) rows with \(batch.infoWidth) numbers of information, not \(lengths.count) with \(fields.count)"
    )
    var ended: [TrainingReport.Episode] = []
    for i in 0..<batch.count {
      let episode = add(
        i, reward: batch.rewards[i], infos: batch.infos(of: i),
        hasEnded: batch.terminated[i] || batch.truncated[i], stepsDone: stepsDone)
      if let episode { ended.append(episode) }
    }
    return ended
  }

  /// Adds a step of one environment.
  ///
  /// - Parameters:
  ///   - i: Which environment.
  ///   - reward: The reward of the step.
  ///   - row: The numbers of the step's information.
  ///   - hasEnded: Whether it was the last one of its episode.
  ///   - stepsDone: The environment steps taken so far, this one included.
  /// - Returns: The episode, if the step ended it.
  @inline(__always)
  mutating func add(
    _ i: Int, reward: Double, infos row: UnsafeMutableBufferPointer<Double>, hasEnded: Bool,
    stepsDone: Int
  ) -> TrainingReport.Episode? {
    returns[i] += reward
    lengths[i] += 1
    if !fields.isEmpty { fields.add(row, to: &infos, at: i * fields.count) }
    return hasEnded ? end(i, stepsDone) : nil
  }

  private mutating func end(_ i: Int, _ stepsDone: Int) -> TrainingReport.Episode {
    let first = i * fields.count
    let episode = TrainingReport.Episode(
      step: stepsDone, episodicReturn: returns[i], length: lengths[i],
      infos: fields.named(infos, at: first))
    (returns[i], lengths[i]) = (0, 0)
    for k in fields.indices { infos[first + k] = 0 }
    return episode
  }

  /// Starts new episodes everywhere.
  mutating func restart() {
    for i in lengths.indices { _ = end(i, 0) }
  }

  /// Declares the sums. Checkpoints of 0.1.0 have none of information.
  public mutating func visit(_ state: inout StateVisitor) throws(StateError) {
    try state.array("returns", &returns)
    try state.array("lengths", &lengths, within: .counts)
    guard !fields.isEmpty, !state.isRestoring || state.has("infos") else { return }
    // An environment may have no number of something yet.
    try state.array("infos", &infos, within: .any)
  }
}

extension [InfoField] {
  /// Adds a step's numbers to what is known of its episode.
  ///
  /// - Parameters:
  ///   - row: The numbers of the step.
  ///   - numbers: Those of episodes so far, of which the episode's begin at `first`.
  func add(_ row: UnsafeMutableBufferPointer<Double>, to numbers: inout [Double], at first: Int) {
    for (k, field) in enumerated() {
      numbers[first + k] = field.isSummed ? numbers[first + k] + row[k] : row[k]
    }
  }

  /// The numbers of an episode, which begin at `first`, by name.
  func named(_ numbers: [Double], at first: Int) -> [String: Double] {
    Dictionary(enumerated().map { ($1.name, numbers[first + $0]) }) { $1 }
  }
}

extension StepBatch {
  /// The numbers of one environment's information.
  func infos(of row: Int) -> UnsafeMutableBufferPointer<Double> {
    UnsafeMutableBufferPointer(rebasing: infos[row * infoWidth..<(row + 1) * infoWidth])
  }
}
