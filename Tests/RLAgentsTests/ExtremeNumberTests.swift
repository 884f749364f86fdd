import RLAgents
import RLCore
import RLSupport
import Testing

/// Episodes of one step, whose observations and rewards are as large or as small as numbers get.
private struct Extreme: DeterministicEnvironment, Codable {
  static let rewards = [1e12, -1e12, Double.leastNonzeroMagnitude, -0.0]
  static let observations: [Float] = [1e12, -1e12, .leastNonzeroMagnitude, 1]

  /// Whether observations are as extreme as rewards.
  var isWide = false
  private var number = 0

  init(isWide: Bool = false) { self.isWide = isWide }

  var actionSpace: Discrete { Discrete(2) }
  var observationSpace: Box<1> { Box(-1e13...1e13) }

  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> {
    number += 1
    return [isWide ? Self.observations[number % 4] : .leastNonzeroMagnitude]
  }

  mutating func step(_ action: Int) -> Step<InlineArray<1, Float>, NoInfo> {
    .terminal([isWide ? Self.observations[(number + 1) % 4] : 0], reward: Self.rewards[number % 4])
  }
}

/// The same with real actions.
private struct ExtremeMove: DeterministicEnvironment, Codable {
  private var base = Extreme()
  var actionSpace: Box<1> { Box(-1...1) }
  var observationSpace: Box<1> { base.observationSpace }
  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> {
    base.reset(using: &rng)
  }
  mutating func step(_ action: InlineArray<1, Float>) -> Step<InlineArray<1, Float>, NoInfo> {
    base.step(0)
  }
}

/// Values of 1e12, denormal numbers and episodes of one step, in whatever learns.
@Suite struct ExtremeNumberTests {
  private func settings<S: AgentSettings>(_ change: (inout S) -> Void) -> S {
    var settings = S()
    change(&settings)
    return settings
  }

  @Test func everyAgentLearnsInEpisodesOfOneStep() throws {
    let (plain, wide) = (
      { makeVector($0) { Extreme() } }, { makeVector($0) { Extreme(isWide: true) } }
    )
    let move = makeVector(1) { ExtremeMove() }
    let agents: [any Agent] = [
      try PPO(
        settings { ($0.environments, $0.rolloutSteps) = (2, 32) }, environments: plain(2), seed: 1,
        steps: 256, threads: 1),
      try PPO(
        settings {
          ($0.environments, $0.rolloutSteps) = (2, 32)
          ($0.normalizeObservations, $0.normalizeRewards) = (true, true)
        }, environments: wide(2), seed: 1, steps: 256, threads: 1),
      try ClippedActorCritic(
        ClippedSettings(), environments: plain(8), seed: 1, steps: 256, threads: 1),
      try DQN(
        settings { ($0.learningStarts, $0.widths, $0.returnSteps) = (50, [16], 3) },
        environments: plain(1), seed: 1, steps: 256, threads: 1),
      try DQN(
        settings {
          ($0.learningStarts, $0.widths, $0.prioritizedReplay) = (50, [16], true)
          $0.normalizeObservations = true
        }, environments: wide(1), seed: 1, steps: 256, threads: 1),
      try SAC(
        settings { ($0.learningStarts, $0.actorWidths, $0.criticWidths) = (50, [16], [16]) },
        environments: move, seed: 1, steps: 256, threads: 1),
      try TD3(
        settings { ($0.learningStarts, $0.actorWidths, $0.criticWidths) = (50, [16], [16]) },
        environments: move, seed: 1, steps: 256, threads: 1),
    ]
    for agent in agents {
      var episodes: [TrainingReport.Episode] = []
      // Numbers that are not finite would end it.
      try agent.train {
        episodes += $0.episodes
        return .proceed
      }
      #expect(episodes.count == 256 && episodes.allSatisfy { $0.length == 1 }, "\(type(of: agent))")
      #expect(Set(episodes.map(\.episodicReturn)) == Set(Extreme.rewards))
      for observation in Extreme.observations {
        let action = agent.policy.action(for: [observation])
        #expect(action.allSatisfy { abs($0) <= 1 }, "\(type(of: agent)) \(observation)")
      }
    }
  }

  @Test func advantagesOfOneStepAreRewardsLessValues() {
    let rewards: [Float] = [1e12, -1e12, .leastNonzeroMagnitude, 0]
    let values: [Float] = [1, -2e12, 0, .leastNonzeroMagnitude]
    let (advantages, returns) = AdvantageEstimation.compute(
      rewards: rewards, values: values, ended: rewards.map { _ in true }, lastValues: [7],
      discount: 0.99, lambda: 0.95)
    for i in rewards.indices {
      #expect(advantages[i] == rewards[i] - values[i])
      #expect(returns[i] == advantages[i] + values[i])
    }
    // Without an end the sums are those of double precision.
    let long = AdvantageEstimation.compute(
      rewards: Array(repeating: 1e12, count: 1000), values: Array(repeating: 0, count: 1000),
      ended: Array(repeating: false, count: 1000), lastValues: [1e12], discount: 0.9, lambda: 0.5
    ).advantages
    #expect(abs(Double(long[0]) / (1e12 / (1 - 0.45)) - 1) < 1e-5)
  }

  @Test func replayKeepsEpisodesOfOneStepApart() {
    let buffer = ReplayBuffer(
      capacity: 4, environments: 1, observationWidth: 1, actionWidth: 1)
    let batch = StepBatch(count: 1, observationWidth: 1)
    for i in 0..<4 {
      batch.rewards[0] = Extreme.rewards[i]
      batch.finalObservations[0] = Extreme.observations[i]
      (batch.terminated[0], batch.truncated[0]) = (i % 2 == 0, i % 2 == 1)
      let (before, action): ([Float], [Float]) = ([Extreme.observations[3 - i]], [0])
      buffer.append(observations: before.span, actions: action.span, batch)
    }
    for i in 0..<4 {
      let outcome = buffer.outcome(of: i, steps: 5, discount: 0.5)
      #expect(outcome.reward == Float(Extreme.rewards[i]) && outcome.last == i)
      #expect(outcome.weight == (i % 2 == 0 ? 0 : 0.5))
      #expect(buffer.transition(in: i).nextObservation == [Extreme.observations[i]])
    }
  }

  /// An episode without a step has nothing to learn from.
  @Test func anEpisodeWithoutAStepIsRefused() throws {
    let agent = try DQN(
      settings { $0.widths = [8] }, environments: makeVector(1) { Extreme() }, seed: 1, steps: 10,
      threads: 1)
    let empty = Episode(observations: [1])
    let whole = Episode(
      observations: [1, 0], actions: [0], rewards: [1e12], terminated: true)
    #expect(throws: AgentError.self) { try agent.prefill(from: [empty, whole]) }
    #expect(try agent.prefill(from: [whole, whole]) == 2)
  }

  @Test func normalizersStayFinite() {
    for values in [
      Extreme.rewards, Array(repeating: 1e12, count: 50),
      Array(repeating: Double.leastNonzeroMagnitude, count: 50),
      (0..<50).map { 1e12 + Double($0) }, [3.4e38, -3.4e38],
    ] {
      var statistics = RunningStatistics(width: 1)
      for value in values { statistics.update(rows: 1) { _, _ in value } }
      let mean = values.reduce(0, +) / Double(values.count)
      #expect(abs(statistics.mean[0] - mean) <= 1e-3 * (values.map(abs).max() ?? 0))
      #expect(statistics.variance[0] >= 0 && statistics.variance[0].isFinite)
      for value in values {
        let normal = statistics.normalize(Float(value), column: 0)
        #expect(abs(normal) <= 10, "\(values)")
      }
    }
    let wrapped = makeVector(3) { Extreme() }.wrapped(by: NormalizeReward())
    var vector: any VectorEnvironment = wrapped
    let batch = StepBatch(count: 3, for: vector.spec)
    vector.reset(seed: 1, into: batch)
    for _ in 0..<20 {
      vector.step([0, 1, 0], into: batch)
      #expect(batch.rewards.allSatisfy { abs($0) <= 10 } && batch.terminated.allSatisfy { $0 })
    }
  }
}
