public import RLCore
public import RLDatasets
public import RLSupport
internal import RLTensor

/// Deep Q-learning (Mnih et al. 2015, algorithm 1), with the options of Stable-Baselines3's implementation,
/// and double, dueling and prioritized learning.
///
/// The loop alternates between `trainFrequency` steps or episodes and a round of updates. In an
/// update two threads take half of the batch each; that changes no bit of the result.
public final class DQN: ReplayLearner {
  /// The word on the command line.
  public static let name = "dqn"
  /// One line on the agent.
  public static let summary =
    "Deep Q-learning (Mnih et al. 2015): off-policy, discrete actions"

  /// The hyperparameters in force.
  public let configuration: DQNSettings
  /// Environment steps taken so far, over all sub-environments.
  public var stepsDone: Int { state.stepsDone }
  private var state: OffPolicyState

  private let spec: EnvironmentSpec
  private let networks: DQNNetworks
  private let network: SplitParameters
  private let target: Parameters
  /// The losses of the batch's parts.
  private let losses: [DQNLoss]
  private let split: SplitBatch
  private let collector: ReplayCollector
  private let actor: ForwardProgram
  private let weights: UnsafeMutablePointer<Float>
  private let errors: UnsafeMutablePointer<Float>
  private let norms: UnsafeMutablePointer<Float>
  private var sums = (loss: 0.0, value: 0.0, count: 0)

  /// DQN chooses one of several actions.
  public static func obstacle(in spec: EnvironmentSpec) -> String? {
    if case .discrete = spec.actionSpace { return nil }
    return "it needs a discrete action space, not \(spec.actionSpace)"
  }

  /// An agent at the start of its training.
  public init(
    _ configuration: DQNSettings, environments: any VectorEnvironment, seed: UInt64,
    steps: Int, threads: Int
  ) throws {
    try configuration.validate()
    spec = environments.spec
    try Self.requireSuitable(spec)
    let c = configuration
    try ReplayCollector.requireMemory(c.bufferSize, for: spec)
    self.configuration = c
    // Environments have the seeds from `seed` on; the agent's streams are children of its sequence.
    let sequence = SeedSequence(seed, spawnKey: [0x44_514e])
    var weightGenerator = SeededGenerator(sequence.child(0))
    state = OffPolicyState(sequence, stepsTotal: steps)
    networks = DQNNetworks(c, spec: spec)
    // The matrix that takes the means of quantiles has as many numbers.
    let (choices, limit) = (networks.choices, 1 << 26)
    try c.require(
      c.quantiles * choices < limit / choices, "quantiles",
      "must be fewer than \(limit / choices / choices) with \(choices) actions, not \(c.quantiles)")
    network = SplitParameters(
      networks.layout, adamEpsilon: c.adamEpsilon, using: &weightGenerator)
    target = Parameters(copying: network.whole)

    collector = ReplayCollector(
      environments: environments, capacity: c.bufferSize,
      normalizesObservations: c.normalizeObservations, isPrioritized: c.prioritizedReplay)
    split = SplitBatch(batchSize: c.batchSize, threads: threads)
    var losses: [DQNLoss] = []
    for (rows, part) in zip(split.rows, network.parts) {
      losses.append(
        try DQNLoss(
          c, networks, parameters: part, target: target, rows: rows, collector: collector,
          batchSize: c.batchSize))
    }
    self.losses = losses
    actor = ForwardProgram(
      rows: environments.count, inputs: networks.inputs, parameters: network.whole
    ) { [networks] in [networks.values($0)] }
    weights = .allocate(capacity: c.batchSize)
    weights.initialize(repeating: 1, count: c.batchSize)
    errors = .allocate(capacity: c.batchSize)
    errors.initialize(repeating: 0, count: c.batchSize)
    norms = .allocate(capacity: 2)
    norms.initialize(repeating: 0, count: 2)
    collector.reset(seed: seed)
  }

  deinit {
    weights.deallocate()
    errors.deallocate()
    norms.deallocate()
  }

  /// Trains until the budget is used up or `observe` says stop. The budget is rounded up to whole rounds.
  public func train(observe: (TrainingReport) throws -> TrainingDirective) throws {
    let c = configuration
    while state.stepsDone < state.stepsTotal {
      sums = (0, 0, 0)
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

  /// The share of random actions at present.
  private var exploration: Double {
    let c = configuration
    let share = c.explorationFraction > 0 ? min(1, state.progress / c.explorationFraction) : 1
    return c.explorationStart + (c.explorationEnd - c.explorationStart) * share
  }

  /// Takes one step in every environment, mostly the best one known.
  private func step() {
    let (count, choices) = (collector.count, networks.choices)
    let share = state.stepsDone < configuration.learningStarts ? 1 : exploration
    var needsValues = false
    for i in 0..<count {
      // One coin an environment; a random action needs no values.
      if state.actionGenerator.uniform() < share {
        collector.chooseRandomly(i, using: &state.actionGenerator)
      } else {
        collector.chosen[i] = -1
        needsValues = true
      }
    }
    if needsValues {
      actor.input.pointer.update(from: collector.inputs, count: count * collector.encoder.stride)
      actor.run()
      for i in 0..<count where collector.chosen[i] < 0 {
        let best = Self.best(
          actor.output.pointer + i * actor.output.stride, choices, collector.mask(of: i))
        collector.chosen[i] = Float(best)
      }
    }
    collector.step(stepsDone: state.stepsDone)
    state.stepsDone += count
    let calls = state.stepsDone / count
    if calls % max(1, configuration.targetUpdateInterval / count) == 0 {
      target.average(towards: network.whole, tau: Float(configuration.tau))
    }
  }

  /// The allowed action of the highest value.
  static func best(
    _ values: UnsafePointer<Float>, _ choices: Int, _ mask: UnsafePointer<Bool>?
  ) -> Int {
    var best = -1
    for i in 0..<choices where mask?[i] ?? true {
      if best < 0 || values[i] > values[best] { best = i }
    }
    return max(0, best)
  }

  // MARK: Update

  /// Learns from one batch.
  private func update() {
    let c = configuration
    if c.prioritizedReplay {
      collector.buffer.draw(
        split.slots, correction: c.priorityCorrection.value(at: state.progress), weights: weights,
        using: &state.replayGenerator)
    } else {
      collector.buffer.draw(split.slots, using: &state.replayGenerator)
    }
    learn(fillsBatch: true)
    if c.prioritizedReplay {
      collector.buffer.prioritize(split.slots, errors: errors, exponent: c.priorityExponent)
    }
  }

  /// Takes one step of the optimizer on the batch whose slots, or numbers, are set.
  private func learn(fillsBatch: Bool) {
    let c = configuration
    let learningRate = Float(c.learningRate.value(at: state.progress))
    let limit = Float(c.maxGradientNorm)
    network.advance()
    split.run(phases: 3) { phase, part in
      switch phase {
      case 0:
        // Half of the batch.
        let loss = losses[part]
        if fillsBatch { loss.views.fill(from: collector, split, c) }
        loss.weights?.pointer.update(
          from: weights + loss.views.rows.lowerBound, count: loss.views.rows.count)
        loss.program.run()
        (errors + loss.views.rows.lowerBound).update(
          from: loss.errors.pointer, count: loss.views.rows.count)
      case 1:
        // Half of the weights.
        norms[part] = network.addGradients(half: part)
      default:
        let scale = Parameters.clippingFactor(squaredNorm: norms[0] + norms[1], limit: limit)
        network.step(half: part, learningRate: learningRate, gradientScale: scale)
      }
    }
    state.updates += 1
    for loss in losses {
      sums.loss += Double(loss.loss.value)
      sums.value += Double(loss.meanValue.value)
    }
    sums.count += 1
  }

  /// Learns from one given batch, without the replay buffer: for comparisons with other implementations.
  ///
  /// - Returns: The loss.
  package func learn(from batch: GivenBatch) -> Double {
    for loss in losses { loss.views.fill(from: batch, discount: Float(configuration.discount)) }
    sums = (0, 0, 0)
    learn(fillsBatch: false)
    return sums.loss
  }

  private func check() throws {
    try collector.check(stepsDone: stepsDone)
    if !sums.loss.isFinite || !network.whole.areFinite {
      throw AgentError.notFinite(what: "the loss or a weight", step: stepsDone)
    }
  }

  private func metrics() -> [(name: String, value: Double)] {
    let n = sums.count > 0 ? Double(sums.count) : .nan
    return [
      ("learning_rate", configuration.learningRate.value(at: state.progress)),
      ("loss", sums.loss / n), ("mean_value", sums.value / n),
      ("exploration_rate", exploration), ("n_updates", Double(state.updates)),
    ]
  }

  /// Fills the replay buffer with the transitions of a log.
  public func remember(_ log: RolloutLog) throws(RolloutLogError) -> Int {
    try collector.remember(log)
  }

  // MARK: Policy and state

  /// The values of all actions for observations, given as rows of numbers as environments write them.
  ///
  /// - Returns: Rows `[count, choices]`.
  public func values(of observations: [Float]) -> [Float] {
    outputs(of: observations) { [networks] in networks.values($0) }
  }

  /// The quantiles of the returns of all actions, for observations given as rows of numbers as environments
  /// write them; the configuration must have `quantiles`.
  ///
  /// - Returns: Rows `[count, quantiles, choices]`.
  public func quantiles(of observations: [Float]) -> [Float] {
    precondition(configuration.quantiles > 0, "the agent has learned values, not quantiles")
    return outputs(of: observations) { [networks] in networks.returns($0) }
  }

  private func outputs(of observations: [Float], _ trace: (Variable) -> Variable) -> [Float] {
    let width = spec.observationSpace.rowWidth
    precondition(
      observations.count % width == 0,
      "\(spec.id): \(observations.count) numbers are no rows of \(width)")
    let count = observations.count / width
    if count == 0 { return [] }
    let program = ForwardProgram(
      rows: count, inputs: networks.inputs, parameters: network.whole
    ) { [trace($0)] }
    collector.encoder.encode(observations, count: count, into: program.input.pointer)
    program.run()
    return program.output.array
  }

  /// What the agent would do now; further training does not change it.
  public var policy: any Policy {
    Self.policy(
      spec, networks, network.whole, collector.encoder, exploration: configuration.explorationEnd)
  }

  /// Writes what acting needs, and the target network.
  public func savePolicy(to archive: inout StateArchive) {
    network.whole.save(to: &archive, prefix: "policy/q_net.")
    target.save(to: &archive, prefix: "policy/q_net_target.")
    collector.encoder.statistics?.save(to: &archive, prefix: "policy/observations.")
  }

  /// Writes everything that exact resume needs.
  public func save(to archive: inout StateArchive) {
    savePolicy(to: &archive)
    network.saveOptimizer(to: &archive, prefix: "optimizer/")
    state.save(to: &archive)
    collector.save(to: &archive)
  }

  /// Goes on from a saved state; the agent must have the same configuration and environments.
  public func restore(from archive: StateArchive) throws(StateError) {
    try network.restore(from: archive, prefix: "policy/q_net.", optimizer: "optimizer/")
    try target.restore(from: archive, prefix: "policy/q_net_target.")
    try collector.restore(from: archive)
    try state.restore(from: archive)
  }
}
