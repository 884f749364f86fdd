import RLAgents
import RLCore
import RLEnvironments
import RLSupport
import Testing

@Suite struct OffPolicyReproducibilityTests {
  /// A way to train, small enough for many repetitions.
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var id: String
    var environments: Int
    var make:
      @Sendable (
        _ environments: any VectorEnvironment, _ seed: UInt64, _ steps: Int, _ threads: Int
      )
        throws -> any Agent

    static func dqn(
      _ name: String, in id: String = "CartPole", environments: Int = 1,
      _ change: @Sendable @escaping (inout DQNSettings) -> Void = { _ in }
    ) -> Case {
      var c = DQNSettings()
      c.environments = environments
      c.learningRate = .linear(from: 1e-2, to: 1e-3)
      c.widths = [24, 16]
      c.targetUpdateInterval = 50
      // An odd number of rows is not cut in half evenly; the buffer overflows.
      (c.batchSize, c.bufferSize, c.learningStarts) = (17, 500, 60)
      c.maxGradientNorm = 0.5
      change(&c)
      let configuration = c
      return Case(testDescription: "dqn " + name, id: id, environments: environments) {
        try DQN(configuration, environments: $0, seed: $1, steps: $2, threads: $3)
      }
    }

    static func sac(
      _ name: String, environments: Int = 1,
      _ change: @Sendable @escaping (inout SACSettings) -> Void = { _ in }
    ) -> Case {
      var c = SACSettings()
      c.environments = environments
      c.learningRate = .linear(from: 1e-2, to: 1e-3)
      (c.actorWidths, c.criticWidths) = ([24, 16], [16, 24])
      (c.batchSize, c.bufferSize, c.learningStarts) = (17, 500, 60)
      change(&c)
      let configuration = c
      return Case(testDescription: "sac " + name, id: "Pendulum", environments: environments) {
        try SAC(configuration, environments: $0, seed: $1, steps: $2, threads: $3)
      }
    }

    static func td3(
      _ name: String, environments: Int = 1,
      _ change: @Sendable @escaping (inout TD3Settings) -> Void = { _ in }
    ) -> Case {
      var c = TD3Settings()
      c.environments = environments
      c.learningRate = .linear(from: 1e-2, to: 1e-3)
      c.explorationNoise = .linear(from: 0.3, to: 0.1)
      (c.actorWidths, c.criticWidths) = ([24, 16], [16, 24])
      (c.batchSize, c.bufferSize, c.learningStarts) = (17, 500, 60)
      change(&c)
      let configuration = c
      return Case(testDescription: "td3 " + name, id: "Pendulum", environments: environments) {
        try TD3(configuration, environments: $0, seed: $1, steps: $2, threads: $3)
      }
    }

    static let all: [Case] = [
      .dqn("plain"),
      .dqn("double, dueling, normalized, 3 environments", environments: 3) {
        ($0.isDouble, $0.isDueling, $0.normalizeObservations) = (true, true, true)
        $0.trainFrequency = 3
        $0.gradientSteps = -1
      },
      .dqn("prioritized, several steps, 5 environments", environments: 5) {
        ($0.prioritizedReplay, $0.returnSteps, $0.normalizeLayers) = (true, 4, true)
      },
      .dqn("of a table", in: "FrozenLake", environments: 2),
      .dqn("with masks", in: "Taxi", environments: 2) { $0.tau = 0.1 },
      .sac("plain"),
      .sac("fixed, several steps, normalized, 3 environments", environments: 3) {
        ($0.entropyCoefficient, $0.returnSteps, $0.normalizeObservations) = (0.1, 3, true)
        ($0.policyDelay, $0.targetUpdateInterval, $0.criticCount) = (2, 3, 3)
      },
      .sac("state-dependent exploration", environments: 2) {
        ($0.stateDependentExploration, $0.explorationInterval) = (true, 3)
        ($0.trainFrequency, $0.gradientSteps) = (8, 4)
      },
      .sac("batch normalization, 2 environments", environments: 2) {
        ($0.batchNormalization, $0.targetCritics, $0.policyDelay) = (true, false, 3)
        ($0.adamBeta1, $0.weightDecay) = (0.5, 0.01)
      },
      .sac("residual blocks, normalized") {
        ($0.residualBlocks, $0.normalizeObservations, $0.weightDecay) = (true, true, 0.01)
        ($0.actorWidths, $0.criticWidths) = ([12], [12, 12])
      },
      .sac("no targets, noise of the state") {
        ($0.targetCritics, $0.stateDependentExploration, $0.trainFrequency) = (false, true, 4)
      },
      .td3("plain"),
      .td3("Ornstein-Uhlenbeck, 3 environments", environments: 3) {
        ($0.noiseProcess, $0.normalizeObservations) = (.ornsteinUhlenbeck, true)
      },
      .td3("several steps, 3 critics", environments: 2) {
        ($0.returnSteps, $0.criticCount, $0.normalizeLayers) = (3, 3, true)
        ($0.trainFrequency, $0.preactivationPenalty) = (5, 0.01)
      },
      .dqn("after whole episodes") {
        ($0.trainFrequency, $0.trainFrequencyUnit, $0.gradientSteps) = (2, .episode, -1)
        // Episodes stay short, and so there are many reports.
        $0.explorationEnd = 1
      },
      .dqn("of quantiles, prioritized", environments: 2) {
        ($0.quantiles, $0.isDouble, $0.prioritizedReplay) = (6, true, true)
      },
    ]

    func agent(seed: UInt64 = 1, steps: Int = 1_500, threads: Int) throws -> any Agent {
      let vector = try EnvironmentRegistry.builtIn.make(id, count: environments)
      return try make(vector, seed, steps, threads)
    }
  }

  @Test(arguments: Case.all)
  func theNumberOfThreadsChangesNoBit(_ one: Case) throws {
    func trained(_ threads: Int, seed: UInt64 = 1, steps: Int = 1_500) throws -> StateArchive {
      let agent = try one.agent(seed: seed, steps: steps, threads: threads)
      try agent.train { _ in .proceed }
      return state(of: agent)
    }
    let expected = try trained(1)
    #expect(try trained(1) == expected)
    // As many as are the fastest, which may change on the way.
    #expect(try trained(3) == expected)
    #expect(try besideBusyThreads { try trained(3) } == expected)
    #expect(try trained(1, seed: 2) != expected)
    try ThreadTeam.$mode.withValue(.all) {
      #expect(try trained(2) == expected)
      let short = try trained(1, steps: 300)
      for threads in [3, 5, 8, 16] { #expect(try trained(threads, steps: 300) == short) }
    }
  }

  /// Training to the end against stopping, saving to a file, and going on with another agent.
  @Test(arguments: Case.all)
  func aResumedRunEqualsAnUnbrokenOne(_ one: Case) throws {
    let unbroken = try one.agent(threads: 2)
    // While the buffer fills, and after it has overflowed.
    let stops = [1, 3, 9]
    var files: [[UInt8]] = []
    var episodes: [[TrainingReport.Episode]] = [[], [], []]
    try unbroken.train { report in
      for (i, stop) in stops.enumerated() where report.iterations > stop {
        episodes[i] += report.episodes
      }
      if stops.contains(report.iterations) { files.append(Safetensors.encode(state(of: unbroken))) }
      return .proceed
    }
    #expect(files.count == 3)
    for (file, expected) in zip(files, episodes) {
      let resumed = try one.agent(threads: 1)
      try resumed.restore(from: Safetensors.decode(file))
      #expect(Safetensors.encode(state(of: resumed)) == file)
      var later: [TrainingReport.Episode] = []
      try resumed.train { report in
        later += report.episodes
        return .proceed
      }
      #expect(state(of: resumed) == state(of: unbroken))
      #expect(later == expected)
    }
  }

  @Test(arguments: Case.all)
  func aSavedPolicyActsTheSameAndEvaluationLeavesTrainingAlone(_ one: Case) throws {
    let entry = try EnvironmentRegistry.builtIn.resolve(one.id).entry
    func returns(_ policy: any Policy, _ isDeterministic: Bool) -> [Double] {
      Evaluation(
        of: policy, in: entry.makeVector, episodes: 3, seed: 7, isDeterministic: isDeterministic
      ).returns
    }
    let (watched, alone) = (
      try one.agent(steps: 700, threads: 1), try one.agent(steps: 700, threads: 1)
    )
    var early: (policy: any Policy, returns: [Double])?
    try watched.train { _ in
      let found = returns(watched.policy, true)
      if early == nil { early = (watched.policy, found) }
      _ = returns(watched.policy, false)
      return .proceed
    }
    try alone.train { _ in .proceed }
    #expect(state(of: watched) == state(of: alone))
    func loaded<A: Agent>(_ agent: A) throws -> any Policy {
      try A.loadPolicy(
        agent.configuration, spec: entry.spec, from: state(of: agent).removingPrefix("policy/"))
    }
    let policy = try loaded(alone)
    for isDeterministic in [true, false] {
      #expect(returns(policy, isDeterministic) == returns(alone.policy, isDeterministic))
    }
    // A policy is a copy, which further training does not change.
    let first = try #require(early)
    #expect(returns(first.policy, true) == first.returns)
  }

  // MARK: Environments that cannot be saved

  private func runOn<A: Agent>(
    _ configuration: A.Settings, _ type: A.Type,
    in makeEnvironments: () -> any VectorEnvironment
  ) throws {
    func agent() throws -> A {
      try A(configuration, environments: makeEnvironments(), seed: 1, steps: 600, threads: 1)
    }
    let first = try agent()
    try first.train { $0.iterations == 2 ? .stop : .proceed }
    let middle = state(of: first)
    func resumed() throws -> (A, [TrainingReport.Episode]) {
      let second = try agent()
      try second.restore(from: middle)
      var episodes: [TrainingReport.Episode] = []
      try second.train { report in
        episodes += report.episodes
        return .proceed
      }
      return (second, episodes)
    }
    let (second, episodes) = try resumed()
    #expect(second.stepsDone == 600)
    // All of them are whole episodes.
    #expect(episodes.count > 40 && episodes.allSatisfy { $0.length == 7 && $0.episodicReturn == 4 })
    #expect(try state(of: resumed().0) == state(of: second))
    // Nothing is summed over the gap.
    let flags = try state(of: second).bytes("replay/flags")
    let gap = try middle.ints("replay/place")[1]
    #expect(flags[(Int(gap) - 1) * 2..<Int(gap) * 2].allSatisfy { $0 & 2 == 2 })
  }

  @Test func runsOfEnvironmentsThatCannotBeSavedGoOn() throws {
    var dqn = DQNSettings()
    (dqn.environments, dqn.widths, dqn.returnSteps) = (2, [8], 3)
    try runOn(dqn, DQN.self) { makeVector(2) { Unsavable(Discrete(2)) } }
    var sac = SACSettings()
    (sac.environments, sac.batchSize, sac.returnSteps) = (2, 16, 3)
    (sac.actorWidths, sac.criticWidths) = ([8], [8])
    try runOn(sac, SAC.self) { makeVector(2) { Unsavable(Box<1>(0...1)) } }
    var td3 = TD3Settings()
    (td3.environments, td3.batchSize, td3.returnSteps) = (2, 16, 3)
    (td3.actorWidths, td3.criticWidths) = ([8], [8])
    try runOn(td3, TD3.self) { makeVector(2) { Unsavable(Box<1>(0...1)) } }
  }

  // MARK: Damage

  @Test(arguments: [Case.all[2], Case.all[7], Case.all[9]])
  func aStateOfOtherSettingsIsRefused(_ one: Case) throws {
    let agent = try one.agent(steps: 300, threads: 1)
    try agent.train { _ in .proceed }
    let good = state(of: agent)
    for name in good.entries.keys where name != "environments/environments" {
      var bad = good
      bad.set(name, .bytes([1, 2, 3]), shape: [1, 3])
      #expect(throws: StateError.self, "\(name)") { try one.agent(threads: 1).restore(from: bad) }
    }
    // States of version 0.1.0 do not say how their environments were made.
    for missing in good.entries.keys where missing != "environments/environments.made" {
      let bad = good.removing(missing)
      #expect(throws: StateError.self, "\(missing)") {
        try one.agent(threads: 1).restore(from: bad)
      }
    }
  }

  @Test func aNumberThatIsNotFiniteStopsTraining() throws {
    var c = DQNSettings()
    c.environments = 3
    let agent = try DQN(
      c, environments: makeVector(3) { BrokenReward() }, seed: 1, steps: 10_000, threads: 1)
    do {
      try agent.train { _ in .proceed }
      Issue.record("training went on")
    } catch {
      #expect("\(error)".contains("BrokenReward") && "\(error)".contains("reward"), "\(error)")
    }
  }

  /// A policy that has gone astray makes environments go astray, and not the other way round.
  @Test func theCauseOfNumbersThatAreNotFiniteIsNamed() throws {
    var c = SACSettings()
    (c.entropyCoefficient, c.batchSize, c.learningStarts, c.trainFrequency) = (1e38, 8, 40, 20)
    (c.actorWidths, c.criticWidths) = ([8], [8])
    let pendulum = try EnvironmentRegistry.builtIn.make("Pendulum", count: 1)
    let agent = try SAC(c, environments: pendulum, seed: 1, steps: 10_000, threads: 1)
    do {
      try agent.train { _ in .proceed }
      Issue.record("training went on")
    } catch { #expect("\(error)".contains("a weight"), "\(error)") }
  }

  /// The order of keys in a dictionary differs from process to process.
  @Test func environmentsAreSavedWithTheirPropertiesInOrder() throws {
    let vector = makeVector(1) { Letters() }
    var archive = StateArchive()
    vector.save(to: &archive, prefix: "")
    let text = String(decoding: try archive.bytes("environments"), as: UTF8.self)
    let names = text.matches(of: /"([a-z])":/).map { String($0.output.1) }
    #expect(names == ["a", "b", "c", "d", "e", "f", "g"])
  }
}

private struct Letters: Environment, Codable {
  private var (g, c, a, f, b, e, d) = (0, 0, 0, 0, 0, 0, 0)
  var observationSpace: Discrete { Discrete(1) }
  var actionSpace: Discrete { Discrete(1) }
  mutating func reset(using rng: inout SeededGenerator) -> Int { 0 }
  mutating func step(_ action: Int, using rng: inout SeededGenerator) -> Step<Int, NoInfo> {
    .next(0, reward: 0)
  }
}
