import Foundation
import RLAgents
import RLCore
import RLSupport
import Testing

/// Stable-Baselines3's gradient steps on PyTorch (see Fixtures/make_updates.py).
private struct UpdateFixture: Decodable {
  struct Settings: Decodable {
    var learningRate: Double
    var adamEpsilon: Double
    var batchSize: Int
    var hidden: [Int]
    var tau: Double
    var gamma: Double
    var maxGradNorm: Double?
    var automaticEntCoef: Bool?
    var entCoef: Double?
    var targetEntropy: Double?
    var policyDelay: Int?
    var targetPolicyNoise: Double?
    var targetNoiseClip: Double?
    var criticCount: Int?
    var actorUpdateSteps: [Int]?
    var quantiles: Int?
  }
  struct Tensor: Decodable {
    var shape: [Int]
    var values: [Float]
  }
  struct Batch: Decodable {
    var observations: [[Float]]
    var actions: [[Float]]
    var nextObservations: [[Float]]
    var rewards: [Float]
    var terminated: [Int]
    var noise: [[Float]]?
    var nextNoise: [[Float]]?

    var given: GivenBatch {
      GivenBatch(
        observations: observations.flatMap(\.self), actions: actions.flatMap(\.self),
        nextObservations: nextObservations.flatMap(\.self), rewards: rewards,
        terminated: terminated.map { $0 == 1 })
    }
  }
  struct Losses: Decodable {
    var loss: Double?
    var criticLoss: Double?
    var actorLoss: Double?
    var entCoef: Double?
  }
  struct Coefficients: Decodable {
    var before: Double
    var after1: Double
    var after4: Double
  }
  var settings: Settings
  var before: [String: Tensor]
  var batches: [Batch]
  var losses: [Losses]
  var after1: [String: Tensor]
  var after4: [String: Tensor]
  var logEntCoef: Coefficients?

  static func load(_ name: String) throws -> UpdateFixture {
    let url = Bundle.module.bundleURL.appendingPathComponent("updates.json")
    let all = try JSONDecoder().decode([String: UpdateFixture].self, from: Data(contentsOf: url))
    return try #require(all[name])
  }

  /// Replaces an agent's weights, and for SAC the logarithm of its entropy coefficient.
  func load(into agent: any Agent) throws {
    var archive = state(of: agent)
    let names = archive.entries.keys.filter { $0.hasPrefix("policy/") }
    #expect(Set(names) == Set(before.keys.map { "policy/" + $0 }))
    for (name, tensor) in before {
      #expect(archive.entries["policy/" + name]?.shape == tensor.shape, "\(name)")
      archive.set("policy/" + name, .float(tensor.values), shape: tensor.shape)
    }
    if let logEntCoef {
      archive.set("optimizer/log_ent_coef", .double([logEntCoef.before, 0, 0, 0]))
    }
    try agent.restore(from: archive)
  }

  /// Learns from all batches and compares weights after the first and the last.
  ///
  /// - Parameter learn: Learns from one batch and compares its losses.
  func check<A: Agent>(
    _ agent: A, tolerance: Float, _ learn: (A, Batch, Losses) throws -> Void
  ) throws {
    try load(into: agent)
    #expect(batches.count == 4)
    for (i, batch) in batches.enumerated() {
      try learn(agent, batch, losses[i])
      guard i == 0 || i == 3 else { continue }
      let archive = state(of: agent)
      for (name, tensor) in i == 0 ? after1 : after4 {
        let found = try archive.floats("policy/" + name, count: tensor.values.count)
        let miss = zip(found, tensor.values).map { abs($0 - $1) }.max() ?? 0
        #expect(miss <= tolerance, "\(name) after \(i + 1) steps")
      }
      if let logEntCoef {
        let found = try archive.doubles("optimizer/log_ent_coef")[0]
        let expected = i == 0 ? logEntCoef.after1 : logEntCoef.after4
        #expect(abs(found - expected) <= Double(tolerance))
      }
    }
  }
}

/// Spaces without anything to happen in them.
private struct Spaces<Actions: Space & Sendable>: Environment {
  let actionSpace: Actions
  var observationSpace: Box<3> { Box(-10...10) }
  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<3, Float> { [0, 0, 0] }
  mutating func step(_ action: Actions.Element, using rng: inout SeededGenerator) -> Step<
    InlineArray<3, Float>, NoInfo
  > { .next([0, 0, 0], reward: 0) }
}

private func near(_ found: Double, _ expected: Double?, _ relative: Double) -> Bool {
  guard let expected else { return false }
  return abs(found - expected) <= relative * abs(expected)
}

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
    (c.tau, c.discount) = (s.tau, s.gamma)
    c.maxGradientNorm = try #require(s.maxGradNorm)
    c.quantiles = s.quantiles ?? 0
    let agent = try DQN(c, environments: three, seed: 1, steps: budget, threads: threads)
    try fixture.check(agent, tolerance: 2e-6) { agent, batch, losses in
      #expect(near(agent.learn(from: batch.given), losses.loss, 1e-5))
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
    (c.tau, c.discount) = (s.tau, s.gamma)
    c.criticCount = try #require(s.criticCount)
    if let fixed = s.entCoef { c.entropyCoefficient = .fixed(fixed) }
    // The automatic one is minus the number of actions by itself.
    #expect(s.targetEntropy == nil || s.targetEntropy == -2)
    let agent = try SAC(c, environments: two, seed: 1, steps: budget, threads: threads)
    try fixture.check(agent, tolerance: 5e-6) { agent, batch, losses in
      let found = agent.learn(
        from: batch.given, noise: try #require(batch.noise).flatMap(\.self),
        nextNoise: try #require(batch.nextNoise).flatMap(\.self))
      #expect(near(found.critic, losses.criticLoss, 3e-4))
      #expect(near(found.actor, losses.actorLoss, 3e-4))
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
    (c.tau, c.discount) = (s.tau, s.gamma)
    c.policyDelay = try #require(s.policyDelay)
    c.targetNoise = try #require(s.targetPolicyNoise)
    c.targetNoiseClip = try #require(s.targetNoiseClip)
    c.criticCount = try #require(s.criticCount)
    let agent = try TD3(c, environments: two, seed: 1, steps: budget, threads: threads)
    var step = 0
    try fixture.check(agent, tolerance: 2e-6) { agent, batch, losses in
      step += 1
      let found = agent.learn(
        from: batch.given, targetNoise: try #require(batch.nextNoise).flatMap(\.self))
      #expect(near(found.critic, losses.criticLoss, 1e-5))
      if s.actorUpdateSteps?.contains(step) ?? false {
        #expect(near(found.actor, losses.actorLoss, 1e-5))
      } else {
        #expect(found.actor == 0 && losses.actorLoss == nil)
      }
    }
  }
}
