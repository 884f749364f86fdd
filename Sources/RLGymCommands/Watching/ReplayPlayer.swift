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

  mutating func action(in environment: SingleEnvironment) -> [Float] {
    replay.action(environment.length)
  }

  func value(of environment: SingleEnvironment) -> Double? {
    let values = replay.episode.values
    return values.indices.contains(environment.length) ? Double(values[environment.length]) : nil
  }

  func hasLeft(_ environment: SingleEnvironment) -> Bool {
    environment.length >= replay.episode.length
  }

  /// Brings an environment to where the episode started.
  func prepare(_ environment: inout SingleEnvironment) {
    environment.reset(seed: replay.seed)
    for episode in replay.before {
      let width = environment.spec.actionSpace.rowWidth
      for step in 0..<episode.length where !environment.ended {
        environment.step(Array(episode.actions[step * width..<(step + 1) * width]))
      }
      environment.reset()
    }
  }
}
