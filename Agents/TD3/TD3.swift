public import RLCore
public import RLDatasets
public import RLSupport
internal import RLTensor

/// Twin delayed deep deterministic policy gradient (Fujimoto et al. 2018, algorithm 1), with the options of
/// Stable-Baselines3's implementation; DDPG is a configuration of it.
///
/// The loop alternates between `trainFrequency` steps or episodes and a round of updates. In an
/// update two threads take half of the batch each; that changes no bit of the result.
public final class TD3: ReplayLearner {
  /// The word on the command line.
  public static let name = "td3"
  /// One line on the agent.
  public static let summary =
    "Twin delayed DDPG (Fujimoto et al. 2018): off-policy, continuous actions, a deterministic policy"

  /// The hyperparameters in force.
  public let configuration: TD3Settings
  /// Environment steps taken so far, over all sub-environments.
  public var stepsDone: Int { state.stepsDone }
  private var state: OffPolicyState

  private let spec: EnvironmentSpec
  private let networks: TD3Networks
  private let actor: SplitParameters
  private let critics: SplitParameters
  private let targetActor: Parameters
  private let targetCritics: Parameters
  /// The losses of the batch's parts.
  private let losses: [TD3Losses]
  private let split: SplitBatch
  private let collector: ReplayCollector
  private let player: ForwardProgram
  /// The present noise `[environments, actions]` of a process that remembers.
  private var noise: [Double]
  private var sums = Sums()

  private struct Sums {
    var critic = 0.0
    var actor = 0.0
    var value = 0.0
    var updates = 0
    var actorUpdates = 0
  }

  /// TD3 chooses real numbers between bounds.
  public static func obstacle(in spec: EnvironmentSpec) -> String? {
    continuousObstacle(in: spec)
  }

  /// An agent at the start of its training.
  public init(
    _ configuration: TD3Settings, environments: any VectorEnvironment, seed: UInt64,
    steps: Int, threads: Int
  ) throws {
    try configuration.validate()
    spec = environments.spec
    try Self.requireSuitable(spec)
    let c = configuration
    try ReplayCollector.requireMemory(c.bufferSize, for: spec)
    self.configuration = c
    // Environments have the seeds from `seed` on; the agent's streams are children of its sequence.
    let sequence = SeedSequence(seed, spawnKey: [0x54_4433])
    var weightGenerator = SeededGenerator(sequence.child(0))
    state = OffPolicyState(sequence, stepsTotal: steps)
    networks = TD3Networks(c, spec: spec)
    actor = SplitParameters(networks.layout, adamEpsilon: c.adamEpsilon, using: &weightGenerator)
    critics = SplitParameters(
      networks.critics.layout, adamEpsilon: c.adamEpsilon, using: &weightGenerator)
    targetActor = Parameters(copying: actor.whole)
    targetCritics = Parameters(copying: critics.whole)

    collector = ReplayCollector(
      environments: environments, capacity: c.bufferSize,
      normalizesObservations: c.normalizeObservations, isPrioritized: false)
    split = SplitBatch(batchSize: c.batchSize, threads: threads)
    var losses: [TD3Losses] = []
    for (part, rows) in split.rows.enumerated() {
      losses.append(
        try TD3Losses(
          c, networks, actor: actor.parts[part], critics: critics.parts[part],
          targets: (targetActor, targetCritics), rows: rows, collector: collector,
          batchSize: c.batchSize))
    }
    self.losses = losses
    player = ForwardProgram(
      rows: environments.count, inputs: networks.inputs, parameters: actor.whole
    ) { [networks] in [networks.actions($0)] }
    noise = Array(repeating: 0, count: environments.count * networks.size)
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

  // MARK: Acting

  /// Takes one step in every environment with the policy's action and noise.
  private func step() {
    let c = configuration
    let (count, size) = (collector.count, networks.size)
    if state.stepsDone < c.learningStarts {
      for i in 0..<count { collector.chooseRandomly(i, using: &state.actionGenerator) }
    } else {
      player.input.pointer.update(from: collector.inputs, count: count * collector.encoder.stride)
      player.run()
      for i in 0..<count {
        (collector.chosen + i * size).update(
          from: player.output.pointer + i * player.output.stride, count: size)
      }
    }
    let deviation = c.explorationNoise.value(at: state.progress)
    if deviation > 0 {
      for i in 0..<count * size {
        let draw = deviation * state.actionGenerator.normal()
        switch c.noiseProcess {
        case .gaussian: noise[i] = draw
        case .ornsteinUhlenbeck: noise[i] += -0.15 * 0.01 * noise[i] + 0.1 * draw
        }
        collector.chosen[i] = min(max(collector.chosen[i] + Float(noise[i]), -1), 1)
      }
    }
    collector.step(stepsDone: state.stepsDone)
    state.stepsDone += count
    for i in 0..<count where collector.hasEnded(i) {
      for j in 0..<size { noise[i * size + j] = 0 }
    }
  }

  // MARK: Update

  /// Learns from one batch.
  private func update() {
    collector.buffer.draw(split.slots, using: &state.replayGenerator)
    if configuration.targetNoise > 0 {
      for loss in losses { loss.targetNoise.fillNormal(using: &state.replayGenerator) }
    }
    learn(fillsBatch: true)
  }

  /// Takes one step of the optimizers on the batch whose slots, or numbers, and noise are set.
  private func learn(fillsBatch: Bool) {
    let c = configuration
    state.updates += 1
    let learningRate = Float(c.learningRate.value(at: state.progress))
    let updatesActor = state.updates % c.policyDelay == 0
    critics.advance()
    if updatesActor { actor.advance() }
    split.run(phases: updatesActor ? 4 : 2, work: updatesActor ? 475 : 307) { phase, part in
      let loss = losses[part]
      switch phase {
      case 0:
        // Half of the batch.
        if fillsBatch { loss.views.fill(from: collector, split, c) }
        loss.criticProgram.run()
      case 1:
        // Half of the critics' weights.
        critics.addGradients(half: part)
        critics.step(half: part, learningRate: learningRate)
        if updatesActor { critics.moveTarget(targetCritics, half: part, tau: Float(c.tau)) }
      case 2:
        loss.shareObservations()
        loss.actorProgram.run()
      default:
        actor.addGradients(half: part)
        actor.step(half: part, learningRate: learningRate)
        actor.moveTarget(targetActor, half: part, tau: Float(c.tau))
      }
    }
    for loss in losses {
      sums.critic += Double(loss.criticLoss.value)
      sums.value += Double(loss.meanValue.value)
    }
    sums.updates += 1
    guard updatesActor else { return }
    sums.actorUpdates += 1
    for loss in losses { sums.actor += Double(loss.actorLoss.value) }
  }

  /// Learns from one given batch and noise, without the replay buffer: for comparisons with other
  /// implementations.
  ///
  /// - Parameter targetNoise: Standard normal numbers at the next observations, `[batch, actions]`.
  /// - Returns: The losses of the critics and of the policy, the latter 0 if it was not updated.
  package func learn(from batch: GivenBatch, targetNoise: [Float]) -> (
    critic: Double, actor: Double
  ) {
    let size = networks.size
    for loss in losses {
      loss.views.fill(from: batch, discount: Float(configuration.discount))
      let range = loss.views.rows.lowerBound * size..<loss.views.rows.upperBound * size
      loss.targetNoise.assign(Array(targetNoise[range]))
    }
    sums = Sums()
    learn(fillsBatch: false)
    return (sums.critic, sums.actor)
  }

  private func check() throws {
    try collector.check(stepsDone: stepsDone)
    if !(sums.critic + sums.actor).isFinite
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
      ("mean_value", sums.value / n), ("n_updates", Double(state.updates)),
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
    targetActor.save(to: &archive, prefix: "policy/actor_target.")
    targetCritics.save(to: &archive, prefix: "policy/critic_target.")
    collector.encoder.statistics?.save(to: &archive, prefix: "policy/observations.")
  }

  /// Writes everything that exact resume needs.
  public func save(to archive: inout StateArchive) {
    savePolicy(to: &archive)
    actor.saveOptimizer(to: &archive, prefix: "optimizer/actor.")
    critics.saveOptimizer(to: &archive, prefix: "optimizer/critic.")
    state.save(to: &archive)
    archive.set("noise", .double(noise))
    collector.save(to: &archive)
  }

  /// Goes on from a saved state; the agent must have the same configuration and environments.
  public func restore(from archive: StateArchive) throws(StateError) {
    let savedNoise = try archive.doubles("noise", count: noise.count)
    try actor.restore(from: archive, prefix: "policy/actor.", optimizer: "optimizer/actor.")
    try critics.restore(from: archive, prefix: "policy/critic.", optimizer: "optimizer/critic.")
    try targetActor.restore(from: archive, prefix: "policy/actor_target.")
    try targetCritics.restore(from: archive, prefix: "policy/critic_target.")
    try collector.restore(from: archive)
    try state.restore(from: archive)
    noise = collector.startsAnew ? noise.map { _ in 0 } : savedNoise
  }
}
