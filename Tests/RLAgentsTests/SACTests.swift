import Foundation
import RLAgents
import RLCore
import RLSupport
import RLTensor
import Testing

@Suite struct SACTests {
  private func trained<E: Environment>(
    steps: Int = 4_000, _ change: (inout SACSettings) -> Void = { _ in },
    observe: (TrainingReport) -> Void = { _ in }, in make: @escaping @Sendable () -> E
  ) throws -> SAC {
    var c = SACSettings()
    c.environments = 4
    c.learningRate = .linear(from: 3e-3, to: 0)
    c.bufferSize = 10_000
    c.batchSize = 64
    c.discount = 0.8
    c.tau = 0.05
    c.gradientSteps = 4
    c.entropyCoefficient = 0.01
    (c.actorWidths, c.criticWidths) = ([32], [64, 64])
    change(&c)
    let agent = try SAC(
      c, environments: makeVector(c.environments, make),
      seed: 2, steps: steps, threads: 2)
    try agent.train { report in
      observe(report)
      return .proceed
    }
    return agent
  }

  @Test(arguments: [1, 2, 3])
  func theTargetIsFoundAndValued(_ critics: Int) throws {
    let agent = try trained({ $0.criticCount = critics }) { Aim() }
    #expect(state(of: agent).entries.keys.contains("policy/critic.qf\(critics - 1).0.weight"))
    #expect(!state(of: agent).entries.keys.contains("policy/critic.qf\(critics).0.weight"))
    expectNear(
      agent.values(of: [-1, 1, -1, 1], actions: [0, 2, 0.5, 1.5]), [1, 1, 0.75, 0.75])
    expectHits(agent.policy)
  }

  @Test func aDelayedRewardIsDiscounted() throws {
    let agent = try trained { Aim(isDelayed: true) }
    // The soft value, α log ∫ exp(Q / α), of rewards 1 - 4 (u - t)² in units of the networks.
    let soft = 0.8 * (1 + 0.01 / 2 * log(Double.pi * 0.01 / 4))
    // The action of the first step does not matter.
    expectNear(agent.values(of: [0, 0, 1], actions: [0, 2, 2]), [soft, soft, 1])
    #expect(abs(agent.policy.actions(for: [1])[0] - 2) < 0.2)
  }

  /// Where all actions are worth the same, the policy becomes uniform over [-1, 1], of entropy log 2, which
  /// counts in the value of what comes after, with its coefficient; with returns of several steps only after
  /// the last of them, as in Stable-Baselines3.
  @Test(arguments: zip([0, 0.5, 0, 0.5], [1, 1, 3, 3]))
  func aTimeLimitIsBootstrappedAndAnEndIsNot(_ coefficient: Double, _ returnSteps: Int) throws {
    let counted = coefficient * log(2)
    for terminates in [false, true] {
      let agent = try trained({
        $0.entropyCoefficient = .fixed(coefficient)
        $0.returnSteps = returnSteps
      }) { Clock(terminates: terminates, Box<1>(0...1)) }
      var expected = Array(repeating: 0.0, count: 5)
      for _ in 0..<200 {
        expected = (0..<5).map { hour in
          // Sums end with the episode.
          let steps = min(returnSteps, 5 - hour)
          let rewards = (0..<steps).reduce(0.0) { $0 + pow(0.8, Double($1)) }
          let isOver = terminates && hour + steps == 5
          let later = isOver ? 0 : expected[(hour + steps) % 5] + counted
          return rewards + pow(0.8, Double(steps)) * later
        }
      }
      let found = agent.values(
        of: [0, 1, 2, 3, 4], actions: Array(repeating: 0.5, count: 5))
      expectNear(found, expected)
    }
  }

  /// The best policy at coefficient α for a reward of 1 - (a - t)² is a Gaussian of variance α / 2. Its
  /// entropy in units of half the action space is the target -1 where α is 8 exp(-2) / (2πe) of those.
  @Test func theCoefficientFindsTheTargetEntropy() throws {
    var coefficient = 0.0
    _ = try trained(
      steps: 8_000,
      {
        $0.entropyCoefficient = .automatic(start: 0.3)
        $0.learningRate = .linear(from: 5e-3, to: 0)
      },
      observe: { coefficient = $0.metrics.first { $0.name == "ent_coef" }?.value ?? 0 }
    ) { Aim() }
    let variance = exp(-2) / (2 * Double.pi * exp(1)) * 4
    #expect(abs(coefficient / (2 * variance) - 1) < 0.15, "\(coefficient), \(2 * variance)")
  }

  @Test(arguments: [-1, 4])
  func stateDependentExplorationFindsTheTarget(_ interval: Int) throws {
    let agent = try trained({
      $0.stateDependentExploration = true
      $0.explorationInterval = interval
      $0.initialLogDeviation = -2
      ($0.trainFrequency, $0.gradientSteps) = (8, 32)
    }) { Aim() }
    expectNear(agent.values(of: [-1, 1], actions: [0, 2]), [1, 1])
    expectHits(agent.policy)
    #expect(state(of: agent).entries["policy/actor.log_std"]?.shape == [32, 1])
  }

  /// The noise is a function of the state, and that one of the hour, until it is drawn anew.
  @Test(arguments: [-1, 5, 10])
  func stateDependentNoiseIsDrawnInItsInterval(_ interval: Int) throws {
    var c = SACSettings()
    (c.stateDependentExploration, c.explorationInterval) = (true, interval)
    (c.learningStarts, c.batchSize, c.trainFrequency) = (0, 2, 20)
    (c.actorWidths, c.criticWidths) = ([4], [4])
    let agent = try SAC(
      c, environments: makeVector(1) { Clock(terminates: false, Box<1>(-1...1)) }, seed: 1,
      steps: 20, threads: 1)
    try agent.train { _ in .proceed }
    let taken = try state(of: agent).floats("replay/actions")
    let days = (0..<4).map { Array(taken[5 * $0..<5 * $0 + 5]) }
    #expect((days[0] == days[1]) == (interval != 5))
    #expect((days[1] == days[2]) == (interval == -1))
    #expect((days[2] == days[3]) == (interval != 5))
  }

  @Test func otherOptionsFindTheTarget() throws {
    let agent = try trained({
      $0.normalizeLayers = true
      $0.policyDelay = 2
      $0.targetUpdateInterval = 2
      $0.activation = .tanh
      $0.gradientSteps = -1
      $0.trainFrequency = 2
    }) { Aim() }
    expectNear(agent.values(of: [-1, 1], actions: [0, 2]), [1, 1])
    expectHits(agent.policy)
  }

  /// CrossQ (Bhatt et al. 2024).
  @Test(arguments: [1, 2])
  func batchNormalizationFindsTheTarget(_ critics: Int) throws {
    let agent = try trained(
      steps: 8_000,
      {
        ($0.batchNormalization, $0.targetCritics, $0.criticCount) = (true, false, critics)
        ($0.policyDelay, $0.adamBeta1) = (2, 0.5)
      }
    ) { Aim() }
    let entries = state(of: agent).entries
    #expect(!entries.keys.contains { $0.contains("critic_target") })
    #expect(entries["policy/critic.qf0.6.running_mean"]?.shape == [64])
    expectNear(agent.values(of: [-1, 1, -1, 1], actions: [0, 2, 0.5, 1.5]), [1, 1, 0.75, 0.75])
    expectHits(agent.policy)
  }

  /// SimBa (Lee et al. 2025).
  @Test func residualBlocksFindTheTarget() throws {
    let agent = try trained({
      ($0.residualBlocks, $0.weightDecay) = (true, 0.01)
      ($0.actorWidths, $0.criticWidths) = ([16], [16, 16])
    }) { Aim() }
    #expect(state(of: agent).entries["policy/critic.qf1.1.up.weight"]?.shape == [64, 16])
    expectNear(agent.values(of: [-1, 1, -1, 1], actions: [0, 2, 0.5, 1.5]), [1, 1, 0.75, 0.75])
    expectHits(agent.policy)
  }

  @Test func withoutTargetCriticsTheCriticsAreTheirOwn() throws {
    let agent = try trained({ $0.targetCritics = false }) { Aim(isDelayed: true) }
    #expect(!state(of: agent).entries.keys.contains { $0.contains("critic_target") })
    let soft = 0.8 * (1 + 0.01 / 2 * log(Double.pi * 0.01 / 4))
    expectNear(agent.values(of: [0, 0, 1], actions: [0, 2, 2]), [soft, soft, 1])
  }

  @Test func theIdentityIsLearned() throws {
    expectIdentity(try trained(steps: 6_000) { IdentityBox() }.policy)
  }
}
