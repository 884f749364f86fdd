import RLAgents
import RLCore
import RLSupport
import Testing

/// Shows a point, one of three modes and two flags; going up in the right mode pays.
private struct Parts: DeterministicEnvironment, Codable {
  struct Seen: Sendable {
    var point: InlineArray<2, Float> = [0, 0]
    var mode = 1
    var flags = [false, false]
  }
  static let seen = Record(
    Seen(),
    [
      .part("point", \.point, Box<2>(-1...1)), .part("mode", \.mode, Discrete(3, start: 1)),
      .part("flags", \.flags, MultiBinary(2)),
    ])
  private var age = 0
  private var height = 0
  var observationSpace: Record<Seen> { Self.seen }
  var actionSpace: Discrete { Discrete(3) }
  private var observation: Seen {
    Seen(
      point: [Float(height) / 20, Float(age) / 20], mode: age % 3 + 1,
      flags: [height > 0, age % 2 == 0])
  }
  mutating func reset(using rng: inout SeededGenerator) -> Seen {
    (age, height) = (0, 0)
    return observation
  }
  mutating func step(_ action: Int) -> Step<Seen, NoInfo> {
    let isRight = action == age % 3
    age += 1
    height += isRight ? 1 : -1
    return age == 20
      ? .terminal(observation, reward: isRight ? 1 : 0)
      : .next(observation, reward: isRight ? 1 : 0)
  }
}

/// Takes a choice with two numbers.
private struct Hybrid: DeterministicEnvironment {
  struct Move: Sendable {
    var kind = 0
    var force: InlineArray<2, Float> = [0, 0]
  }
  static let move = Record(
    Move(), [.part("kind", \.kind, Discrete(2)), .part("force", \.force, Box<2>(-1...1))])
  var observationSpace: Box<1> { Box(0...1) }
  var actionSpace: Record<Move> { Self.move }
  mutating func reset(using rng: inout SeededGenerator) -> Observation { [0] }
  mutating func step(_ action: Move) -> Step<Observation, NoInfo> {
    .next([0], reward: Double(action.force[0]))
  }
}

@Suite struct StructuredSpaceTests {
  private func trained<A: Agent>(
    _: A.Type, _ settings: A.Settings, in vector: any VectorEnvironment
  ) throws -> StateArchive {
    let agent = try A(settings, environments: vector, seed: 5, steps: 600, threads: 1)
    try agent.train { _ in .proceed }
    var archive = StateArchive()
    agent.save(to: &archive)
    return archive
  }

  /// An agent reads the parts as it reads the flat observations of the wrapper, to the bit.
  @Test func partsAreReadSideBySide() throws {
    let spec = EnvironmentSpec(
      id: "Parts", observationSpace: Parts.seen.spec, actionSpace: Discrete(3).spec)
    func vector(_ count: Int) -> BatchedEnvironments<Parts> {
      BatchedEnvironments(spec, count: count) { Parts() }
    }
    var ppo = PPOSettings()
    (ppo.environments, ppo.rolloutSteps, ppo.batchSize) = (4, 50, 50)
    var dqn = DQNSettings()
    (dqn.environments, dqn.learningStarts, dqn.widths) = (2, 100, [16])
    for (structured, flat) in [
      (
        try trained(PPO.self, ppo, in: vector(4)),
        try trained(PPO.self, ppo, in: vector(4).wrapped(by: FlattenObservation()))
      ),
      (
        try trained(DQN.self, dqn, in: vector(2)),
        try trained(DQN.self, dqn, in: vector(2).wrapped(by: FlattenObservation()))
      ),
    ] {
      let weights = structured.entries.keys.filter { $0.hasPrefix("policy/") }
      #expect(!weights.isEmpty)
      for name in weights { #expect(structured.entries[name] == flat.entries[name], "\(name)") }
    }
  }

  /// Running statistics are those of the real numbers alone.
  @Test func realNumbersAreNormalized() throws {
    let spec = EnvironmentSpec(
      id: "Parts", observationSpace: Parts.seen.spec, actionSpace: Discrete(3).spec)
    var settings = PPOSettings()
    (settings.environments, settings.rolloutSteps, settings.batchSize) = (4, 50, 50)
    settings.normalizeObservations = true
    let archive = try trained(
      PPO.self, settings, in: BatchedEnvironments(spec, count: 4) { Parts() })
    let names = archive.entries.keys.filter { $0.hasSuffix("observations.mean") }
    #expect(!names.isEmpty)
    for name in names { #expect(archive.entries[name]?.values.count == 2) }
    #expect(settings.warnings(in: spec, steps: 600).isEmpty)
    let cards = EnvironmentSpec(
      id: "Cards", observationSpace: .tuple([.discrete(count: 3, start: 0)]),
      actionSpace: Discrete(3).spec)
    #expect(
      settings.warnings(in: cards, steps: 600).contains { $0.contains("normalizeObservations") })
  }

  @Test func actionsOfSeveralPartsAreRefused() throws {
    let spec = EnvironmentSpec(
      id: "Hybrid", observationSpace: Box<1>(0...1).spec, actionSpace: Hybrid.move.spec)
    for name in ["ppo", "dqn", "sac", "td3"] {
      let reason = try AgentRegistry.builtIn.named(name).type.unsupportedReason(in: spec)
      #expect(reason?.contains("not Dict('kind': Discrete(2), 'force': Box(") == true, "\(name)")
    }
    #expect(
      throws: AgentError.unsuitable(
        agent: "ppo", environment: "Hybrid",
        reason:
          "it learns actions of one Box, Discrete, MultiDiscrete or MultiBinary, not Dict('kind': Discrete(2), 'force': Box(-1.0, 1.0, (2,)))"
      )
    ) {
      _ = try PPO(
        PPOSettings(), environments: BatchedEnvironments(spec, count: 1) { Hybrid() }, seed: 1,
        steps: 10, threads: 1)
    }
    // Who acts at random can.
    let evaluation = Evaluation(
      of: RandomPolicy(spec), in: { BatchedEnvironments(spec, count: $0) { Hybrid() } },
      episodes: 3, seed: 1, stepLimit: 5)
    #expect(evaluation.returns.allSatisfy { $0 != 0 && abs($0) < 5 })
  }
}
