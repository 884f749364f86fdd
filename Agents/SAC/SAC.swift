internal import Glibc
public import RLCore
public import RLDatasets
public import RLSupport
internal import RLTensor

/// Soft actor-critic with twin critics and a learned entropy coefficient (Haarnoja et al. 2018, "Soft
/// Actor-Critic Algorithms and Applications"), with the options of Stable-Baselines3's implementation.
///
/// The loop alternates between `trainFrequency` steps or episodes and a round of updates. In an
/// update two threads take half of the batch each; that changes no bit of the result.
public final class SAC: ReplayLearner {
  /// The word on the command line.
  public static let name = "sac"
  /// One line on the agent.
  public static let summary =
    "Soft actor-critic (Haarnoja et al. 2018): off-policy, continuous actions"

  /// The hyperparameters in force.
  public let configuration: SACConfiguration
  /// Environment steps taken so far, over all sub-environments.
  public var stepsDone: Int { state.stepsDone }
  private var state: OffPolicyState

  private let spec: EnvironmentSpec
  private let networks: SACNetworks
  private let actor: SplitParameters
  private let critics: SplitParameters
  private let target: Parameters
  private var logAlpha: ScalarAdam
  private let targetEntropy: Double
  /// The losses of the batch's parts.
  private let losses: [SACLosses]
  private let split: SplitBatch
  private let collector: ReplayCollector
  private let player: ForwardProgram
  /// Noise matrices `[environments, features, actions]` of state-dependent exploration.
  private var stateNoise: [Float]
  private var noiseAge = 0
  private var sums = Sums()

  private struct Sums {
    var critic = 0.0
    var actor = 0.0
    var alpha = 0.0
    var value = 0.0
    var updates = 0
    var actorUpdates = 0
  }

  /// SAC chooses real numbers between bounds.
  public static func obstacle(in spec: EnvironmentSpec) -> String? {
    continuousObstacle(in: spec)
  }

  /// An agent at the start of its training.
  public init(
    _ configuration: SACConfiguration, environments: any VectorEnvironment, seed: UInt64,
    steps: Int, threads: Int
  ) throws {
    try configuration.validate()
    spec = environments.spec
    try Self.requireSuitable(spec)
    let c = configuration
    try ReplayCollector.requireMemory(c.bufferSize, for: spec)
    self.configuration = c
    // Environments have the seeds from `seed` on; the agent's streams are children of its sequence.
    let sequence = SeedSequence(seed, spawnKey: [0x53_4143])
    var weightGenerator = SeededGenerator(sequence.child(0))
    state = OffPolicyState(sequence, stepsTotal: steps)
    networks = SACNetworks(c, spec: spec)
    actor = SplitParameters(networks.layout, adamEpsilon: c.adamEpsilon, using: &weightGenerator)
    critics = SplitParameters(
      networks.critics.layout, adamEpsilon: c.adamEpsilon, using: &weightGenerator)
    target = Parameters(copying: critics.whole)
    logAlpha = ScalarAdam(log(max(c.entropyCoefficient.start, 1e-300)))
    targetEntropy = c.targetEntropy ?? -Double(networks.size)

    collector = ReplayCollector(
      environments: environments, capacity: c.bufferSize,
      normalizesObservations: c.normalizeObservations, isPrioritized: false)
    split = SplitBatch(batchSize: c.batchSize, threads: threads)
    var losses: [SACLosses] = []
    for (part, rows) in split.rows.enumerated() {
      losses.append(
        try SACLosses(
          c, networks, actor: actor.parts[part], critics: critics.parts[part], target: target,
          rows: rows, collector: collector, batchSize: c.batchSize))
    }
    self.losses = losses
    player = ForwardProgram(
      rows: environments.count, inputs: networks.inputs, parameters: actor.whole
    ) { [networks] in networks.outputs($0) }
    stateNoise = Array(
      repeating: 0,
      count: c.stateDependentExploration
        ? environments.count * networks.features * networks.size : 0)
    collector.reset(seed: seed)
  }

  /// Trains until the budget is used up or `observe` says stop. The budget is rounded up to whole rounds.
  public func train(observe: (TrainingReport) throws -> TrainingDirective) throws {
    let c = configuration
    while state.stepsDone < state.stepsTotal {
      sums = Sums()
      let due = state.reportDue
      repeat {
        let before = state.stepsDone
        noiseAge = 0
        collector.play(c, budget: state.stepsTotal - before) { step() }
        if state.stepsDone > c.learningStarts {
          for _ in 0..<c.updates(after: state.stepsDone - before) { update() }
        }
      } while state.stepsDone < due
      state.iterations += 1
      try check()
      let report = TrainingReport(
        stepsDone: state.stepsDone, stepsTotal: state.stepsTotal,
        iterations: state.iterations, episodes: collector.takeEpisodes(), metrics: metrics())
      if case .stop = try observe(report) { return }
    }
  }

  /// The weight of the entropy at present.
  private var alpha: Double {
    if case .fixed(let value) = configuration.entropyCoefficient { return value }
    return exp(logAlpha.value)
  }

  // MARK: Acting

  /// Takes one step in every environment with an action drawn from the policy.
  private func step() {
    let c = configuration
    let (count, size) = (collector.count, networks.size)
    if c.stateDependentExploration {
      if noiseAge == 0 || (c.explorationInterval > 0 && noiseAge % c.explorationInterval == 0) {
        for i in stateNoise.indices { stateNoise[i] = Float(state.actionGenerator.normal()) }
      }
      noiseAge += 1
    }
    if state.stepsDone < c.learningStarts {
      for i in 0..<count { collector.chooseRandomly(i, using: &state.actionGenerator) }
    } else {
      player.input.pointer.update(from: collector.inputs, count: count * collector.encoder.stride)
      player.run()
      for i in 0..<count {
        let mean = player.output.pointer + i * player.output.stride
        let second = player.second.pointer + i * player.second.stride
        for j in 0..<size {
          let shift =
            c.stateDependentExploration
            ? stateShift(i, j, second) : exp(second[j]) * Float(state.actionGenerator.normal())
          collector.chosen[i * size + j] = tanh(mean[j] + shift)
        }
      }
    }
    collector.step(stepsDone: state.stepsDone)
    state.stepsDone += count
  }

  /// The environment's noise matrix times its features, for one action.
  private func stateShift(_ environment: Int, _ action: Int, _ features: UnsafePointer<Float>)
    -> Float
  {
    guard let parameter = networks.stateDeviation else { return 0 }
    let (size, width) = (networks.size, networks.features)
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

  /// Learns from one batch.
  private func update() {
    let c = configuration
    collector.buffer.draw(split.slots, using: &state.replayGenerator)
    // The parts of state-dependent noise are the same matrix.
    for loss in losses {
      if c.stateDependentExploration && loss !== losses[0] {
        loss.nextNoise.copy(from: losses[0].nextNoise)
        loss.actorNoise.copy(from: losses[0].nextNoise)
      } else {
        loss.nextNoise.fillNormal(using: &state.replayGenerator)
        if c.stateDependentExploration {
          loss.actorNoise.copy(from: loss.nextNoise)
        } else {
          loss.actorNoise.fillNormal(using: &state.replayGenerator)
        }
      }
    }
    learn(fillsBatch: true)
  }

  /// Takes one step of all optimizers on the batch whose slots, or numbers, and noise are set.
  private func learn(fillsBatch: Bool) {
    let c = configuration
    state.updates += 1
    let learningRate = c.learningRate.value(at: state.progress)
    let alpha = Float(alpha)
    let updatesActor = state.updates % c.policyDelay == 0
    let updatesTarget = state.updates % c.targetUpdateInterval == 0
    critics.advance()
    if updatesActor { actor.advance() }
    split.run(phases: updatesActor ? 4 : 2, work: updatesActor ? 545 : 307) { phase, part in
      let loss = losses[part]
      switch phase {
      case 0:
        // Half of the batch.
        if fillsBatch { loss.views.fill(from: collector, split, c) }
        loss.criticAlpha.value = alpha
        loss.criticProgram.run()
      case 1:
        // Half of the critics' weights.
        critics.addGradients(half: part)
        critics.step(half: part, learningRate: Float(learningRate))
        if updatesTarget { critics.moveTarget(target, half: part, tau: Float(c.tau)) }
      case 2:
        loss.shareObservations()
        loss.actorAlpha.value = alpha
        loss.actorProgram.run()
      default:
        actor.addGradients(half: part)
        actor.step(half: part, learningRate: Float(learningRate))
      }
    }
    for loss in losses {
      sums.critic += Double(loss.criticLoss.value)
      sums.value += Double(loss.meanValue.value)
    }
    sums.alpha += Double(alpha)
    sums.updates += 1
    guard updatesActor else { return }
    sums.actorUpdates += 1
    for loss in losses { sums.actor += Double(loss.actorLoss.value) }
    if case .automatic = c.entropyCoefficient {
      // The gradient of -log α (log π + target entropy).
      let density = losses.reduce(0) { $0 + Double($1.logProbability.value) }
      logAlpha.step(
        gradient: -(density + targetEntropy), learningRate: learningRate, epsilon: c.adamEpsilon)
    }
  }

  /// Draws a batch and fills it in, without learning from it, for measurements.
  package func drawBatch() {
    collector.buffer.draw(split.slots, using: &state.replayGenerator)
    for loss in losses { loss.views.fill(from: collector, split, configuration) }
  }

  /// Learns from one given batch and noise, without the replay buffer: for comparisons with other
  /// implementations.
  ///
  /// - Parameters:
  ///   - noise: Standard normal numbers at the present observations, `[batch, actions]`.
  ///   - nextNoise: The same at the next observations.
  /// - Returns: The losses of the critics and of the policy, and the weight of the entropy that they used.
  package func learn(from batch: GivenBatch, noise: [Float], nextNoise: [Float]) -> (
    critic: Double, actor: Double, alpha: Double
  ) {
    let size = networks.size
    for loss in losses {
      loss.views.fill(from: batch, discount: Float(configuration.discount))
      let range = loss.views.rows.lowerBound * size..<loss.views.rows.upperBound * size
      loss.actorNoise.assign(Array(noise[range]))
      loss.nextNoise.assign(Array(nextNoise[range]))
    }
    sums = Sums()
    learn(fillsBatch: false)
    return (sums.critic, sums.actor, sums.alpha)
  }

  private func check() throws {
    try collector.check(stepsDone: stepsDone)
    if !(sums.critic + sums.actor + sums.alpha).isFinite
      || !actor.whole.areFinite || !critics.whole.areFinite
    {
      throw AgentError.notFinite(what: "a loss or a weight", step: stepsDone)
    }
  }

  private func metrics() -> [(name: String, value: Double)] {
    let n = sums.updates > 0 ? Double(sums.updates) : .nan
    let m = sums.actorUpdates > 0 ? Double(sums.actorUpdates) : .nan
    return [
      ("learning_rate", configuration.learningRate.value(at: state.progress)),
      ("critic_loss", sums.critic / n), ("actor_loss", sums.actor / m),
      ("ent_coef", alpha), ("mean_value", sums.value / n), ("n_updates", Double(state.updates)),
    ]
  }

  /// Fills the replay buffer with the transitions of a log.
  public func remember(_ log: RolloutLog) throws(RolloutLogError) -> Int {
    try collector.remember(log)
  }

  // MARK: Policy and state

  /// The lowest value that the critics give to observations and actions, as rows of numbers as environments
  /// write and take them.
  public func values(of observations: [Float], actions: [Float]) -> [Float] {
    collector.criticValues(networks.critics, critics.whole, observations, actions)
  }

  /// What the agent would do now; further training does not change it.
  public var policy: any Policy { Self.policy(spec, networks, actor.whole, collector.encoder) }

  /// Writes what acting needs, and the critics.
  public func savePolicy(to archive: inout StateArchive) {
    actor.whole.save(to: &archive, prefix: "policy/actor.")
    critics.whole.save(to: &archive, prefix: "policy/critic.")
    target.save(to: &archive, prefix: "policy/critic_target.")
    collector.encoder.statistics?.save(to: &archive, prefix: "policy/observations.")
  }

  /// Writes everything that exact resume needs.
  public func save(to archive: inout StateArchive) {
    savePolicy(to: &archive)
    actor.saveOptimizer(to: &archive, prefix: "optimizer/actor.")
    critics.saveOptimizer(to: &archive, prefix: "optimizer/critic.")
    logAlpha.save(to: &archive, "optimizer/log_ent_coef")
    state.save(to: &archive)
    if !stateNoise.isEmpty { archive.set("state_noise", .float(stateNoise)) }
    collector.save(to: &archive)
  }

  /// Goes on from a saved state; the agent must have the same configuration and environments.
  public func restore(from archive: StateArchive) throws(StateError) {
    if !stateNoise.isEmpty {
      stateNoise = try archive.floats("state_noise", count: stateNoise.count)
    }
    try actor.restore(from: archive, prefix: "policy/actor.", optimizer: "optimizer/actor.")
    try critics.restore(from: archive, prefix: "policy/critic.", optimizer: "optimizer/critic.")
    try target.restore(from: archive, prefix: "policy/critic_target.")
    try logAlpha.restore(from: archive, "optimizer/log_ent_coef")
    try collector.restore(from: archive)
    try state.restore(from: archive)
  }
}
