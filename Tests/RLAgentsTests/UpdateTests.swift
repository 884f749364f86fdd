import RLAgents
import RLCore
import Testing

@Suite struct UpdateTests {
  private var three: any VectorEnvironment { makeVector(1) { Spaces(actionSpace: Discrete(3)) } }
  private var two: any VectorEnvironment {
    makeVector(1) { Spaces(actionSpace: Box<2>(low: [-2, -1], high: [2, 1])) }
  }

  // The budget keeps the share that is used up at zero.
  private let budget = 1_000

  @Test(arguments: ["dqn", "dqn-clipped", "qr-dqn"], [1, 2])
  func updatesOfDQNAreThoseOfPyTorch(_ name: String, _ threads: Int) throws {
    let fixture = try UpdateFixture.load(name)
    let s = fixture.settings
    var c = DQNSettings()
    c.learningRate = .constant(s.learningRate)
    c.adamEpsilon = s.adamEpsilon
    c.batchSize = s.batchSize
    c.widths = s.hidden
    (c.tau, c.discount) = (try #require(s.tau), try #require(s.gamma))
    c.maxGradientNorm = try #require(s.maxGradNorm)
    c.quantiles = s.quantiles ?? 0
    let agent = try DQN(c, environments: three, seed: 1, steps: budget, threads: threads)
    try fixture.check(agent, tolerance: 2e-6) { agent, batch, losses in
      let found = agent.learn(from: try batch.given())
      #expect(near(found, losses.loss, 1e-5))
    }
  }

  /// Stable-Baselines3 adds 1e-6 inside the logarithm of the squashed density, which is exact here. Near
  /// the bounds that moves the losses by some 1e-4 of themselves, and Adam's steps a little with them.
  @Test(arguments: ["sac", "sac-fixed"], [1, 2])
  func updatesOfSACAreThoseOfPyTorch(_ name: String, _ threads: Int) throws {
    let fixture = try UpdateFixture.load(name)
    let s = fixture.settings
    var c = SACSettings()
    c.learningRate = .constant(s.learningRate)
    c.adamEpsilon = s.adamEpsilon
    c.batchSize = s.batchSize
    (c.actorWidths, c.criticWidths) = (s.hidden, s.hidden)
    (c.tau, c.discount) = (try #require(s.tau), try #require(s.gamma))
    c.criticCount = try #require(s.criticCount)
    if let fixed = s.entCoef { c.entropyCoefficient = .fixed(fixed) }
    // The automatic one is minus the number of actions by itself.
    #expect(s.targetEntropy == nil || s.targetEntropy == -2)
    let agent = try SAC(c, environments: two, seed: 1, steps: budget, threads: threads)
    try fixture.check(agent, tolerance: 5e-6) { agent, batch, losses in
      let found = agent.learn(
        from: try batch.given(), noise: try #require(batch.noise).flatMap(\.self),
        nextNoise: try #require(batch.nextNoise).flatMap(\.self))
      #expect(near(found.critic, losses.criticLoss, 3e-4))
      #expect(near(found.actor, losses.actorLoss, 3e-4))
      #expect(near(found.alpha, losses.entCoef, 1e-5))
    }
  }

  /// CrossQ (Bhatt et al. 2024) is SAC with these settings; the policy's updates are every second one.
  @Test(arguments: [1, 2, 3])
  func updatesOfCrossQAreThoseOfPyTorch(_ threads: Int) throws {
    let fixture = try UpdateFixture.load("crossq")
    let s = fixture.settings
    var c = SACSettings()
    (c.batchNormalization, c.targetCritics) = (true, false)
    (c.adamBeta1, c.adamEpsilon) = (s.adamBetas[0], s.adamEpsilon)
    #expect(c.adamBeta1 == 0.5)
    c.policyDelay = try #require(s.policyDelay)
    c.learningRate = .constant(s.learningRate)
    c.batchSize = s.batchSize
    (c.actorWidths, c.criticWidths) = (s.hidden, s.hidden)
    c.discount = try #require(s.gamma)
    c.criticCount = try #require(s.criticCount)
    let agent = try SAC(c, environments: two, seed: 1, steps: budget, threads: threads)
    var step = 0
    try fixture.check(agent, tolerance: 5e-6) { agent, batch, losses in
      step += 1
      let found = agent.learn(
        from: try batch.given(), noise: try #require(batch.noise).flatMap(\.self),
        nextNoise: try #require(batch.nextNoise).flatMap(\.self))
      #expect(near(found.critic, losses.criticLoss, 3e-4))
      if step % c.policyDelay == 0 {
        #expect(near(found.actor, losses.actorLoss, 3e-4))
      } else {
        #expect(found.actor == 0 && losses.actorLoss == nil)
      }
      #expect(near(found.alpha, losses.entCoef, 1e-5))
    }
  }

  @Test(arguments: ["td3", "ddpg-like"], [1, 2])
  func updatesOfTD3AreThoseOfPyTorch(_ name: String, _ threads: Int) throws {
    let fixture = try UpdateFixture.load(name)
    let s = fixture.settings
    var c = TD3Settings()
    c.learningRate = .constant(s.learningRate)
    c.adamEpsilon = s.adamEpsilon
    c.batchSize = s.batchSize
    (c.actorWidths, c.criticWidths) = (s.hidden, s.hidden)
    (c.tau, c.discount) = (try #require(s.tau), try #require(s.gamma))
    c.policyDelay = try #require(s.policyDelay)
    c.targetNoise = try #require(s.targetPolicyNoise)
    c.targetNoiseClip = try #require(s.targetNoiseClip)
    c.criticCount = try #require(s.criticCount)
    let agent = try TD3(c, environments: two, seed: 1, steps: budget, threads: threads)
    var step = 0
    try fixture.check(agent, tolerance: 2e-6) { agent, batch, losses in
      step += 1
      let found = agent.learn(
        from: try batch.given(), targetNoise: try #require(batch.nextNoise).flatMap(\.self))
      #expect(near(found.critic, losses.criticLoss, 1e-5))
      if s.actorUpdateSteps?.contains(step) ?? false {
        #expect(near(found.actor, losses.actorLoss, 1e-5))
      } else {
        #expect(found.actor == 0 && losses.actorLoss == nil)
      }
    }
  }
}
