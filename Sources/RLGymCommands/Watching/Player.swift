internal import RLGym

/// Someone who chooses the actions of an episode that is shown.
protocol Player {
  /// Who it is, for the title of a window.
  var name: String { get }
  /// The action to take now.
  mutating func action(in environment: SingleEnvironment) -> [Float]
  /// What the player thinks that the state is worth.
  func value(of environment: SingleEnvironment) -> Double?
  /// Whether the player leaves an episode that is not over.
  func hasLeft(_ environment: SingleEnvironment) -> Bool
}

extension Player {
  func value(of environment: SingleEnvironment) -> Double? { nil }
  func hasLeft(_ environment: SingleEnvironment) -> Bool { false }
}

/// Acts as a policy does, a trained or a random one.
struct PolicyPlayer: Player {
  let name: String
  private let policy: any Policy
  private var rng: SeededGenerator?

  /// - Parameter seed: For actions at random; `nil` for the most likely ones.
  init(_ policy: any Policy, name: String, seed: UInt64?) {
    self.policy = policy
    self.name = name
    rng = seed.map { SeededGenerator(SeedSequence($0, spawnKey: [0x504C_4159])) }
  }

  /// Takes random actions.
  init(randomIn spec: EnvironmentSpec, seed: UInt64) {
    self.init(RandomPolicy(spec), name: "random actions", seed: seed)
  }

  mutating func action(in environment: SingleEnvironment) -> [Float] {
    policy.actions(for: environment.observation, masks: environment.actionMask, using: &rng)
  }

  func value(of environment: SingleEnvironment) -> Double? {
    (policy as? any StateValuing)?.value(
      of: environment.observation, mask: environment.actionMask)
  }
}

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
