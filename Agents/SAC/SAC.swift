internal import Glibc
public import RLCore
internal import RLSupport
internal import RLTensor

/// Soft actor-critic with twin critics and a learned entropy coefficient (Haarnoja et al. 2018, "Soft
/// Actor-Critic Algorithms and Applications"), with the options of Stable-Baselines3's implementation.
///
/// The loop alternates between `trainFrequency` steps or episodes and a round of updates. In an
/// update two threads take half of the batch each; that changes no bit of the result.
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
  private let actor: HalvedParameters
  private let critics: HalvedParameters
  private let targetCritics: Parameters
  /// The logarithm of the entropy coefficient α.
  private var logAlpha: ScalarAdam
  private let targetEntropy: Double
  /// The losses of the batch's halves.
  private let losses: [SACLoss]
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
    let actor = HalvedParameters(
      networks.layout, name: "actor", adamEpsilon: c.adamEpsilon, using: &generator)
    let critics = HalvedParameters(
      networks.critics.layout, name: "critic", adamEpsilon: c.adamEpsilon, using: &generator)
    let targetCritics = Parameters(copying: critics.whole)
    (self.actor, self.critics, self.targetCritics) = (actor, critics, targetCritics)
    logAlpha = ScalarAdam(log(max(c.entropyCoefficient.start, 1e-300)))
    targetEntropy = c.targetEntropy ?? -Double(networks.actionDimension)
    losses = try loop.halves.rows.indices.map {
      try SACLoss(
        c, networks, actor: actor.parts[$0], critics: critics.parts[$0],
        targetCritics: targetCritics, half: $0, of: loop)
    }
    actorNetwork = loop.forward(actor.whole) { networks.exploration($0) }
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
      for i in stateNoise.indices { stateNoise[i] = Float(loop.actionGenerator.normal()) }
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
    actor.whole.withNumbers(parameter) { deviations, stride in
      for k in 0..<width {
        sum +=
          features[k] * exp(deviations[k * stride + action])
          * stateNoise[(environment * width + k) * size + action]
      }
    }
    return sum
  }

  // MARK: Update

  /// Draws a batch and noise, and learns from them.
  func update() {
    loop.drawBatch()
    if configuration.stateDependentExploration {
      // One matrix for the whole batch, and for both losses.
      let noise = losses[0].nextNoise
      noise.fillNormal(using: &loop.replayGenerator)
      losses[1].nextNoise.copy(from: noise)
      for loss in losses { loss.actorNoise.copy(from: noise) }
    } else {
      for loss in losses {
        loss.nextNoise.fillNormal(using: &loop.replayGenerator)
        loss.actorNoise.fillNormal(using: &loop.replayGenerator)
      }
    }
    learn(fillsBatch: true)
  }

  /// Takes one step of all optimizers on the batch whose slots, or numbers, and noise are set.
  private func learn(fillsBatch: Bool) {
    let (c, halves) = (configuration, loop.halves)
    loop.updates += 1
    let learningRate = c.learningRate.value(at: loop.progress)
    let alpha = Float(alpha)
    let updatesActor = loop.updates % c.policyDelay == 0
    let updatesTarget = loop.updates % c.targetUpdateInterval == 0
    critics.advance()
    if updatesActor { actor.advance() }
    halves.update(work: updatesActor ? 545 : 307) {
      halves.each { half in
        let loss = losses[half]
        if fillsBatch { loss.views.fill(from: loop, c) }
        loss.criticAlpha.value = alpha
        loss.criticProgram.run()
      }
      halves.each { half in
        critics.addGradients(half: half)
        critics.step(half: half, learningRate: Float(learningRate))
        if updatesTarget { critics.moveTarget(targetCritics, half: half, tau: Float(c.tau)) }
      }
      guard updatesActor else { return }
      halves.each { half in
        let loss = losses[half]
        loss.actorObservations.copy(from: loss.views.observations)
        loss.actorAlpha.value = alpha
        loss.actorProgram.run()
      }
      halves.each { half in
        actor.addGradients(half: half)
        actor.step(half: half, learningRate: Float(learningRate))
      }
    }
    loop.means.loss.add(losses) { $0.criticLoss }
    loop.means.value.add(losses) { $0.meanValue }
    guard updatesActor else { return }
    loop.means.actorLoss.add(losses) { $0.actorLoss }
    if case .automatic = c.entropyCoefficient {
      // The gradient of -log α (log π + target entropy) (section 5).
      let density = losses.reduce(0) { $0 + Double($1.logProbability.value) }
      logAlpha.step(
        gradient: -(density + targetEntropy), learningRate: learningRate, epsilon: c.adamEpsilon)
    }
  }

  /// Draws a batch and fills it in, without learning from it, for measurements.
  public func drawBatch() {
    loop.drawBatch()
    for loss in losses { loss.views.fill(from: loop, configuration) }
  }

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
    for loss in losses {
      loss.views.fill(from: batch, discount: Float(configuration.discount))
      loss.actorNoise.assign(loss.views.part(of: noise, batch))
      loss.nextNoise.assign(loss.views.part(of: nextNoise, batch))
    }
    let alpha = alpha
    loop.means = OffPolicyLoop.Means()
    learn(fillsBatch: false)
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
    Self.policy(loop.collector.spec, networks, actor.whole, loop.collector.encoder)
  }

  /// The lowest value that the critics give to observations and actions, as rows of numbers as environments
  /// write and take them.
  public func values(of observations: [Float], actions: [Float]) -> [Float] {
    networks.critics.lowestValues(critics.whole, of: observations, actions, loop.collector)
  }

  var trained: [HalvedParameters] { [actor, critics] }
  var targets: [(name: String, weights: Parameters)] { [("critic_target", targetCritics)] }

  func visitOwn(_ state: inout StateVisitor) throws(StateError) {
    try state.part("optimizer/log_ent_coef", &logAlpha)
    if !stateNoise.isEmpty { try state.array("state_noise", &stateNoise) }
  }
}
