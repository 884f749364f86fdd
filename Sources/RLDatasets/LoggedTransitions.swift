public import RLCore
public import RLSupport

/// The steps of a log in memory, in the environment's own types, to be drawn at random.
public struct LoggedTransitions<Observations: Space, Actions: Space>: Sendable {
  /// A step.
  public typealias Transition = Episode.Transition<Observations.Element, Actions.Element>

  private let episodes: [Episode]
  /// The steps before each episode.
  private let starts: [Int]
  private let observations: Observations
  private let actions: Actions
  /// The number of steps.
  public let count: Int

  /// Reads the steps of a log.
  ///
  /// - Parameters:
  ///   - log: The log.
  ///   - observations: The environment's space of observations, which must be the log's.
  ///   - actions: The environment's space of actions, which must be the log's.
  ///   - limit: Episodes are read until there are so many steps.
  /// - Throws: `RolloutLogError`.
  public init(
    of log: RolloutLog, observations: Observations, actions: Actions, limit: Int = .max
  ) throws(RolloutLogError) {
    try log.require(observations: observations.spec, actions: actions.spec)
    self.observations = observations
    self.actions = actions
    var (episodes, starts, count) = ([Episode](), [Int](), 0)
    for number in 0..<log.count where count < limit {
      let episode = try log.episode(number)
      starts.append(count)
      count += episode.length
      episodes.append(episode)
    }
    (self.episodes, self.starts, self.count) = (episodes, starts, count)
  }

  /// A step by its number, from 0 on, in the order of the log.
  public subscript(index: Int) -> Transition {
    precondition(
      index >= 0 && index < count, "LoggedTransitions: there is no step \(index), only \(count)")
    var (low, high) = (0, starts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= index { low = middle } else { high = middle }
    }
    return episodes[low].transition(
      index - starts[low], observations: observations, actions: actions)
  }

  /// Draws steps, each with the same probability, with replacement.
  public func sample(_ count: Int, using rng: inout SeededGenerator) -> [Transition] {
    precondition(self.count > 0, "LoggedTransitions: nothing to draw from")
    return (0..<count).map { _ in self[rng.integer(below: self.count)] }
  }
}

extension RolloutLog {
  /// Throws unless the log's spaces are these.
  public func require(observations: SpaceSpec, actions: SpaceSpec) throws(RolloutLogError) {
    guard Self.carry(metadata.observationSpace, observations) else {
      throw .mismatch(
        path, reason: "its observations are \(metadata.observationSpace), not \(observations)")
    }
    guard Self.carry(metadata.actionSpace, actions) else {
      throw .mismatch(path, reason: "its actions are \(metadata.actionSpace), not \(actions)")
    }
  }

  /// Whether rows of one space are rows of the other: they are the same, or have the same choices in different parts,
  /// as Blackjack's observations, which were a MultiDiscrete.
  private static func carry(_ one: SpaceSpec, _ other: SpaceSpec) -> Bool {
    if one == other { return true }
    let (columns, others) = (one.layout.columns, other.layout.columns)
    return columns == others && columns.allSatisfy(\.isWhole)
  }
}
