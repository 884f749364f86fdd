internal import RLGym

extension Benchmark {
  /// Frames a second of each kind of picture, from the environment's state to bytes; none without SDL.
  static func renderingBenchmarks() -> [Benchmark] {
    guard (try? FrameRenderer()) != nil else { return [] }
    let kinds = [
      "CartPole", "MountainCar", "MountainCarContinuous", "Pendulum", "Acrobot", "FrozenLake",
      "CliffWalking", "Taxi", "Blackjack", "GridWorld",
    ]
    return kinds.map { name in
      rendering(name) { try EnvironmentRegistry.builtIn.resolve(name).entry }
    }
  }

  /// Frames a second of an environment that is played at random.
  static func rendering(
    _ name: String, _ entry: @escaping () throws -> EnvironmentRegistry.Entry
  ) -> Benchmark {
    Benchmark(name: "render/\(name)", unit: "frames/s") {
      let entry = try entry()
      let loop = EpisodeLoop(
        PolicyPlayer(randomIn: entry.spec, seed: 1), in: try entry.requireDrawable(), seed: 1,
        drawnRow: 0)
      var episode = 0
      loop.begin(episode)
      let renderer = try FrameRenderer()
      var frame = Frame(width: 1, height: 1)
      return try rate {
        if loop.rows[0].isOver {
          episode += 1
          loop.begin(episode)
        }
        loop.step()
        if let drawing = loop.drawing(of: 0) { try renderer.render(drawing, into: &frame) }
      }
    }
  }
}
