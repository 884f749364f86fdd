internal import RLGym

/// Does again what was done in an episode of a rollout log.
struct ReplayPlayer: Player {
  let name: String
  private let replay: EpisodeReplay

  /// - Parameter number: The episode's number in the log.
  init(_ replay: EpisodeReplay, number: Int) {
    self.replay = replay
    name = "episode \(number)"
  }

  /// Brings the environment to where the episode started.
  mutating func begin(
    _ vector: inout any VectorEnvironment, rows: Range<Int>, seed: UInt64, into batch: StepBatch
  ) {
    replay.prepare(&vector, into: batch)
  }

  mutating func act(in loop: EpisodeLoop, into actions: inout [Float]) {
    actions = replay.action(loop.rows[0].length)
  }

  func value(of row: Int, in loop: EpisodeLoop) -> Double? {
    let (values, step) = (replay.episode.values, loop.rows[row].length)
    return values.indices.contains(step) ? Double(values[step]) : nil
  }
}
