import RLAgents
import RLCore
import RLSupport
import RLTensor
import Synchronization
import Testing

/// The hyperparameters of ``ClippedActorCritic``.
struct ClippedSettings: OnPolicySettings {
  var environments = 8
  var rolloutSteps = 32
  var discount = 0.9
  var gaeLambda = 0.9

  static let table = SettingsTable<ClippedSettings> {
    Setting(\.environments, "environments", "environments stepped together", in: .atLeast(1))
    Setting(\.rolloutSteps, "rolloutSteps", "steps of each environment", in: .atLeast(1))
    Setting(\.discount, "discount", "γ", in: .from(0, to: 1))
    Setting(\.gaeLambda, "gaeLambda", "λ", in: .from(0, to: 1))
  }
}

/// An on-policy agent of a user's, in two passes over minibatches with clipped ratios.
final class ClippedActorCritic: OnPolicyAgent {
  static let name = "clipped"
  static let summary = "For tests"

  var configuration: ClippedSettings
  let loop: OnPolicyLoop
  /// The largest distance of a ratio from 1 in the first minibatch after a rollout.
  private(set) var firstDistance: Float = 0
  /// Whether it goes on as one does whose condition for an end never holds.
  var isEndless = false
  private let inputs: RolloutInputs
  private let loss: Variable
  private let ratio: Variable
  private let program: BatchProgram

  init(
    _ c: ClippedSettings, environments: any VectorEnvironment, seed: UInt64, steps: Int,
    threads: Int
  ) throws {
    configuration = c
    loop = try OnPolicyLoop(
      of: Self.self, c, environments: environments, seed: seed, steps: steps, threads: threads,
      optimizer: .adam(epsilon: 1e-5))
    let graph: Graph
    (graph, inputs) = loop.graph(rows: loop.rollout.count / 2)
    let policy = inputs.distribution(logits: loop.networks.logits(inputs.observations))
    ratio = (policy.logProbability(of: inputs.actions) - inputs.logProbabilities).exp()
    let bounded = Variable.minimum(
      Variable.maximum(ratio, graph.constant(0.8)), graph.constant(1.2))
    loss =
      (loop.networks.values(inputs.observations) - inputs.returns).squared()
      - Variable.minimum(ratio * inputs.advantages, bounded * inputs.advantages)
    program = try BatchProgram(meanOf: loss, outputs: [ratio], on: loop.team)
  }

  static func networks(_ c: ClippedSettings, for spec: EnvironmentSpec) -> ActorCritic {
    var layout = ParameterLayout()
    let (inputs, outputs) = (spec.observationSpace.flatWidth, spec.actionSpace.flatWidth)
    let body = MultilayerPerceptron(
      inputs: inputs, widths: [32], activation: .tanh, name: "body", in: &layout)
    let logits = Linear(32, outputs, name: "logits", in: &layout)
    let value = Linear(32, 1, name: "value", in: &layout)
    return ActorCritic(
      layout, logits: { logits(body($0)) }, values: { value(body($0)).asVector() })
  }

  func learn(from rollout: RolloutBuffer) throws -> [(name: String, value: Double)] {
    var total = 0.0
    for pass in 0..<(isEndless ? Int.max : 4) {
      let order = (0..<rollout.count).filter { $0 % 2 == pass % 2 }
      try loop.descend(3e-3, on: program, rows: order.count, maxGradientNorm: 1) {
        inputs.fill($0, from: rollout, order)
      }
      if pass == 0 { firstDistance = program[ratio].array.map { abs($0 - 1) }.max() ?? 0 }
      total += program.mean(loss)
    }
    return [("loss", total / 4)]
  }
}

/// What an on-policy agent of a user's gets of the library.
@Suite struct OnPolicyAgentTests {
  private func agent(
    _ environments: any VectorEnvironment, steps: Int, _ c: ClippedSettings = ClippedSettings()
  ) throws -> ClippedActorCritic {
    try ClippedActorCritic(c, environments: environments, seed: 3, steps: steps, threads: 1)
  }

  private func trained(_ environments: any VectorEnvironment, steps: Int) throws
    -> ClippedActorCritic
  {
    let agent = try agent(environments, steps: steps)
    try agent.train { _ in .proceed }
    return agent
  }

  private func values(_ kind: Probe.Kind, of observations: [Float], steps: Int) throws -> [Float] {
    let agent = try trained(makeVector(8) { Probe(kind) }, steps: steps)
    let policy = try #require(agent.policy as? any StateValuing)
    return observations.map { Float(policy.value(of: [$0], mask: []) ?? .nan) }
  }

  @Test func valuesAreThoseOfTheReturns() throws {
    expectNear(try values(.constantReward, of: [0], steps: 40_000), [1])
    expectNear(try values(.delayedReward, of: [0, 1], steps: 40_000), [0.9, 1])
    expectNear(try values(.matchingReward, of: [-1, 1], steps: 80_000), [1, 1])
  }

  /// A time limit is bootstrapped, an end is not.
  @Test func cutEpisodesGoOnInTheValues() throws {
    expectNear(try values(.endless, of: [0], steps: 200_000), [10])
    expectNear(try values(.finite, of: [0, 0.5, 1], steps: 80_000), [2.71, 1.9, 1])
  }

  /// The threads share each step of the environments.
  @Test(arguments: [2, 3, 8]) func anyNumberOfThreadsGivesTheSameBits(_ threads: Int) throws {
    func trained(on threads: Int) throws -> StateArchive {
      try ThreadTeam.$mode.withValue(.all) {
        let agent = try ClippedActorCritic(
          ClippedSettings(), environments: makeVector(5) { Probe(.finite) }, seed: 3, steps: 4_000,
          threads: threads)
        try agent.train { _ in .proceed }
        return state(of: agent)
      }
    }
    #expect(try trained(on: threads) == trained(on: 1))
  }

  @Test func everyDiscreteSpaceIsLearned() throws {
    let multiple = try trained(makeVector(8) { IdentityMultiDiscrete() }, steps: 60_000)
    #expect(multiple.policy.actions(for: [1, 2]) == [1, 2])
    let flags = try trained(makeVector(8) { IdentityMultiBinary() }, steps: 60_000)
    #expect(flags.policy.actions(for: [1, 0, 1]) == [1, 0, 1])
    let masked = try trained(makeVector(8) { MaskedBandit() }, steps: 40_000)
    let masks = [true, true, false, false, false, false, true, true]
    #expect(masked.policy.actions(for: [0, 1], masks: masks) == [11, 13])
  }

  @Test func rolloutsFitTogether() throws {
    let agent = try agent(makeVector(3) { MaskedBandit() }, steps: 96)
    var reports: [TrainingReport] = []
    try agent.train {
      reports.append($0)
      return .proceed
    }
    let rollout = agent.loop.rollout
    #expect(rollout.count == 96 && rollout[.observations].count == 96 * 2)
    #expect(rollout[.masks].reduce(0, +) == 96 * 2 && rollout.ends.allSatisfy { $0 })
    #expect(rollout[.actions].allSatisfy { (0..<4).contains($0) })
    #expect(rollout[.rewards].allSatisfy { $0 == 0 || $0 == 1 })
    #expect(zip(rollout[.advantages], rollout[.values]).map { $0 + $1 } == rollout[.returns])
    // Two choices of about the same probability.
    #expect(rollout[.logProbabilities].allSatisfy { abs($0 + 0.69) < 0.3 })
    #expect(agent.firstDistance < 1e-5)
    #expect(reports.count == 1 && reports[0].episodes.count == 96)
    #expect(reports[0].rollout?.values == rollout[.values])
  }

  @Test func savedTrainingGoesOnToTheSameBytes() throws {
    let whole = try trained(makeVector(3) { Probe(.endless) }, steps: 960)
    let part = try agent(makeVector(3) { Probe(.endless) }, steps: 960)
    try part.train { $0.stepsDone >= 480 ? .stop : .proceed }
    let resumed = try agent(makeVector(3) { Probe(.endless) }, steps: 960)
    try resumed.restore(from: state(of: part))
    #expect(resumed.stepsDone == part.stepsDone && part.stepsDone < 960)
    try resumed.train { _ in .proceed }
    #expect(state(of: resumed) == state(of: whole))
    let loaded = try ClippedActorCritic.loadPolicy(
      ClippedSettings(), spec: makeVector(1) { Probe(.endless) }.spec, from: whole.policyState)
    let value = (loaded as? any StateValuing)?.value(of: [0], mask: [])
    #expect(value == (whole.policy as? any StateValuing)?.value(of: [0], mask: []))
  }

  @Test func environmentsThatCannotBeSavedStartNewEpisodes() throws {
    let before = try agent(makeVector(1) { BrokenReward() }, steps: 128)
    try before.train { $0.stepsDone >= 64 ? .stop : .proceed }
    let after = try agent(makeVector(1) { BrokenReward() }, steps: 128)
    try after.restore(from: state(of: before))
    // The reward breaks in step 77 of an episode.
    try after.train { _ in .proceed }
    #expect(after.stepsDone == 128)
  }

  @Test func brokenNumbersEndTheTraining() throws {
    let error = #expect(throws: AgentError.self) {
      _ = try trained(makeVector(1) { BrokenReward() }, steps: 128)
    }
    #expect(
      error?.description.contains("BrokenReward, environment 0, step 77: the reward is nan")
        == true,
      "\(error as Any)")
  }

  /// An update that ends by a condition is left for a request to stop.
  @Test func anUpdateWithoutAnEndIsLeft() throws {
    let agent = try agent(makeVector(8) { Probe(.finite) }, steps: 1000)
    agent.isEndless = true
    let looks = Atomic(0)
    let stop = StopRequest(patience: .zero) {
      looks.wrappingAdd(1, ordering: .relaxed).newValue > 40
    }
    #expect(throws: StopRequest.Overdue.self) {
      try StopRequest.$current.withValue(stop) { try agent.train { _ in .proceed } }
    }
    #expect(agent.stepsDone == 256)
  }

  @Test func rolloutsThatDoNotFitIntoMemoryAreRefused() throws {
    for (name, steps, environments) in [("rolloutSteps", 1 << 40, 1), ("environments", 2, 1 << 40)]
    {
      var c = ClippedSettings()
      (c.rolloutSteps, c.environments) = (steps, environments)
      let error = #expect(throws: SettingsError.self) {
        try agent(makeVector(1) { Probe(.endless) }, steps: 1, c)
      }
      let words = error?.description ?? ""
      #expect(words.hasPrefix("'\(name)' of \(1 << 40) is too much"), "\(words)")
      #expect(words.contains("B of memory in Probe"), "\(words)")
    }
  }

  @Test func realActionsAreRefused() throws {
    let vector = makeVector(1) { ContinuousProbe() }
    #expect(
      ClippedActorCritic.unsupportedReason(in: vector.spec)?.hasPrefix("it needs discrete actions")
        == true)
    #expect(throws: AgentError.self) { try agent(vector, steps: 1) }
  }
}
