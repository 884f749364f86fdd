import Foundation
import RLAgents
import RLCore
import RLSupport
import Testing

/// Stable-Baselines3's gradient steps on PyTorch (see Fixtures/make_updates.py).
struct UpdateFixture: Decodable {
  struct Settings: Decodable {
    var learningRate: Double
    var adamEpsilon: Double
    var adamBetas: [Double]
    var batchSize: Int
    var hidden: [Int]
    var tau: Double?
    var gamma: Double?
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
    // PPO's.
    var clipRange: Double?
    var clipRangeVf: Double?
    var normalizeAdvantage: Bool?
    var vfCoef: Double?
    var targetKl: Double?
    var sde: Bool?
    var shares: Bool?
    var choices: [Int]?
    var flags: Int?
    var size: Int?
  }
  struct Tensor: Decodable {
    var shape: [Int]
    var values: [Float]
  }
  struct Batch: Decodable {
    var observations: [[Float]]
    var actions: [[Float]]
    var nextObservations: [[Float]]?
    var rewards: [Float]?
    var terminated: [Int]?
    var noise: [[Float]]?
    var nextNoise: [[Float]]?
    var masks: [[Float]]?
    var advantages: [Float]?
    var oldLogProbabilities: [Float]?
    var oldValues: [Float]?
    var returns: [Float]?

    /// The batch of an off-policy agent.
    func given() throws -> GivenBatch {
      GivenBatch(
        observations: observations.flatMap(\.self), actions: actions.flatMap(\.self),
        nextObservations: try #require(nextObservations).flatMap(\.self),
        rewards: try #require(rewards), terminated: try #require(terminated).map { $0 == 1 })
    }

    /// The batch of PPO.
    func rollout() throws -> GivenRollout {
      GivenRollout(
        observations: observations.flatMap(\.self), actions: actions.flatMap(\.self),
        masks: masks?.flatMap(\.self) ?? [], advantages: try #require(advantages),
        logProbabilities: try #require(oldLogProbabilities), values: try #require(oldValues),
        returns: try #require(returns))
    }
  }
  struct Losses: Decodable {
    var loss: Double?
    var criticLoss: Double?
    var actorLoss: Double?
    var entCoef: Double?
    // PPO's.
    var policyLoss: Double?
    var valueLoss: Double?
    var entropyLoss: Double?
    var approxKL: Double?
    var clipFraction: Double?
    var explainedVariance: Double?
    var std: Double?
    var updates: Int?
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
struct Spaces<Actions: Space & Sendable>: Environment {
  let actionSpace: Actions
  var observationSpace: Box<3> { Box(-10...10) }
  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<3, Float> { [0, 0, 0] }
  mutating func step(_ action: Actions.Element, using rng: inout SeededGenerator) -> Step<
    InlineArray<3, Float>, NoInfo
  > { .next([0, 0, 0], reward: 0) }
}

/// Whether a number is within a share of the expected one.
func near(_ found: Double, _ expected: Double?, _ relative: Double) -> Bool {
  guard let expected else { return false }
  return abs(found - expected) <= relative * abs(expected)
}
