

  /// The most likely action.
  ///
  /// - Parameters:
  ///   - observation: As the environment's observation space flattens it.
  ///   - mask: The allowed actions, for environments that mask.
  public func action(for observation: [Float], mask: [Bool] = []) -> [Float] {
    policy.action(for: observation, mask: mask)
  }

  /// Plays episodes in environments of its own.
  ///
  /// - Parameters:
  ///   - episodes: How many.
  ///   - seed: Episode i starts with the seed `seed + i`; start states that training never used if `nil`.
  ///   - isDeterministic: Whether the most likely action is taken, instead of a random one.
  public func evaluate(episodes: Int = 100, seed: UInt64? = nil, isDeterministic: Bool = true)
    -> Evaluation
  {
    Evaluation(
      of: policy, in: plan.entry.makeVector, episodes: episodes, seed: seed ?? evaluationSeed,
      isDeterministic: isDeterministic)
  }

  /// Records episodes as a video.
  ///
  /// - Parameters:
  ///   - path: The file; its ending says the format (`.apng`, `.gif`, `.mp4`; none for a folder of PNG files).
  ///   - episodes: How many, one after the other.
  ///   - seed: Of the first one; a start state that training never used if `nil`.
  ///   - framesPerSecond: The environment's natural number if `nil`.
  ///   - scale: Pixels a point of the environment's drawings.
  @discardableResult
  public func record(
    to path: String, episodes: Int = 1, seed: UInt64? = nil, framesPerSecond: Int? = nil,
    scale: Double = 1
  ) throws -> EpisodeRecording.Result? {
    let recording = EpisodeRecording(
      entry: plan.entry, player: PolicyPlayer(policy, name: plan.kind.name, seed: nil),
      seed: seed ?? evaluationSeed, episodes: episodes, framesPerSecond: framesPerSecond,
      scale: scale)
    return try recording.record(to: path, RecordingFormat(path: path))
  }

  /// The seed of the first episode of an evaluation after training.
  package var evaluationSeed: UInt64 { TrainingRun.evaluationSeed(plan.seed, .final) }
}
