public import RLCore
internal import RLRollouts
internal import RLTensor

/// Twin delayed deep deterministic policy gradient (Fujimoto et al. 2018, algorithm 1), with the options of
/// Stable-Baselines3's implementation; DDPG is a configuration of it.
///
/// The loop alternates between `trainFrequency` steps of each environment and a round of updates. In an
/// update two threads take half of the batch each; that changes no bit of the result.
public final class TD3: Agent {
  /// The word on the command line.
  public static let name = "td3"
  /// One line on the agent.
  public static let summary =
    "Twin delayed DDPG (Fujimoto et al. 2018): off-policy, continuous actions, a deterministic policy"

  /// The hyperparameters in force.
  public let configuration: TD3Configuration
  /// Environment steps taken so far, over all sub-environments.
  public private(set) var stepsDone = 0
  private let stepsTotal: Int
  private var iterations = 0
  private var updates = 0

  private let spec: EnvironmentSpec
  private let networks: TD3Networks
  private let actor: Parameters
  private let critics: Parameters
  private let targetActor: Parameters
  private let targetCritics: Parameters
  private let actorOptimizer: Optimizer
  private let criticOptimizer: Optimizer
  /// The losses of the batch's parts, and the blocks where their gradients lie.
  private let losses: [TD3Losses]
  private let actorParts: [Parameters]
  private let criticParts: [Parameters]
  private let split: SplitBatch
  private let collector: ReplayCollector
  private let player: ForwardProgram
  private var actionGenerator: SeededGenerator
  private var replayGenerator: SeededGenerator
  private let slots: UnsafeMutableBufferPointer<Int>
  private let last: UnsafeMutablePointer<Int>
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
    if spec.masksActions { return "action masks need a discrete action space" }
    guard case .box(_, let low, let high) = spec.actionSpace else {
      return "it needs a continuous action space, not \(spec.actionSpace)"
    }
    return (low + high).allSatisfy(\.isFinite)
      ? nil : "it needs bounds for every action, not \(spec.actionSpace)"
  }

  /// An agent at the start of its training.
  public init(
    _ configuration: TD3Configuration, environments: any VectorEnvironment, seed: UInt64,
    steps: Int, threads: Int
  ) throws {
    try configuration.validate()
    spec = environments.spec
    if let obstacle = Self.obstacle(in: spec) {
      throw AgentError.unsuitable(agent: Self.name, environment: spec.id, reason: obstacle)
    }
    let c = configuration
    try ReplayCollector.requireMemory(c.bufferSize, for: spec)
    self.configuration = c
    stepsTotal = steps
    // Environments have the seeds from `seed` on; the agent's streams are children of its sequence.
    let sequence = SeedSequence(seed, spawnKey: [0x54_4433])
    var weightGenerator = SeededGenerator(sequence.child(0))
    actionGenerator = SeededGenerator(sequence.child(1))
    replayGenerator = SeededGenerator(sequence.child(2))
    networks = TD3Networks(c, spec: spec)
    actor = Parameters(networks.layout, using: &weightGenerator)
    critics = Parameters(networks.critics.layout, using: &weightGenerator)
    targetActor = Parameters(copying: actor)
    targetCritics = Parameters(copying: critics)
    actorOptimizer = Optimizer(.adam(epsilon: Float(c.adamEpsilon)), for: actor)
    criticOptimizer = Optimizer(.adam(epsilon: Float(c.adamEpsilon)), for: critics)

    collector = ReplayCollector(
      environments: environments, capacity: c.bufferSize,
      normalizesObservations: c.normalizeObservations, isPrioritized: false)
    split = SplitBatch(batchSize: c.batchSize, threads: threads)
    actorParts = [actor, Parameters(sharing: actor)]
    criticParts = [critics, Parameters(sharing: critics)]
    var losses: [TD3Losses] = []
    for (part, rows) in split.rows.enumerated() {
      losses.append(
        try TD3Losses(
          c, networks, actor: actorParts[part], critics: criticParts[part],
          targets: (targetActor, targetCritics), rows: rows, collector: collector,
          batchSize: c.batchSize))
    }
    self.losses = losses
    player = ForwardProgram(
      rows: environments.count, inputs: networks.inputs, parameters: actor
    ) { [networks] in [networks.actions($0)] }
    slots = .allocate(capacity: c.batchSize)
    slots.initialize(repeating: 0)
    last = .allocate(capacity: c.batchSize)
    last.initialize(repeating: 0, count: c.batchSize)
    noise = Array(repeating: 0, count: environments.count * networks.size)
    collector.reset(seed: seed)
  }

  deinit {
    slots.deallocate()
    last.deallocate()
  }

  /// Trains until the budget is used up or `observe` says stop. The budget is rounded up to whole rounds.
  public func train(observe: (TrainingReport) throws -> TrainingDirective) throws {
    let c = configuration
    while stepsDone < stepsTotal {
      sums = Sums()
      for _ in 0..<c.roundsPerReport where stepsDone < stepsTotal {
        let before = stepsDone
        for _ in 0..<c.trainFrequency { step() }
        if stepsDone > c.learningStarts {
          for _ in 0..<c.updates(after: stepsDone - before) { update() }
        }
      }
      iterations += 1
      try check()
      let report = TrainingReport(
        stepsDone: stepsDone, stepsTotal: stepsTotal, iterations: iterations,
        episodes: collector.takeEpisodes(), metrics: metrics())
      if case .stop = try observe(report) { return }
    }
  }

  /// Share of the budget that is used up.
  private var progress: Double { min(1, Double(stepsDone) / Double(max(1, stepsTotal))) }

  // MARK: Acting

  /// Takes one step in every environment with the policy's action and noise.
  private func step() {
    let c = configuration
    let (count, size) = (collector.count, networks.size)
    if stepsDone < c.learningStarts {
      for i in 0..<count { collector.chooseRandomly(i, using: &actionGenerator) }
    } else {
      player.input.pointer.update(from: collector.inputs, count: count * collector.encoder.stride)
      player.run()
      for i in 0..<count {
        (collector.chosen + i * size).update(
          from: player.output.pointer + i * player.output.stride, count: size)
      }
    }
    let deviation = c.explorationNoise.value(at: progress)
    if deviation > 0 {
      for i in 0..<count * size {
        let draw = deviation * actionGenerator.normal()
        switch c.noiseProcess {
        case .gaussian: noise[i] = draw
        case .ornsteinUhlenbeck: noise[i] += -0.15 * 0.01 * noise[i] + 0.1 * draw
        }
        collector.chosen[i] = min(max(collector.chosen[i] + Float(noise[i]), -1), 1)
      }
    }
    collector.step(stepsDone: stepsDone)
    stepsDone += count
    for i in 0..<count where collector.hasEnded(i) {
      for j in 0..<size { noise[i * size + j] = 0 }
    }
  }

  // MARK: Update

  /// Learns from one batch.
  private func update() {
    collector.buffer.draw(slots, using: &replayGenerator)
    if configuration.targetNoise > 0 {
      for loss in losses { loss.targetNoise.fillNormal(using: &replayGenerator) }
    }
    learn(fillsBatch: true)
  }

  /// Takes one step of the optimizers on the batch whose slots, or numbers, and noise are set.
  private func learn(fillsBatch: Bool) {
    let c = configuration
    updates += 1
    let learningRate = Float(c.learningRate.value(at: progress))
    let updatesActor = updates % c.policyDelay == 0
    let (criticHalves, actorHalves) = (critics.halves, actor.halves)
    let first = slots.baseAddress.unsafelyUnwrapped
    criticOptimizer.advance()
    if updatesActor { actorOptimizer.advance() }
    split.run(phases: updatesActor ? 4 : 2, work: updatesActor ? 475 : 307) { phase, part in
      let loss = losses[part]
      switch phase {
      case 0:
        // Half of the batch.
        if fillsBatch {
          loss.views.fill(
            from: collector, slots: first, last: last, steps: c.returnSteps,
            discount: Float(c.discount))
        }
        loss.criticProgram.run()
      case 1:
        // Half of the critics' weights.
        let half = criticHalves[part]
        critics.addGradients(of: criticParts[1], half)
        criticOptimizer.step(half, learningRate: learningRate)
        if updatesActor { targetCritics.average(towards: critics, tau: Float(c.tau), half) }
      case 2:
        loss.shareObservations()
        loss.actorProgram.run()
      default:
        let half = actorHalves[part]
        actor.addGradients(of: actorParts[1], half)
        actorOptimizer.step(half, learningRate: learningRate)
        targetActor.average(towards: actor, tau: Float(c.tau), half)
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
    if let problem = collector.problem() {
      throw AgentError.notFinite(what: problem, step: stepsDone)
    }
    if !(sums.critic + sums.actor).isFinite
      || !actor.areFinite || !critics.areFinite
    {
      throw AgentError.notFinite(what: "a loss or a weight", step: stepsDone)
    }
  }

  private func metrics() -> [(name: String, value: Double)] {
    let n = sums.updates > 0 ? Double(sums.updates) : .nan
    let m = sums.actorUpdates > 0 ? Double(sums.actorUpdates) : .nan
    return [
      ("learning_rate", configuration.learningRate.value(at: progress)),
      ("critic_loss", sums.critic / n), ("actor_loss", sums.actor / m),
      ("mean_value", sums.value / n), ("n_updates", Double(updates)),
    ]
  }

  // MARK: Policy and state

  /// The lowest value that the critics give to observations and actions, as rows of numbers as environments
  /// write and take them.
  public func values(of observations: [Float], actions: [Float]) -> [Float] {
    collector.criticValues(networks.critics, critics, observations, actions)
  }

  /// What the agent would do now; further training does not change it.
  public var policy: any Policy { Self.policy(spec, networks, actor, collector.encoder) }

  /// Writes what acting needs, and the critics.
  public func savePolicy(to archive: inout StateArchive) {
    actor.save(to: &archive, prefix: "policy/actor.")
    critics.save(to: &archive, prefix: "policy/critic.")
    targetActor.save(to: &archive, prefix: "policy/actor_target.")
    targetCritics.save(to: &archive, prefix: "policy/critic_target.")
    collector.encoder.statistics?.save(to: &archive, prefix: "policy/observations.")
  }

  /// Writes everything that exact resume needs.
  public func save(to archive: inout StateArchive) {
    savePolicy(to: &archive)
    actorOptimizer.save(to: &archive, prefix: "optimizer/actor.")
    criticOptimizer.save(to: &archive, prefix: "optimizer/critic.")
    archive.set("counters", .int([stepsDone, iterations, updates].map(Int64.init)))
    archive.set("generators", .uint(actionGenerator.words + replayGenerator.words))
    archive.set("noise", .double(noise))
    collector.save(to: &archive)
  }

  /// Goes on from a saved state; the agent must have the same configuration and environments.
  public func restore(from archive: StateArchive) throws(StateError) {
    let counters = try archive.ints("counters", count: 3)
    guard counters.allSatisfy({ $0 >= 0 }) else { throw .invalid("counters", "one is negative") }
    let generators = try archive.generators("generators", offset: 0, count: 2)
    let savedNoise = try archive.doubles("noise", count: noise.count)
    try actor.restore(from: archive, prefix: "policy/actor.")
    try critics.restore(from: archive, prefix: "policy/critic.")
    try targetActor.restore(from: archive, prefix: "policy/actor_target.")
    try targetCritics.restore(from: archive, prefix: "policy/critic_target.")
    try actorOptimizer.restore(from: archive, prefix: "optimizer/actor.")
    try criticOptimizer.restore(from: archive, prefix: "optimizer/critic.")
    try collector.restore(from: archive)
    noise = collector.startsAnew ? noise.map { _ in 0 } : savedNoise
    (actionGenerator, replayGenerator) = (generators[0], generators[1])
    (stepsDone, iterations, updates) = (Int(counters[0]), Int(counters[1]), Int(counters[2]))
  }
}
