import RLAgents
import RLCore
import RLEnvironments
import RLSupport
import RLTensor
import Testing

/// Shows a sign in its first observation, and pays for the action that matches it so many steps later.
private struct Recollection: Environment, Codable {
  var steps = 5
  private var sign: Float = 0
  private var age = 0

  var observationSpace: Box<2> { Box(-1...1) }
  var actionSpace: Discrete { Discrete(2) }

  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<2, Float> {
    (sign, age) = (rng.integer(below: 2) == 0 ? -1 : 1, 0)
    return [sign, 0]
  }

  mutating func step(_ action: Int, using rng: inout SeededGenerator) -> Step<
    InlineArray<2, Float>, NoInfo
  > {
    age += 1
    guard age == steps else { return .next([0, Float(age) / Float(steps)], reward: 0) }
    return .terminal([0, 1], reward: (action == 1) == (sign > 0) ? 1 : -1)
  }
}

/// Shows a sign in its first observation, and pays it in each step until it is cut: worth ten times the sign with γ = 0.9.
private struct EndlessSign: Environment, Codable {
  private var sign: Float = 0
  private var age = 0

  var observationSpace: Box<1> { Box(-1...1) }
  var actionSpace: Discrete { Discrete(1) }

  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> {
    (sign, age) = (rng.integer(below: 2) == 0 ? -1 : 1, 0)
    return [sign]
  }

  mutating func step(_ action: Int, using rng: inout SeededGenerator) -> Step<
    InlineArray<1, Float>, NoInfo
  > {
    age += 1
    return age == 7 ? .truncation([0], reward: Double(sign)) : .next([0], reward: Double(sign))
  }
}

/// Counts, and has no choice and no end.
private struct Counting: Environment, Codable {
  private var age = 0
  var observationSpace: Box<1> { Box(-1...1) }
  var actionSpace: Discrete { Discrete(1) }
  static func observation(_ age: Int) -> Float { Float(age % 7) / 7 - Float(age % 3) / 3 }

  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> {
    age = 0
    return [Self.observation(0)]
  }

  mutating func step(_ action: Int, using rng: inout SeededGenerator) -> Step<
    InlineArray<1, Float>, NoInfo
  > {
    age += 1
    return .next([Self.observation(age)], reward: 0)
  }
}

@Suite struct RecurrentPPOTests {
  private func configuration(_ kind: RecurrentKind?, environments: Int = 8) -> PPOSettings {
    var c = PPOSettings()
    c.environments = environments
    (c.rolloutSteps, c.batchSize, c.epochs) = (64, 128, 10)
    c.learningRate = .linear(from: 3e-3, to: 0)
    c.discount = 0.9
    (c.policyWidths, c.valueWidths) = ([16], [16])
    (c.recurrent, c.recurrentWidth, c.sequenceLength) = (kind, 16, 16)
    return c
  }

  private func agent(
    _ c: PPOSettings, in id: String, steps: Int, threads: Int, seed: UInt64 = 1
  ) throws -> PPO {
    try PPO(
      c, environments: EnvironmentRegistry.builtIn.make(id, count: c.environments), seed: seed,
      steps: steps, threads: threads)
  }

  /// The mean of the last returns.
  private func finalReturn(_ kind: RecurrentKind?, steps: Int) throws -> Double {
    let agent = try PPO(
      configuration(kind), environments: makeVector(8) { Recollection() }, seed: 2, steps: steps,
      threads: 2)
    var last: [Double] = []
    try agent.train { report in
      last = (last + report.episodes.map(\.episodicReturn)).suffix(200)
      return .proceed
    }
    return last.reduce(0, +) / Double(last.count)
  }

  @Test(arguments: RecurrentKind.allCases)
  func whatWasSeenFirstIsRemembered(_ kind: RecurrentKind) throws {
    #expect(try finalReturn(kind, steps: 40_000) > 0.9)
  }

  @Test func nothingIsRememberedWithoutALayerForIt() throws {
    #expect(abs(try finalReturn(nil, steps: 20_000)) < 0.35)
  }

  /// Cut episodes are valued by what was remembered of each at its end: what is seen there tells nothing.
  @Test(arguments: RecurrentKind.allCases)
  func cutEpisodesAreBootstrapped(_ kind: RecurrentKind) throws {
    let agent = try PPO(
      configuration(kind), environments: makeVector(8) { EndlessSign() }, seed: 3,
      steps: 150_000, threads: 2)
    try agent.train { _ in .proceed }
    // 1 / (1 - 0.9); it would be 5.2 if cuts were worth nothing on average.
    #expect(abs(agent.values(of: [1])[0] - 10) < 1.5)
    #expect(abs(agent.values(of: [-1])[0] + 10) < 1.5)
  }

  /// Learning begins from the very log-probabilities with which actions were valued: with one minibatch of all, all
  /// ratios are one, whatever sequences a rollout is cut into.
  @Test(arguments: RecurrentKind.allCases, ["CartPole", "Pendulum", "Taxi"])
  func sequencesOfAnUpdateAreThoseOfTheRollout(_ kind: RecurrentKind, _ id: String) throws {
    var c = configuration(kind, environments: 3)
    (c.batchSize, c.epochs, c.normalizeAdvantage) = (192, 1, false)
    let agent = try agent(c, in: id, steps: 2_000, threads: 2)
    var updates = 0
    try agent.train { report in
      let metrics = Dictionary(uniqueKeysWithValues: report.metrics.map { ($0.name, $0.value) })
      #expect(metrics["approx_kl"] == 0 && metrics["clip_fraction"] == 0)
      updates += 1
      return .proceed
    }
    #expect(updates > 5)
  }

  /// A policy that goes on from what it remembers comes to the same as the collector, to the bit.
  @Test(arguments: RecurrentKind.allCases)
  func actingStepByStepRemembersTheSame(_ kind: RecurrentKind) throws {
    let c = configuration(kind, environments: 2)
    let agent = try PPO(
      c, environments: makeVector(2) { Counting() }, seed: 5, steps: 1_000, threads: 1)
    try agent.rollout()
    let policy = agent.policy
    let width = kind.states * 16
    #expect(policy.memoryWidth == width)
    var memory: [Float] = []
    for age in 0..<64 {
      #expect(policy.action(for: [Counting.observation(age)], memory: &memory) == [0])
    }
    #expect(memory.contains { abs($0) > 0.01 })
    #expect(try state(of: agent).floats("collector/memory") == memory + memory)
    // Without it, each call is the first of an episode.
    var fresh: [Float] = []
    _ = policy.action(for: [Counting.observation(0)], memory: &fresh)
    #expect(fresh != memory && fresh.count == width)
  }

  @Test(arguments: [
    ("CartPole", RecurrentKind.gru, 1), ("Pendulum", .lstm, 5), ("Taxi", .gru, 3),
    ("CartPole", .lstm, 7), ("Pendulum", .gru, 2),
  ])
  func theNumberOfThreadsChangesNoBit(_ id: String, _ kind: RecurrentKind, _ environments: Int)
    throws
  {
    var c = configuration(kind, environments: environments)
    (c.rolloutSteps, c.batchSize, c.sequenceLength, c.epochs) = (60, 140, 20, 3)
    c.normalizeObservations = id == "Pendulum"
    c.stateDependentExploration = id == "Pendulum" && kind == .gru
    if environments == 7 { c.sharedWidths = [24] }
    func trained(_ threads: Int) throws -> StateArchive {
      let agent = try agent(c, in: id, steps: 1_800, threads: threads)
      try agent.train { _ in .proceed }
      return state(of: agent)
    }
    try ThreadTeam.$mode.withValue(.all) {
      let one = try trained(1)
      for threads in [2, 3, 8] { #expect(try trained(threads) == one) }
    }
  }

  @Test(arguments: RecurrentKind.allCases, ["CartPole", "Pendulum"])
  func aResumedRunEqualsAnUnbrokenOne(_ kind: RecurrentKind, _ id: String) throws {
    let c = configuration(kind, environments: 5)
    let unbroken = try agent(c, in: id, steps: 3_000, threads: 2)
    var middle: StateArchive?
    try unbroken.train { report in
      if report.iterations == 4 { middle = state(of: unbroken) }
      return .proceed
    }
    let file = Safetensors.encode(try #require(middle))
    let resumed = try agent(c, in: id, steps: 3_000, threads: 3)
    try resumed.restore(from: Safetensors.decode(file))
    try resumed.train { _ in .proceed }
    #expect(state(of: resumed) == state(of: unbroken))
  }

  /// However many episodes are played side by side, each has a memory of its own.
  @Test(arguments: RecurrentKind.allCases)
  func aSavedPolicyActsTheSame(_ kind: RecurrentKind) throws {
    let c = configuration(kind)
    let agent = try agent(c, in: "CartPole", steps: 4_000, threads: 2)
    try agent.train { _ in .proceed }
    let entry = try EnvironmentRegistry.builtIn.resolve("CartPole").entry
    let archive = state(of: agent).removingPrefix("policy/")
    let loaded = try PPO.loadPolicy(c, spec: entry.spec, from: archive)
    func returns(_ policy: any Policy, threads: Int) -> [Double] {
      ThreadTeam.$mode.withValue(.all) {
        Evaluation(
          of: policy, in: entry.makeVector, episodes: 40, seed: 1,
          on: ThreadTeam(threads: threads)
        ).returns
      }
    }
    let all = returns(agent.policy, threads: 1)
    #expect(returns(loaded, threads: 1) == all && returns(loaded, threads: 3) == all)
    for i in 0..<5 {
      let one = Evaluation(
        of: loaded, in: entry.makeVector, episodes: 1, seed: 1 + UInt64(i))
      #expect(one.returns == [all[i]])
    }
  }

  @Test func sequencesThatDoNotFitAreRefused() {
    func problem(_ change: (inout PPOSettings) -> Void) -> String {
      var c = PPOSettings()
      c.recurrent = .lstm
      change(&c)
      do {
        try c.validate()
        return ""
      } catch { return "\(error)" }
    }
    #expect(problem { _ in } == "")
    #expect(problem { $0.sequenceLength = 30 }.contains("must divide rolloutSteps, 2048"))
    #expect(problem { $0.sequenceLength = 30 }.contains("16 divides rolloutSteps and batchSize"))
    #expect(problem { $0.sequenceLength = 128 }.contains("must divide batchSize, 64"))
    #expect(problem { $0.recurrentWidth = 100 }.contains("a multiple of 16"))
    #expect(
      problem {
        $0.recurrent = nil
        $0.sequenceLength = 30
      } == "")
  }
}
