public import RLCore

/// What came of repeating the episodes of a log in the environment.
public struct LogVerification: Sendable, Equatable {
  /// Where a log and the environment part.
  public struct Difference: Sendable, Equatable, CustomStringConvertible {
    /// The episode's number.
    public var episode: Int
    /// The step, from 0 on; `nil` for the start.
    public var step: Int?
    /// What differs, such as `observation number 2`.
    public var what: String
    /// What the log says.
    public var logged: Double
    /// What the environment says.
    public var repeated: Double

    /// The difference in words.
    public var description: String {
      let place = step.map { "after step \($0)" } ?? "at the start"
      return
        "episode \(episode), \(place): \(what) is \(logged) in the log and \(repeated) in the environment"
    }
  }

  /// Episodes that were repeated without a difference.
  public private(set) var episodes = 0
  /// Their steps.
  public private(set) var steps = 0
  /// Episodes that could not be repeated: their seeds, or earlier episodes of their runs, are not known.
  public private(set) var skipped = 0
  /// The first difference.
  public private(set) var difference: Difference?

  /// A run of an environment that goes on from episode to episode.
  private struct Run {
    var vector: any VectorEnvironment
    var first: [Float]
    var nextIndex = 0
  }

  /// Repeats every episode whose start is known, until the first difference.
  ///
  /// Observations, rewards, ends and the numbers of the steps' information must be the same to the last bit.
  ///
  /// - Parameters:
  ///   - log: The log.
  ///   - spec: The environment.
  ///   - makeVector: Makes a vector of so many environments.
  /// - Throws: `RolloutLogError` if the log cannot be read, or is one of another environment.
  public init(
    _ log: RolloutLog, in spec: EnvironmentSpec, makeVector: (Int) -> any VectorEnvironment
  ) throws(RolloutLogError) {
    try log.require(observations: spec.observationSpace, actions: spec.actionSpace)
    let batch = StepBatch(count: 1, for: spec)
    // The information that both have.
    let infos = log.metadata.infos.enumerated().compactMap { logged, field in
      spec.infos.firstIndex(of: field).map { (field.name, logged, $0) }
    }
    var runs: [UInt64: Run] = [:]
    func start(_ seed: UInt64) -> Run {
      var vector = makeVector(1)
      vector.reset(seed: seed, into: batch)
      return Run(vector: vector, first: Array(batch.observations))
    }
    for number in 0..<log.count {
      let episode = try log.episode(number)
      var run: Run
      if let origin = episode.origin {
        // A gap in the log: an episode that was lost, or comes in another file.
        let known = origin.index == 0 ? start(origin.seed) : runs.removeValue(forKey: origin.seed)
        guard let known, known.nextIndex == origin.index else {
          skipped += 1
          continue
        }
        run = known
      } else if let seed = episode.seed {
        run = start(seed)
      } else {
        skipped += 1
        continue
      }
      difference = Self.compare(episode, number, &run, batch, infos)
      if difference != nil { return }
      episodes += 1
      steps += episode.length
      if let origin = episode.origin { runs[origin.seed] = run }
    }
  }

  private static func compare(
    _ episode: Episode, _ number: Int, _ run: inout Run, _ batch: StepBatch,
    _ infos: [(name: String, logged: Int, repeated: Int)]
  ) -> Difference? {
    let infoWidth = episode.infos.count / max(1, episode.length)
    let width = batch.observationWidth
    let actionWidth = episode.actions.count / max(1, episode.length)
    func parted(_ step: Int?, _ what: String, _ logged: Double, _ repeated: Double) -> Difference? {
      logged.bitPattern == repeated.bitPattern
        ? nil
        : Difference(
          episode: number, step: step, what: what, logged: logged, repeated: repeated)
    }
    func observation(_ row: Int, _ repeated: some Collection<Float>) -> Difference? {
      for (i, x) in repeated.enumerated() {
        let logged = episode.observations[row * width + i]
        if let found = parted(
          row == 0 ? nil : row - 1, "observation number \(i)", Double(logged), Double(x))
        {
          return found
        }
      }
      return nil
    }
    if let found = observation(0, run.first) { return found }
    var ended = false
    for step in 0..<episode.length {
      run.vector.step(EpisodeReplay.action(step, of: episode, actionWidth), into: batch)
      let (terminated, truncated) = (batch.terminated[0], batch.truncated[0])
      ended = terminated || truncated
      let isLast = step == episode.length - 1
      let ends: [(String, Bool, Bool)] = [
        ("the termination", isLast && episode.terminated, terminated),
        ("the truncation", isLast && episode.truncated && !episode.isUnfinished, truncated),
      ]
      if let found = parted(step, "the reward", episode.rewards[step], batch.rewards[0])
        ?? observation(step + 1, ended ? batch.finalObservations : batch.observations)
      {
        return found
      }
      for (name, logged, repeated) in infos where infoWidth > 0 {
        let number = episode.infos[step * infoWidth + logged]
        if let found = parted(step, "the information's \(name)", number, batch.infos[repeated]) {
          return found
        }
      }
      for (what, logged, repeated) in ends where logged != repeated {
        return Difference(
          episode: number, step: step, what: what, logged: logged ? 1 : 0,
          repeated: repeated ? 1 : 0)
      }
    }
    if !ended { run.vector.reset(index: 0, into: batch) }
    run.first = Array(batch.observations)
    run.nextIndex += 1
    return nil
  }
}
