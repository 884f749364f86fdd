public import RLCore
internal import RLSupport
internal import RLTensor

/// Deep Q-learning (Mnih et al. 2015, algorithm 1), with the options of Stable-Baselines3's implementation,
/// and double, dueling and prioritized learning.
///
/// The loop alternates between `trainFrequency` steps or episodes and a round of updates. In an
/// update two threads take half of the batch each; that changes no bit of the result.
public final class DQN: OffPolicyAgent {
  /// The word on the command line.
  public static let name = "dqn"
  /// One line on the agent.
  public static let summary =
    "Deep Q-learning (Mnih et al. 2015): off-policy, discrete actions"

  /// The hyperparameters in force.
  public var configuration: DQNSettings
  let loop: OffPolicyLoop
  private let networks: DQNNetworks
  private let network: HalvedParameters
  private let target: Parameters
  /// The losses of the batch's halves.
  private let losses: [DQNLoss]
  /// The values of all actions in the present observations of the environments.
  private let presentValues: ForwardProgram

  /// DQN chooses one of several actions.
  public static func unsupportedReason(in spec: EnvironmentSpec) -> String? {
    if case .discrete = spec.actionSpace { return nil }
    return "it needs a discrete action space, not \(spec.actionSpace)"
  }

  /// An agent at the start of its training.
  public init(
    _ configuration: DQNSettings, environments: any VectorEnvironment, seed: UInt64,
    steps: Int, threads: Int
  ) throws {
    let c = configuration
    self.configuration = c
    let loop = try OffPolicyLoop(
      of: DQN.self, c, environments: environments, seed: seed, steps: steps, threads: threads,
      spawnKey: 0x44_514e, isPrioritized: c.prioritizedReplay)
    self.loop = loop
    let networks = DQNNetworks(c, spec: environments.spec)
    self.networks = networks
    // The matrix that takes the means of quantiles has as many numbers.
    let (count, limit) = (networks.actionCount, 1 << 26)
    try c.require(
      c.quantiles * count < limit / count, "quantiles",
      "must be fewer than \(limit / count / count) with \(count) actions, not \(c.quantiles)")
    var generator = loop.weightGenerator
    let network = HalvedParameters(
      networks.layout, name: "q_net", adamEpsilon: c.adamEpsilon, using: &generator)
    let target = Parameters(copying: network.whole)
    (self.network, self.target) = (network, target)
    losses = try loop.halves.rows.indices.map {
      try DQNLoss(
        c, networks, parameters: network.parts[$0], target: target, half: $0, of: loop)
    }
    presentValues = loop.forward(network.whole) { [networks.values($0)] }
  }

  // MARK: Acting

  /// The share of random actions at present.
  private var exploration: Double {
    let c = configuration
    let share = c.explorationFraction > 0 ? min(1, loop.progress / c.explorationFraction) : 1
    return c.explorationStart + (c.explorationEnd - c.explorationStart) * share
  }

  /// Chooses mostly the best actions known (ε-greedy).
  func chooseActions() {
    let collector = loop.collector
    let share = loop.stepsDone < configuration.learningStarts ? 1 : exploration
    var needsValues = false
    for i in 0..<collector.count {
      // One coin an environment; a random action needs no values.
      if loop.actionGenerator.uniform() < share {
        collector.chooseRandomly(i, using: &loop.actionGenerator)
      } else {
        collector.chosen[i] = -1
        needsValues = true
      }
    }
    if !needsValues { return }
    presentValues.run(on: collector)
    for i in 0..<collector.count where collector.chosen[i] < 0 {
      let best = Self.best(presentValues.row(i), networks.actionCount, collector.mask(of: i))
      collector.chosen[i] = Float(best)
    }
  }

  /// Moves the target network every `targetUpdateInterval` steps.
  func didStep() {
    let (c, count) = (configuration, loop.collector.count)
    let calls = loop.stepsDone / count
    if calls % max(1, c.targetUpdateInterval / count) == 0 {
      target.average(towards: network.whole, tau: Float(c.tau))
    }
  }

  /// The allowed action of the highest value.
  static func best(
    _ values: UnsafePointer<Float>, _ actionCount: Int, _ mask: UnsafePointer<Bool>?
  ) -> Int {
    var best = -1
    for i in 0..<actionCount where mask?[i] ?? true {
      if best < 0 || values[i] > values[best] { best = i }
    }
    return max(0, best)
  }

  // MARK: Update

  /// Draws a batch, by priority if asked, and learns from it.
  func update() {
    let c = configuration
    guard c.prioritizedReplay else {
      loop.drawBatch()
      return learn(fillsBatch: true)
    }
    loop.drawBatch(correction: c.priorityCorrection.value(at: loop.progress))
    learn(fillsBatch: true)
    for loss in losses { loss.prioritize(in: loop, exponent: c.priorityExponent) }
  }

  /// Takes one step of the optimizer on the batch whose slots, or numbers, are set.
  private func learn(fillsBatch: Bool) {
    let (c, halves) = (configuration, loop.halves)
    let learningRate = Float(c.learningRate.value(at: loop.progress))
    network.advance()
    halves.update {
      halves.each { half in
        let loss = losses[half]
        if fillsBatch { loss.views.fill(from: loop, c) }
        loss.fillWeights(from: halves)
        loss.program.run()
      }
      halves.each { network.addGradients(half: $0) }
      let scale = Parameters.clippingFactor(
        squaredNorm: network.squaredGradientNorm, limit: Float(c.maxGradientNorm))
      halves.each { network.step(half: $0, learningRate: learningRate, gradientScale: scale) }
    }
    loop.updates += 1
    loop.means.loss.add(losses) { $0.loss }
    loop.means.value.add(losses) { $0.meanValue }
  }

  /// Learns from one given batch, without the replay buffer: for comparisons with other implementations.
  ///
  /// - Returns: The loss.
  package func learn(from batch: GivenBatch) -> Double {
    for loss in losses { loss.views.fill(from: batch, discount: Float(configuration.discount)) }
    loop.means = OffPolicyLoop.Means()
    learn(fillsBatch: false)
    return loop.means.loss.sum
  }

  var measurements: [(name: String, value: Double)] {
    [
      ("loss", loop.means.loss.value), ("mean_value", loop.means.value.value),
      ("exploration_rate", exploration),
    ]
  }

  // MARK: Policy and state

  /// What the agent would do now; further training does not change it.
  public var policy: any Policy {
    Self.policy(
      loop.collector.spec, networks, network.whole, loop.collector.encoder,
      exploration: configuration.explorationEnd)
  }

  var trained: [HalvedParameters] { [network] }
  var targets: [(name: String, weights: Parameters)] { [("q_net_target", target)] }

  /// The values of all actions for observations, given as rows of numbers as environments write them.
  ///
  /// - Returns: Rows `[count, actions]`.
  public func values(of observations: [Float]) -> [Float] {
    outputs(of: observations) { [networks] in networks.values($0) }
  }

  /// The quantiles of the returns of all actions, for observations given as rows of numbers as environments
  /// write them; the configuration must have `quantiles`.
  ///
  /// - Returns: Rows `[count, quantiles, actions]`.
  public func quantiles(of observations: [Float]) -> [Float] {
    precondition(configuration.quantiles > 0, "the agent has learned values, not quantiles")
    return outputs(of: observations) { [networks] in networks.returns($0) }
  }

  private func outputs(of observations: [Float], _ trace: (Variable) -> Variable) -> [Float] {
    let encoder = loop.collector.encoder
    let count = encoder.rowCount(observations)
    if count == 0 { return [] }
    let program = ForwardProgram(rows: count, inputs: encoder.width, parameters: network.whole) {
      [trace($0)]
    }
    encoder.encode(observations, count: count, into: program.input.pointer)
    program.run()
    return program.output.array
  }
}
