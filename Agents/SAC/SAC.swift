internal import Glibc
public import RLCore
internal import RLSupport
internal import RLTensor

/// Soft actor-critic with twin critics and a learned entropy coefficient (Haarnoja et al. 2018, "Soft
/// Actor-Critic Algorithms and Applications"), with the options of Stable-Baselines3's implementation.
///
/// The loop alternates between `trainFrequency` steps or episodes and a round of updates. Each thread has its share of
/// the rows and weights in each statement of an update; that changes no bit of the result. With batch normalization, which
/// needs all rows, two threads take a critic each, and one the policy.
public final class SAC: OffPolicyAgent {
  /// The word on the command line.
  public static let name = "sac"
  /// One line on the agent.
  public static let summary =
    "Soft actor-critic (Haarnoja et al. 2018): off-policy, continuous actions"

  /// The hyperparameters in force.
  public var configuration: SACSettings
  let loop: OffPolicyLoop
  private let networks: SACNetworks
  private let actor: TrainedNetwork
  private let critics: TrainedNetwork
  /// Averaged copies of the critics, or the critics themselves.
  private let targetCritics: Parameters
  /// The logarithm of the entropy coefficient α.
  private var logAlpha: ScalarAdam
  private let targetEntropy: Double
  private let criticLoss: any SACCriticLoss
  private let actorLoss: SACActorLoss
  /// Noise behind the actions of an update, at the next observations and at the present ones.
  private var nextNoise: [Float]
  private var noise: [Float]
  /// The policy in the present observations of the environments.
  private let actorNetwork: ForwardProgram
  /// Noise matrices `[environments, features, actions]` of state-dependent exploration.
  private var stateNoise: [Float]

  /// SAC chooses real numbers between bounds.
  public static func unsupportedReason(in spec: EnvironmentSpec) -> String? {
    unsupportedReasonOfBoundedActions(in: spec)
  }

  /// An agent at the start of its training.
  public init(
    _ configuration: SACSettings, environments: any VectorEnvironment, seed: UInt64,
    steps: Int, threads: Int
  ) throws {
    let c = configuration
    self.configuration = c
    let loop = try OffPolicyLoop(
      of: SAC.self, c, environments: environments, seed: seed, steps: steps, threads: threads,
      spawnKey: 0x53_4143)
    self.loop = loop
    let networks = SACNetworks(c, spec: environments.spec)
    self.networks = networks
    var generator = loop.weightGenerator
    let adam = OptimizerMethod.adam(
      beta1: Float(c.adamBeta1), epsilon: Float(c.adamEpsilon),
      weightDecay: Float(c.weightDecay))
    let actor = TrainedNetwork(networks.layout, name: "actor", adam, using: &generator)
    let critics = TrainedNetwork(networks.critics.layout, name: "critic", adam, using: &generator)
    let targetCritics = c.targetCritics ? Parameters(copying: critics.weights) : critics.weights
    (self.actor, self.critics, self.targetCritics) = (actor, critics, targetCritics)
    logAlpha = ScalarAdam(log(max(c.entropyCoefficient.start, 1e-300)))
    targetEntropy = c.targetEntropy ?? -Double(networks.actionDimension)
    criticLoss =
      c.batchNormalization
      ? try SACJointCriticLoss(
        c, networks, actor: actor.weights, critics: critics.weights, of: loop)
      : try SACTargetCriticLoss(
        c, networks, actor: actor.weights, critics: critics.weights,
        targetCritics: targetCritics, of: loop)
    actorLoss = try SACActorLoss(
      c, networks, actor: actor.weights, critics: critics.weights, of: loop)
    let rows = c.stateDependentExploration ? networks.features : c.batchSize
    noise = Array(repeating: 0, count: rows * networks.actionDimension)
    nextNoise = noise
    actorNetwork = loop.forward(actor.weights) { networks.exploration($0) }
    stateNoise = Array(
      repeating: 0,
      count: c.stateDependentExploration
        ? environments.count * networks.features * networks.actionDimension : 0)
  }

  /// The entropy coefficient α at present.
  private var alpha: Double {
    if case .fixed(let value) = configuration.entropyCoefficient { return value }
    return exp(logAlpha.value)
  }

  // MARK: Acting

  /// Draws actions from the policy.
  func chooseActions() {
    let (c, collector, size) = (configuration, loop.collector, networks.actionDimension)
    let drawn = loop.stepsOfRound
    if drawn == 0 || (c.explorationInterval > 0 && drawn % c.explorationInterval == 0) {
      var span = stateNoise.mutableSpan
      loop.actionGenerator.fillNormals(&span)
    }
    if loop.stepsDone < c.learningStarts {
      for i in 0..<collector.count { collector.chooseRandomly(i, using: &loop.actionGenerator) }
      return
    }
    actorNetwork.run(on: collector)
    for i in 0..<collector.count {
      let (mean, second) = (actorNetwork.row(i), actorNetwork.secondRow(i))
      for j in 0..<size {
        let shift =
          c.stateDependentExploration
          ? stateShift(i, j, second) : exp(second[j]) * Float(loop.actionGenerator.normal())
        collector.chosen[i * size + j] = tanh(mean[j] + shift)
      }
    }
  }

  /// The environment's noise matrix times its features, for one action.
  private func stateShift(_ environment: Int, _ action: Int, _ features: UnsafePointer<Float>)
    -> Float
  {
    guard let parameter = networks.stateDeviation else { return 0 }
    let (size, width) = (networks.actionDimension, networks.features)
    var sum: Float = 0
    actor.weights.withNumbers(parameter) { deviations, stride in
      for k in 0..<width {
        sum +=
          features[k] * exp(deviations[k * stride + action])
          * stateNoise[(environment * width + k) * size + action]
      }
    }
    return sum
  }

  // MARK: Update

  /// Draws a batch and noise, and learns from them: what training does after steps, for measurements. There must
  /// have been a step.
  public func update() {
    loop.drawBatch()
    loop.drawNormals(into: &nextNoise)
    // Noise that depends on the state is one matrix for the whole batch, and for both losses.
    if configuration.stateDependentExploration {
      for i in noise.indices { noise[i] = nextNoise[i] }
    } else {
      loop.drawNormals(into: &noise)
    }
    learn()
  }

  /// Takes one step of the critics' optimizer, and of the policy's if it is due (Haarnoja et al. 2018, algorithm 1).
  private func learn() {
    let (c, team) = (configuration, loop.team)
    loop.updates += 1
    let learningRate = c.learningRate.value(at: loop.progress)
    team.choosing {
      criticLoss.run(loop, c, alpha: alpha, nextNoise: nextNoise)
      critics.optimizer.step(on: team, learningRate: Float(learningRate))
      if c.targetCritics && loop.updates % c.targetUpdateInterval == 0 {
        targetCritics.average(towards: critics.weights, tau: Float(c.tau), on: team)
      }
    }
    loop.means.loss.add(criticLoss.mean)
    loop.means.value.add(criticLoss.meanValue)
    if loop.updates % c.policyDelay == 0 { improvePolicy(learningRate) }
  }

  /// Takes one step of the policy's optimizer, and of that of the entropy coefficient if it is learned.
  private func improvePolicy(_ learningRate: Double) {
    let (c, team) = (configuration, loop.policyTeam)
    team.choosing {
      actorLoss.run(loop, c, alpha: alpha, noise: noise)
      actor.optimizer.step(on: team, learningRate: Float(learningRate))
    }
    loop.means.actorLoss.add(actorLoss.mean)
    if case .automatic = c.entropyCoefficient {
      // The gradient of -log α (log π + target entropy) (section 5).
      logAlpha.step(
        gradient: -(actorLoss.meanLogProbability + targetEntropy), learningRate: learningRate,
        epsilon: c.adamEpsilon)
    }
  }

  /// Draws a batch without learning from it, for measurements.
  public func drawBatch() { loop.drawBatch() }

  /// Learns from one given batch and noise, without the replay buffer: for comparisons with other
  /// implementations.
  ///
  /// - Parameters:
  ///   - noise: Standard normal numbers at the present observations, `[batch, actions]`.
  ///   - nextNoise: The same at the next observations.
  /// - Returns: The losses of the critics and of the policy, and the entropy coefficient that they used.
  package func learn(from batch: GivenBatch, noise: [Float], nextNoise: [Float]) -> (
    critic: Double, actor: Double, alpha: Double
  ) {
    (self.noise, self.nextNoise) = (noise, nextNoise)
    let alpha = alpha
    loop.means = OffPolicyLoop.Means()
    loop.given = batch
    learn()
    loop.given = nil
    return (loop.means.loss.sum, loop.means.actorLoss.sum, alpha)
  }

  var measurements: [(name: String, value: Double)] {
    [
      ("critic_loss", loop.means.loss.value), ("actor_loss", loop.means.actorLoss.value),
      ("ent_coef", alpha), ("mean_value", loop.means.value.value),
    ]
  }

  // MARK: Policy and state

  /// What the agent would do now; further training does not change it.
  public var policy: any Policy {
    Self.policy(loop.collector.spec, networks, actor.weights, loop.collector.encoder)
  }

  /// The lowest value that the critics give to observations and actions, as rows of numbers as environments
  /// write and take them.
  public func values(of observations: [Float], actions: [Float]) -> [Float] {
    networks.critics.lowestValues(critics.weights, of: observations, actions, loop.collector)
  }

  var trained: [TrainedNetwork] { [actor, critics] }
  var targets: [(name: String, weights: Parameters)] {
    configuration.targetCritics ? [("critic_target", targetCritics)] : []
  }

  func visitOwn(_ state: inout StateVisitor) throws(StateError) {
    try state.part("optimizer/log_ent_coef", &logAlpha)
    if !stateNoise.isEmpty { try state.array("state_noise", &stateNoise) }
  }
}
