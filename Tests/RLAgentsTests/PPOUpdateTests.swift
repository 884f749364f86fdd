import RLAgents
import RLCore
import RLSupport
import Testing

/// Spaces of which every choice is allowed, without anything to happen in them.
private struct MaskedSpaces<Actions: Space & Sendable>: Environment {
  static var masksActions: Bool { true }
  let actionSpace: Actions
  var observationSpace: Box<3> { Box(-10...10) }
  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<3, Float> { [0, 0, 0] }
  mutating func step(_ action: Actions.Element, using rng: inout SeededGenerator) -> Step<
    InlineArray<3, Float>, NoInfo
  > { .next([0, 0, 0], reward: 0) }
}

@Suite struct PPOUpdateTests {
  private let count = 4

  private func vector<Actions: Space & Sendable>(
    of actions: Actions, isMasked: Bool
  ) -> any VectorEnvironment {
    isMasked
      ? makeVector(count) { MaskedSpaces(actionSpace: actions) }
      : makeVector(count) { Spaces(actionSpace: actions) }
  }

  private func vector(for fixture: UpdateFixture) throws -> any VectorEnvironment {
    let s = fixture.settings
    let isMasked = fixture.batches[0].masks != nil
    if let choices = s.choices {
      return choices.count == 1
        ? vector(of: Discrete(choices[0]), isMasked: isMasked)
        : vector(of: MultiDiscrete(choices), isMasked: isMasked)
    }
    if let flags = s.flags { return vector(of: MultiBinary(flags), isMasked: false) }
    #expect(s.size == 2)
    return vector(of: Box<2>(low: [-2, -1], high: [2, 1]), isMasked: false)
  }

  private func settings(_ fixture: UpdateFixture) throws -> PPOSettings {
    let s = fixture.settings
    var c = PPOSettings()
    (c.environments, c.rolloutSteps) = (count, s.batchSize / count)
    (c.batchSize, c.epochs) = (s.batchSize, 1)
    c.learningRate = .constant(s.learningRate)
    c.adamEpsilon = s.adamEpsilon
    c.clipRange = .constant(try #require(s.clipRange))
    c.valueClipRange = s.clipRangeVf.map { .constant($0) }
    c.normalizeAdvantage = s.normalizeAdvantage ?? true
    c.entropyCoefficient = try #require(s.entCoef)
    c.valueCoefficient = try #require(s.vfCoef)
    c.maxGradientNorm = try #require(s.maxGradNorm)
    c.targetKL = s.targetKl
    c.stateDependentExploration = s.sde ?? false
    (c.policyWidths, c.valueWidths) = (s.hidden, s.hidden)
    if s.shares ?? false {
      (c.sharedWidths, c.policyWidths, c.valueWidths) = (
        [s.hidden[0]], [s.hidden[1]], [s.hidden[1]]
      )
    }
    return c
  }

  @Test(
    arguments: [
      "ppo-discrete", "ppo-discrete-clipped", "ppo-masked", "ppo-masked-pair", "ppo-pair",
      "ppo-binary", "ppo-continuous", "ppo-continuous-clipped", "ppo-stopped", "ppo-gsde",
      "ppo-shared",
    ], [1, 2, 3])
  func updatesOfPPOAreThoseOfPyTorch(_ name: String, _ threads: Int) throws {
    let fixture = try UpdateFixture.load(name)
    // The budget keeps the share that is used up at zero.
    let agent = try PPO(
      try settings(fixture), environments: try vector(for: fixture), seed: 1, steps: 1_000,
      threads: threads)
    try fixture.check(agent, tolerance: 1.5e-6) { agent, batch, losses in
      let metrics = agent.learn(from: try batch.rollout())
      let found = Dictionary(uniqueKeysWithValues: metrics.map { ($0.name, $0.value) })
      for (metric, expected) in [
        ("loss", losses.loss), ("policy_gradient_loss", losses.policyLoss),
        ("value_loss", losses.valueLoss), ("entropy_loss", losses.entropyLoss),
        ("explained_variance", losses.explainedVariance), ("approx_kl", losses.approxKL),
        ("clip_fraction", losses.clipFraction), ("n_updates", losses.updates.map(Double.init)),
        ("std", losses.std ?? found["std"] ?? 0),
      ] {
        let (value, expected) = (found[metric] ?? 0, try #require(expected))
        let bound = 3e-6 * max(1, abs(expected))
        #expect(abs(value - expected) <= bound, "\(metric)")
      }
    }
  }
}
