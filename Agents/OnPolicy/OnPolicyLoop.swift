public import RLCore
public import RLSupport
public import RLTensor

/// What every ``OnPolicyAgent`` has: the environments, the rollout, the weights with their optimizer, counters
/// and the random stream.
public final class OnPolicyLoop: Stateful {
  /// What is learned.
  public let spec: EnvironmentSpec
  /// The policy and the value function.
  public let networks: ActorCritic
  /// The weights of both.
  public let weights: Parameters
  /// Changes the weights.
  public let optimizer: Optimizer
  /// What was collected last.
  public let rollout: RolloutBuffer
  /// The budget in environment steps.
  public let stepsTotal: Int
  /// Environment steps taken so far, over all sub-environments.
  public private(set) var stepsDone = 0
  /// Draws actions, and whatever the agent needs; saved and restored.
  public var generator: SeededGenerator
  private var iterations = 0
  /// Ends a long update between two batches.
  var stop: StopRequest?
  private var environments: any VectorEnvironment
  private let batch: StepBatch
  private var tally: EpisodeTally
  private let watch: [TrainingWatch]
  private let encoder: ObservationEncoder
  private let actions: ActionCodec
  private let actor: NetworkPolicy
  /// The threads that share the update.
  public let team: ThreadTeam
  private let evaluation: RolloutEvaluation
  private let values: ForwardProgram

  /// The start of a training.
  ///
  /// - Parameters:
  ///   - agent: The agent's type.
  ///   - c: The hyperparameters; validated here.
  ///   - environments: What to learn in; reset here.
  ///   - seed: What the seed of the environments, the weights and the random stream are derived from.
  ///   - steps: The budget in environment steps.
  ///   - threads: The most threads that share the update.
  ///   - optimizer: How weights follow their gradients.
  /// - Throws: If the agent cannot have such a configuration or act in such environments.
  public init<A: OnPolicyAgent>(
    of agent: A.Type, _ c: A.Settings, environments: any VectorEnvironment, seed: UInt64,
    steps: Int, threads: Int, optimizer: OptimizerMethod = .adam()
  ) throws {
    spec = environments.spec
    try agent.requireSuitable(spec, c)
    try c.requireMemory(in: spec)
    // The agent's streams and the seed of the environments are children of its sequence.
    let sequence = SeedSequence(seed, spawnKey: A.name.utf8.map { UInt32($0) })
    var weightGenerator = SeededGenerator(sequence.child(0))
    generator = SeededGenerator(sequence.child(1))
    networks = agent.networks(c, for: spec)
    weights = Parameters(networks.layout, using: &weightGenerator)
    self.optimizer = Optimizer(optimizer, for: weights)
    stepsTotal = steps
    team = ThreadTeam(threads: threads)
    self.environments = environments.sharing(team)
    let count = environments.count
    batch = StepBatch(count: count, for: spec)
    tally = EpisodeTally(count: count, for: spec)
    watch = [TrainingWatch(spec)]
    encoder = ObservationEncoder(spec.observationSpace, normalizes: false)
    actions = ActionCodec(spec.actionSpace)
    rollout = RolloutBuffer(
      steps: c.rolloutSteps, environments: count, observationWidth: encoder.width,
      actionWidth: actions.width, maskWidth: batch.maskWidth)
    let networks = networks
    actor = NetworkPolicy(
      in: spec, weights, followsWeights: true, logits: networks.logits, values: networks.values)
    evaluation = try RolloutEvaluation(of: rollout, in: spec, weights, on: team) {
      RolloutEvaluation.Results(
        policy: $0.distribution(logits: networks.logits($0.observations)),
        values: networks.values($0.observations))
    }
    values = ForwardProgram(
      rows: min(256, rollout.count), inputs: encoder.width, parameters: weights
    ) { [networks.values($0)] }
    self.environments.reset(seed: sequence.environmentSeed, into: batch)
    watch[0].acceptsReset(batch, step: 0)
    try watch.check()
  }

  /// The share of the budget that is used up.
  public var progress: Double { min(1, Double(stepsDone) / Double(max(1, stepsTotal))) }

  /// A graph over the weights, to trace a loss with, and the numbers of a rollout as its inputs.
  ///
  /// - Parameter rows: The most transitions of a batch; the whole rollout if `nil`.
  public func graph(rows: Int? = nil) -> (graph: Graph, inputs: RolloutInputs) {
    let graph = Graph(parameters: weights, rows: rows ?? rollout.count)
    return (graph, RolloutInputs(in: graph, of: spec))
  }

  /// Computes a loss and its gradients, and takes a step of the optimizer along them.
  ///
  /// - Parameters:
  ///   - learningRate: The size of the step over the budget.
  ///   - program: The loss.
  ///   - count: The rows of the batch; the whole rollout if `nil`.
  ///   - maxGradientNorm: The norm to which longer gradients are clipped.
  ///   - fill: Fills in the inputs of some rows.
  /// - Returns: The size of this step.
  /// - Throws: `StopRequest.Overdue` in an update that is to be left, for a request to stop; `learn(from:)` lets it
  ///   through.
  @discardableResult
  public func descend(
    _ learningRate: Schedule, on program: BatchProgram, rows count: Int? = nil,
    maxGradientNorm: Double = .infinity, _ fill: (BatchSlice) -> Void
  ) throws(StopRequest.Overdue) -> Double {
    try stop?.check()
    let rate = learningRate.value(at: progress)
    let count = count ?? rollout.count
    team.choosing(work: Double(count)) {
      program.run(count, fill)
      optimizer.step(
        on: team, learningRate: Float(rate),
        gradientScale: Parameters.clippingFactor(
          squaredNorm: program.squaredGradientNorm, limit: Float(maxGradientNorm)))
    }
    return rate
  }

  // MARK: Rollout

  /// Steps every environment `rolloutSteps` times, and estimates advantages.
  ///
  /// - Returns: The episodes that ended.
  /// - Throws: `AgentError` for what the environments show that nobody can act on or learn from, and
  ///   `StopRequest.Overdue` in the middle of a rollout.
  func collect(_ c: some OnPolicySettings) throws -> [TrainingReport.Episode] {
    var episodes: [TrainingReport.Episode] = []
    var chosen = [Float](repeating: 0, count: batch.count * actions.width)
    var rng: SeededGenerator? = generator
    guard let shown = batch.observations.baseAddress else { return [] }
    try watch.check()
    for step in 0..<rollout.steps {
      try stop?.check()
      let first = step * batch.count
      keepObservations(at: first)
      actor.act(
        on: shown, masks: batch.maskWidth > 0 ? batch.actionMasks.baseAddress : nil,
        count: batch.count, using: &rng, into: &chosen)
      environments.step(chosen, into: batch)
      if !watch[0].accepts(batch, step: stepsDone + batch.count) { try watch.check() }
      keepOutcome(of: chosen, at: first)
      stepsDone += batch.count
      episodes += tally.add(batch, stepsDone: stepsDone)
    }
    if let rng { generator = rng }
    evaluation.run(rollout)
    rollout.estimateAdvantages(
      values, last: encoder.encoded(shown, count: batch.count), discount: Float(c.discount),
      lambda: Float(c.gaeLambda))
    return episodes
  }

  /// Keeps what the environments show before a step, from a transition on.
  private func keepObservations(at first: Int) {
    guard let shown = batch.observations.baseAddress else { return }
    encoder.encode(
      shown, count: batch.count, into: rollout.observations + first * rollout.observationStride)
    for (i, isAllowed) in batch.actionMasks.enumerated() {
      rollout.masks[first * rollout.maskWidth + i] = isAllowed ? 1 : 0
    }
  }

  /// Keeps actions, as environments take them, and what they led to.
  private func keepOutcome(of chosen: [Float], at first: Int) {
    chosen.withUnsafeBufferPointer { chosen in
      guard let rows = chosen.baseAddress, let finals = batch.finalObservations.baseAddress
      else { return }
      for i in 0..<batch.count {
        let to = first + i
        actions.importScaled(
          rows + i * actions.width, into: rollout.actions + to * actions.width)
        rollout.rawRewards[to] = batch.rewards[i]
        rollout.rewards[to] = Float(batch.rewards[i])
        rollout.terminated[to] = !batch.hasFuture(i)
        rollout.ended[to] = batch.terminated[i] || batch.truncated[i]
        if rollout.ended[to] {
          encoder.encode(
            finals + i * batch.observationWidth, count: 1,
            into: rollout.finalObservations + to * rollout.observationStride)
        }
      }
    }
  }

  /// A report on an update.
  ///
  /// - Throws: `AgentError.notFinite` for a weight or a measurement.
  func report(_ episodes: [TrainingReport.Episode], _ metrics: [(name: String, value: Double)])
    throws(AgentError) -> TrainingReport
  {
    for metric in metrics where !metric.value.isFinite && metric.name != "explained_variance" {
      throw .notFinite(
        what: "the metric '\(metric.name)'", step: stepsDone, after: watch.remark)
    }
    if !weights.areFinite {
      throw .notFinite(what: "a weight", step: stepsDone, after: watch.remark)
    }
    iterations += 1
    return TrainingReport(
      stepsDone: stepsDone, stepsTotal: stepsTotal, iterations: iterations, episodes: episodes,
      metrics: metrics, rollout: rollout.annotations, remark: watch.untoldRemark())
  }

  // MARK: State

  /// The optimizer's moments, the environments, counters and the random stream.
  public func visit(_ state: inout StateVisitor) throws(StateError) {
    try state.part("optimizer/", optimizer)
    try state.part("environments/", &environments)
    try state.part("collector/") { (state) throws(StateError) in
      try state.array(
        "observations", in: batch.observations, within: .rows(of: spec.observationSpace))
      try state.array("masks", in: batch.actionMasks)
      try tally.visit(&state)
    }
    var counters = [stepsDone, iterations]
    try state.array("counters", &counters, within: .counts)
    (stepsDone, iterations) = (counters[0], counters[1])
    try state.generator("generator", &generator)
    guard state.isRestoring, !environments.savesExactly else { return }
    // Environments that cannot be saved start new episodes.
    for i in 0..<batch.count { environments.reset(index: i, into: batch) }
    watch[0].acceptsReset(batch, step: stepsDone)
    tally.restart()
  }
}
