public import RLCore

/// An episode of a log, to be played again without an agent.
///
/// An episode that began with a `reset(seed:)` starts there. One that came later in the run of an
/// environment is reached by playing the episodes before it, as the environment's random stream goes on
/// through all of them. Where neither is known, `init` throws.
public struct EpisodeReplay: Sendable {
  /// The episode; `action(_:)` has its actions.
  public let episode: Episode
  /// The seed that the environment is reset with.
  public let seed: UInt64
  /// The episodes to be played before, oldest first.
  public let before: [Episode]
  private let width: Int

  /// Finds what it takes to repeat an episode.
  ///
  /// - Parameters:
  ///   - log: The log.
  ///   - number: The episode's number.
  /// - Throws: `RolloutLogError`; `.mismatch` where the episode cannot be repeated.
  public init(_ log: RolloutLog, episode number: Int) throws(RolloutLogError) {
    episode = try log.episode(number)
    width = log.metadata.actionSpace.rowWidth
    if let seed = episode.seed {
      (self.seed, before) = (seed, [])
      return
    }
    guard let origin = episode.origin else {
      throw .mismatch(
        log.path, reason: "episode \(number) does not say which seed it started from")
    }
    seed = origin.seed
    // In the order in which logs are read fastest. A log that was joined from several may have several runs
    // with the seed: of two episodes of one place the later one counts.
    var found: [Episode] = []
    for candidate in 0..<(origin.index == 0 ? 0 : number) {
      let other = try log.episode(candidate)
      guard let place = other.origin, place.seed == seed, place.index >= 0,
        place.index <= found.count
      else { continue }
      found.removeSubrange(place.index...)
      found.append(other)
    }
    guard found.count >= origin.index else {
      throw .mismatch(
        log.path,
        reason:
          "episode \(number) came after others of the same environment, of which number \(found.count) of the run is missing"
      )
    }
    before = Array(found.prefix(origin.index))
  }

  /// The action of a step, as `VectorEnvironment.step` takes it.
  public func action(_ step: Int) -> [Float] { Self.action(step, of: episode, width) }

  static func action(_ step: Int, of episode: Episode, _ width: Int) -> [Float] {
    Array(episode.actions[step * width..<(step + 1) * width])
  }

  /// Brings an environment to the start of the episode.
  ///
  /// - Parameters:
  ///   - vector: One environment, of the log's kind.
  ///   - batch: Then holds the first observation.
  public func prepare(_ vector: inout any VectorEnvironment, into batch: StepBatch) {
    precondition(
      vector.count == 1 && batch.count == 1, "EpisodeReplay: needs a vector of one environment")
    vector.reset(seed: seed, into: batch)
    for episode in before { Self.play(episode, in: &vector, batch, width) }
  }

  /// Plays an episode to its end, so that the next one has begun.
  static func play(
    _ episode: Episode, in vector: inout any VectorEnvironment, _ batch: StepBatch,
    _ width: Int
  ) {
    var ended = false
    for step in 0..<episode.length {
      vector.step(action(step, of: episode, width), into: batch)
      ended = batch.terminated[0] || batch.truncated[0]
    }
    if !ended { vector.reset(index: 0, into: batch) }
  }
}
