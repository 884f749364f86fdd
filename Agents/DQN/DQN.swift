public import RLCore
internal import RLSupport
internal import RLTensor

/// Deep Q-learning (Mnih et al. 2015, algorithm 1), with the options of Stable-Baselines3's implementation,
/// and double, dueling and prioritized learning.
///
/// The loop alternates between `trainFrequency` steps or episodes and a round of updates. Each thread has its share of
/// the rows and weights in each statement of an update; that changes no bit of the result.
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
  private let network: TrainedNetwork
  private let target: Parameters
  private let loss: DQNLoss
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
    let network = TrainedNetwork(
      networks.layout, name: "q_net", .adam(epsilon: Float(c.adamEpsilon)), using: &generator)
    let target = Parameters(copying: network.weights)
    (self.network, self.target) = (network, target)
    loss = try DQNLoss(c, networks, parameters: network.weights, target: target, of: loop)
    presentValues = loop.forward(network.weights) { [networks.values($0)] }
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
      target.average(towards: network.weights, tau: Float(c.tau))
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
      return learn()
    }
    loop.drawBatch(correction: c.priorityCorrection.value(at: loop.progress))
    learn()
    let slots = loop.batch.slots
    loop.collector.buffer.prioritize(
      slots.span, errors: UnsafeBufferPointer(start: loss.errors, count: slots.count).span,
      exponent: c.priorityExponent)
  }

  /// Takes one step of the optimizer (Mnih et al. 2015, algorithm 1).
  private func learn() {
    let (c, team) = (configuration, loop.team)
    let learningRate = Float(c.learningRate.value(at: loop.progress))
    loop.updates += 1
    team.choosing {
      loss.run(loop, c)
      network.optimizer.step(
        on: team, learningRate: learningRate,
        gradientScale: Parameters.clippingFactor(
          squaredNorm: loss.squaredGradientNorm, limit: Float(c.maxGradientNorm)))
    }
    loop.means.loss.add(loss.mean)
    loop.means.value.add(loss.meanValue)
  }

  /// Learns from one given batch, without the replay buffer: for comparisons with other implementations.
  ///
  /// - Returns: The loss.
  package func learn(from batch: GivenBatch) -> Double {
    loop.means = OffPolicyLoop.Means()
    loop.given = batch
    learn()
    loop.given = nil
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
      loop.collector.spec, networks, network.weights, loop.collector.encoder,
      exploration: configuration.explorationEnd)
  }

  var trained: [TrainedNetwork] { [network] }
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
    let program = ForwardProgram(rows: count, inputs: encoder.width, parameters: network.weights) {
      [trace($0)]
    }
    encoder.encode(observations, count: count, into: program.input.pointer)
    program.run()
    return program.output.array
  }
}
