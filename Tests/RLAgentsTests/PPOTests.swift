import RLAgents
import RLCore
import RLEnvironments
import RLSupport
import RLTensor
import Testing

/// Vectors of environments under test.
func makeVector<E: Environment>(
  _ count: Int, maxSteps: Int? = nil, _ make: @escaping @Sendable () -> E
)
  -> any VectorEnvironment
{
  let example = make()
  let spec = EnvironmentSpec(
    id: plainName(of: E.self), observationSpace: example.observationSpace.spec,
    actionSpace: example.actionSpace.spec, maxEpisodeSteps: maxSteps,
    masksActions: E.masksActions)
  return BatchedEnvironments(spec, count: count, make: make)
}

/// Everything an agent holds.
func state(of agent: any Agent) -> StateArchive {
  var archive = StateArchive()
  agent.save(to: &archive)
  return archive
}

@Suite struct PPOTests {
  private func configuration(_ environments: Int = 8) -> PPOSettings {
    var c = PPOSettings()
    c.environments = environments
    c.rolloutSteps = 64
    c.batchSize = 128
    c.epochs = 10
    c.learningRate = .linear(from: 3e-3, to: 0)
    c.discount = 0.9
    c.policyWidths = [32]
    c.valueWidths = [32]
    return c
  }

  private func trained(_ kind: Probe.Kind, steps: Int = 40_000) throws -> PPO {
    let agent = try PPO(
      configuration(), environments: makeVector(8) { Probe(kind) }, seed: 3, steps: steps,
      threads: 2)
    try agent.train { _ in .proceed }
    return agent
  }

  private func value(_ agent: PPO, _ observation: Float) -> Float {
    agent.values(of: [observation])[0]
  }

  @Test func probeConstantReward() throws {
    #expect(abs(value(try trained(.constantReward), 0) - 1) < 0.05)
  }

  @Test func probeObservationReward() throws {
    let agent = try trained(.observationReward)
    #expect(abs(value(agent, 1) - 1) < 0.05)
    #expect(abs(value(agent, -1) + 1) < 0.05)
  }

  @Test func probeDelayedReward() throws {
    let agent = try trained(.delayedReward)
    #expect(abs(value(agent, 0) - 0.9) < 0.05)
    #expect(abs(value(agent, 1) - 1) < 0.05)
  }

  @Test func probeActionReward() throws {
    let agent = try trained(.actionReward)
    #expect(abs(value(agent, 0) - 1) < 0.05)
    #expect(agent.policy.actions(for: [0]) == [1])
  }

  @Test func probeMatchingReward() throws {
    let agent = try trained(.matchingReward)
    #expect(abs(value(agent, 1) - 1) < 0.05)
    #expect(abs(value(agent, -1) - 1) < 0.05)
    #expect(agent.policy.actions(for: [-1, 1]) == [0, 1])
  }

  /// A time limit is bootstrapped, an end is not.
  @Test func probeTruncationAndTermination() throws {
    // 1 / (1 - 0.9)
    #expect(abs(value(try trained(.endless, steps: 150_000), 0) - 10) < 0.05)
    let finite = try trained(.finite, steps: 80_000)
    #expect(abs(value(finite, 0) - 2.71) < 0.05)
    #expect(abs(value(finite, 0.5) - 1.9) < 0.05)
    #expect(abs(value(finite, 1) - 1) < 0.05)
  }

  @Test func continuousActionsFindTheirTarget() throws {
    let agent = try PPO(
      configuration(), environments: makeVector(8) { ContinuousProbe() }, seed: 1, steps: 60_000,
      threads: 2)
    try agent.train { _ in .proceed }
    let actions = agent.policy.actions(for: [-1, 1])
    #expect(abs(actions[0] + 0.5) < 0.1 && abs(actions[1] - 0.5) < 0.1, "\(actions)")
  }

  @Test(arguments: [-1, 4])
  func stateDependentExplorationFindsTheTarget(_ interval: Int) throws {
    var c = configuration()
    c.stateDependentExploration = true
    c.explorationInterval = interval
    c.initialLogDeviation = -1.5
    func trained(_ threads: Int) throws -> PPO {
      let agent = try PPO(
        c, environments: makeVector(8) { ContinuousProbe() }, seed: 1, steps: 60_000,
        threads: threads)
      try agent.train { _ in .proceed }
      return agent
    }
    let agent = try trained(2)
    let actions = agent.policy.actions(for: [-1, 1])
    #expect(abs(actions[0] + 0.5) < 0.1 && abs(actions[1] - 0.5) < 0.1, "\(actions)")
    #expect(try state(of: trained(1)) == state(of: agent))
    #expect(state(of: agent).entries["policy/log_std"]?.values.count == 32)
  }

  private func finalReturn<E: Environment>(_ make: @escaping @Sendable () -> E) throws -> Double {
    let agent = try PPO(
      configuration(), environments: makeVector(8, make), seed: 1, steps: 30_000, threads: 2)
    try agent.train { _ in .proceed }
    return Evaluation(
      of: agent.policy, in: { makeVector($0, make) }, episodes: 100, seed: 5
    ).mean
  }

  @Test func everyActionSpaceIsLearned() throws {
    #expect(try finalReturn { IdentityMultiDiscrete() } >= 0.95)
    #expect(try finalReturn { IdentityMultiBinary() } >= 0.95)
    #expect(try finalReturn { MaskedBandit() } >= 0.95)
  }

  // MARK: Reproducibility

  private func cartPole(
    _ configuration: PPOSettings, seed: UInt64 = 1, steps: Int, threads: Int,
    id: String = "CartPole"
  ) throws -> PPO {
    try PPO(
      configuration,
      environments: EnvironmentRegistry.builtIn.make(id, count: configuration.environments),
      seed: seed, steps: steps, threads: threads)
  }

  @Test(arguments: ["CartPole", "Pendulum", "FrozenLake"], [1, 7])
  func theNumberOfThreadsChangesNoBit(_ id: String, _ environments: Int) throws {
    let c = configuration(environments)
    func trained(_ threads: Int, seed: UInt64 = 1, steps: Int = 3_000) throws -> StateArchive {
      let agent = try cartPole(c, seed: seed, steps: steps, threads: threads, id: id)
      try agent.train { _ in .proceed }
      return state(of: agent)
    }
    let one = try trained(1)
    #expect(try trained(1) == one)
    // As many as are the fastest, which may change on the way.
    #expect(try trained(3) == one)
    #expect(try besideBusyThreads { try trained(3) } == one)
    #expect(try trained(1, seed: 2) != one)
    try ThreadTeam.$mode.withValue(.all) {
      #expect(try trained(2) == one)
      let short = try trained(1, steps: 600)
      for threads in [3, 5, 8, 16] { #expect(try trained(threads, steps: 600) == short) }
    }
  }

  /// Settings that take other ways through the update, with minibatches that no number of threads divides.
  @Test(arguments: [
    ("CartPole", ["shared_net", "vf_clip"]), ("Pendulum", ["gsde", "normalized"]),
    ("Pendulum", ["stopped", "normalized"]), ("Taxi", ["vf_clip"]),
  ])
  func theNumberOfThreadsChangesNoBitOfAnySetting(_ id: String, _ options: [String]) throws {
    var c = configuration(3)
    (c.rolloutSteps, c.batchSize, c.epochs, c.entropyCoefficient) = (130, 147, 3, 0.01)
    if options.contains("shared_net") { c.sharedWidths = [24] }
    if options.contains("vf_clip") { c.valueClipRange = 0.2 }
    if options.contains("gsde") { c.stateDependentExploration = true }
    if options.contains("stopped") { c.targetKL = 0.002 }
    c.normalizeObservations = options.contains("normalized")
    c.normalizeRewards = c.normalizeObservations
    func trained(_ threads: Int) throws -> StateArchive {
      let agent = try cartPole(c, steps: 1_560, threads: threads, id: id)
      try agent.train { _ in .proceed }
      return state(of: agent)
    }
    try ThreadTeam.$mode.withValue(.all) {
      let one = try trained(1)
      for threads in [2, 3, 5, 8, 16] { #expect(try trained(threads) == one) }
    }
  }

  @Test(arguments: ["CartPole", "Pendulum"], [false, true])
  func aResumedRunEqualsAnUnbrokenOne(_ id: String, _ normalizes: Bool) throws {
    var c = configuration(5)
    c.normalizeObservations = normalizes
    c.normalizeRewards = normalizes
    let unbroken = try cartPole(c, steps: 6_000, threads: 2, id: id)
    var middle: StateArchive?
    var episodes: [TrainingReport.Episode] = []
    try unbroken.train { report in
      if report.iterations == 7 { middle = state(of: unbroken) }
      if report.iterations > 7 { episodes += report.episodes }
      return .proceed
    }
    // Through the file format, into an agent of another thread count.
    let file = Safetensors.encode(try #require(middle))
    let resumed = try cartPole(c, seed: 1, steps: 6_000, threads: 3, id: id)
    try resumed.restore(from: Safetensors.decode(file))
    var later: [TrainingReport.Episode] = []
    try resumed.train { report in
      later += report.episodes
      return .proceed
    }
    #expect(state(of: resumed) == state(of: unbroken))
    #expect(later == episodes)
  }

  @Test func evaluationLeavesTrainingAlone() throws {
    func trained(evaluating: Bool) throws -> StateArchive {
      let agent = try cartPole(configuration(), steps: 4_000, threads: 2)
      try agent.train { _ in
        if evaluating {
          for isDeterministic in [true, false] {
            _ = Evaluation(
              of: agent.policy,
              in: {
                (try? EnvironmentRegistry.builtIn.make("CartPole", count: $0))
                  ?? makeVector($0) { Probe(.endless) }
              },
              episodes: 3, seed: 9, isDeterministic: isDeterministic)
          }
        }
        return .proceed
      }
      return state(of: agent)
    }
    #expect(try trained(evaluating: true) == trained(evaluating: false))
  }

  @Test func aSavedPolicyActsTheSame() throws {
    var c = configuration()
    c.normalizeObservations = true
    let agent = try cartPole(c, steps: 3_000, threads: 2, id: "Pendulum")
    try agent.train { _ in .proceed }
    let spec = try EnvironmentRegistry.builtIn.resolve("Pendulum").entry.spec
    let archive = state(of: agent).removingPrefix("policy/")
    let loaded = try PPO.loadPolicy(c, spec: spec, from: archive)
    func returns(_ policy: any Policy) throws -> [Double] {
      let entry = try EnvironmentRegistry.builtIn.resolve("Pendulum").entry
      return Evaluation(of: policy, in: entry.makeVector, episodes: 5, seed: 1).returns
    }
    #expect(try returns(loaded) == returns(agent.policy))
  }

  // MARK: Options

  @Test func anUpdateStopsAtTheTargetDivergence() throws {
    var c = configuration()
    c.learningRate = 0.05
    c.targetKL = 0.01
    let agent = try cartPole(c, steps: 512, threads: 2)
    var updates = 0.0
    try agent.train { report in
      updates = report.metrics.first { $0.name == "n_updates" }?.value ?? 0
      return .proceed
    }
    #expect(updates < 10)
  }

  @Test func sharedLayersAndOtherOptionsLearn() throws {
    var c = configuration()
    c.discount = 0.98
    c.sharedWidths = [32]
    c.activation = .relu
    c.valueClipRange = 0.5
    c.entropyCoefficient = 0.001
    c.batchSize = 100  // does not divide the rollout
    let agent = try cartPole(c, steps: 60_000, threads: 2)
    var last: [Double] = []
    try agent.train { report in
      last = (last + report.episodes.map(\.episodicReturn)).suffix(20)
      return .proceed
    }
    #expect(last.reduce(0, +) / Double(last.count) > 150)
  }

  @Test func aNumberThatIsNotFiniteStopsTraining() throws {
    let agent = try PPO(
      configuration(), environments: makeVector(3) { BrokenReward() }, seed: 1, steps: 10_000,
      threads: 2)
    let before = state(of: agent)
    #expect(throws: AgentError.self) { try agent.train { _ in .proceed } }
    do { try agent.train { _ in .proceed } } catch {
      #expect("\(error)".contains("BrokenReward") && "\(error)".contains("reward"), "\(error)")
    }
    #expect(
      before.entries["policy/value_net.bias"] != nil
        && state(of: agent).entries["policy/value_net.bias"]?.values.count == 1)
  }

  @Test func impossibleConfigurationsAreRefused() {
    func problem(_ change: (inout PPOSettings) -> Void) -> String {
      var c = PPOSettings()
      change(&c)
      do {
        try c.validate()
        return ""
      } catch { return "\(error)" }
    }
    #expect(problem { _ in } == "")
    #expect(problem { $0.environments = 0 }.contains("environments"))
    #expect(problem { $0.batchSize = 1 }.contains("batchSize"))
    #expect(problem { $0.discount = 1.5 }.contains("discount"))
    #expect(problem { $0.learningRate = .constant(-1) }.contains("learningRate"))
    #expect(problem { $0.policyWidths = [0] }.contains("policyWidths"))
    #expect(problem { $0.targetKL = 0 }.contains("targetKL"))
  }
}
