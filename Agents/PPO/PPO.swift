internal import Glibc
public import RLCore
public import RLSupport
internal import RLTensor

/// Proximal policy optimization with clipped ratios (Schulman et al. 2017, section 3), with every detail
/// of Stable-Baselines3's implementation.
///
/// The loop alternates between a rollout of `rolloutSteps` steps of each environment and `epochs` passes
/// over it. Each thread has its share of the environments for a whole rollout, and of the rows and weights in each
/// statement of the update; that changes no bit of the result.
public final class PPO: Agent {
  /// The word on the command line.
  public static let name = "ppo"
  /// One line on the agent.
  public static let summary =
    "Proximal policy optimization (Schulman et al. 2017): on-policy, any action space"

  /// The hyperparameters in force.
  public var configuration: PPOSettings
  /// Environment steps taken so far, over all sub-environments.
  public private(set) var stepsDone = 0
  private let stepsTotal: Int
  private var iterations = 0
  private var updates = 0

  private let spec: EnvironmentSpec
  private let networks: PPONetworks
  private let parameters: Parameters
  private let optimizer: Optimizer
  private let loss: PPOLoss
  private let evaluation: RolloutEvaluation
  private let valueEvaluation: ForwardProgram
  let buffer: RolloutBuffer
  private let collector: RolloutCollector
  private let team: ThreadTeam
  private var noiseGenerator: SeededGenerator
  private var shuffleGenerator: SeededGenerator
  /// An order of the transitions.
  private var order: [Int]
  /// An order of the sequences of recurrent networks.
  private var sequences: [Int]

  /// PPO can act in every space of one part.
  public static func unsupportedReason(in spec: EnvironmentSpec) -> String? {
    if let reason = unsupportedReasonOfParts(in: spec) { return reason }
    return spec.masksActions && !ActionCodec(spec.actionSpace).allowsMasks
      ? "action masks need a discrete or multi-discrete action space" : nil
  }

  /// An agent at the start of its training.
  public init(
    _ configuration: PPOSettings, environments: any VectorEnvironment, seed: UInt64,
    steps: Int, threads: Int
  ) throws {
    spec = environments.spec
    try Self.requireSuitable(spec, configuration)
    try configuration.requireMemory(in: spec)
    let c = configuration
    self.configuration = c
    stepsTotal = steps
    // The agent's streams and the seed of the environments are children of its sequence.
    let sequence = SeedSequence(seed, spawnKey: [0x5050_4f])
    var weightGenerator = SeededGenerator(sequence.child(0))
    noiseGenerator = SeededGenerator(sequence.child(1))
    shuffleGenerator = SeededGenerator(sequence.child(2))
    networks = PPONetworks(c, spec: spec)
    parameters = Parameters(networks.layout, using: &weightGenerator)
    optimizer = Optimizer(.adam(epsilon: Float(c.adamEpsilon)), for: parameters)

    let count = environments.count
    team = ThreadTeam(threads: threads)
    let maskWidth = spec.masksActions ? spec.actionSpace.choiceWidth : 0
    buffer = RolloutBuffer(
      steps: c.rolloutSteps, environments: count, observationWidth: networks.observationDimension,
      actionWidth: networks.actions.width, maskWidth: maskWidth, infoWidth: spec.infos.count,
      memoryWidth: networks.memoryWidth, sequenceLength: c.stepsOfSequence)
    collector = RolloutCollector(
      environments: environments, networks: networks, parameters: parameters, buffer: buffer,
      team: team, configuration: c)
    order = Array(0..<buffer.count)
    sequences = buffer.memory == nil ? [] : Array(0..<buffer.count / c.stepsOfSequence)
    loss = try PPOLoss(
      c, networks, parameters, rows: min(c.batchSize, buffer.count), of: spec, on: team)
    evaluation = try RolloutEvaluation(of: buffer, in: spec, parameters, on: team) {
      [networks] inputs in
      let policy = networks.policy(inputs.observations, inputs.policyMemory)
      let value = networks.value(inputs.observations, inputs.valueMemory)
      return RolloutEvaluation.Results(
        policy: networks.distribution(policy, mask: inputs.masks), values: value.values,
        memories: policy.memory.flatMap { ofPolicy in value.memory.map { (ofPolicy, $0) } })
    }
    valueEvaluation = ForwardProgram(
      rows: min(256, buffer.count), inputs: networks.observationDimension, parameters: parameters,
      memory: networks.memoryWidth
    ) { [networks] in
      let value = networks.value($0, $1)
      return [value.values] + (value.memory.map { [$0] } ?? [])
    }
    collector.reset(seed: sequence.environmentSeed)
    try collector.check()
  }

  /// Trains until the budget is used up or `observe` says stop. The budget is rounded up to whole rollouts.
  public func train(observe: (TrainingReport) throws -> TrainingDirective) throws {
    while stepsDone < stepsTotal {
      let episodes = try collect()
      estimateAdvantages()
      let metrics = update()
      // A rollout and an update that were left are not to be reported.
      try StopRequest.current?.check()
      for metric in metrics where !metric.value.isFinite && metric.name != "explained_variance" {
        throw AgentError.notFinite(
          what: "the metric '\(metric.name)'", step: stepsDone, after: collector.remark)
      }
      iterations += 1
      let report = TrainingReport(
        stepsDone: stepsDone, stepsTotal: stepsTotal, iterations: iterations, episodes: episodes,
        metrics: metrics, rollout: buffer.annotations, remark: collector.untoldRemark())
      if case .stop = try observe(report) { return }
    }
  }

  /// Share of the budget that is used up.
  private var progress: Double { min(1, Double(stepsDone) / Double(max(1, stepsTotal))) }

  // MARK: Rollout

  private func collect() throws -> [TrainingReport.Episode] {
    collector.drawNoise(&noiseGenerator)
    try collector.collect(after: stepsDone)
    try StopRequest.current?.check()
    let episodes = collector.finishedEpisodes(firstStep: stepsDone)
    stepsDone += buffer.count
    return episodes
  }

  /// Collects a rollout and evaluates it without learning from it, for measurements.
  public func rollout() throws {
    _ = try collect()
    estimateAdvantages()
  }

  // MARK: Advantages

  /// Evaluates old log-probabilities and values of the rollout, and estimates advantages.
  private func estimateAdvantages() {
    let (discount, lambda) = (Float(configuration.discount), Float(configuration.gaeLambda))
    guard buffer.memory != nil else {
      evaluation.run(buffer)
      return buffer.estimateAdvantages(
        valueEvaluation, last: collector.lastInputs, discount: discount, lambda: lambda)
    }
    evaluation.run(
      buffer, valuing: valueEvaluation, last: collector.lastInputs, discount: discount)
    buffer.estimateAdvantages(discount: discount, lambda: lambda)
  }

  // MARK: Update

  /// Several passes over the rollout in minibatches (Schulman et al. 2017, algorithm 1): what training does after each
  /// rollout, for measurements. Without a rollout it learns from zeros.
  ///
  /// - Returns: The metrics of the report.
  public func update() -> [(name: String, value: Double)] {
    let c = configuration
    let learningRate = c.learningRate.value(at: progress)
    let clipRange = Float(c.clipRange.value(at: progress))
    let valueClipRange = Float(c.valueClipRange?.value(at: progress) ?? 0)
    let explained = buffer.explainedVariance
    var totals = PPOLoss.Totals()
    let stop = StopRequest.current

    passes: for _ in 0..<c.epochs {
      updates += 1
      shuffle()
      for start in stride(from: 0, to: buffer.count, by: c.batchSize) {
        if stop.isOverdue { break passes }
        let minibatch = start..<min(start + c.batchSize, buffer.count)
        let isStep = team.choosing(work: Double(minibatch.count)) {
          loss.run(
            buffer, order, minibatch, clipRange: clipRange, valueClipRange: valueClipRange)
          let divergence = loss.add(to: &totals, clipRange: clipRange)
          if let target = c.targetKL, divergence > 1.5 * target { return false }
          optimizer.step(
            on: team, learningRate: Float(learningRate),
            gradientScale: Parameters.clippingFactor(
              squaredNorm: loss.squaredGradientNorm, limit: Float(c.maxGradientNorm)))
          return true
        }
        if !isStep { break passes }
      }
    }
    return metrics(totals, learningRate, clipRange, explained)
  }

  /// Puts the transitions, or the sequences of them, in a random order.
  private func shuffle() {
    guard let memory = buffer.memory else {
      return Self.shuffle(&order, using: &shuffleGenerator)
    }
    Self.shuffle(&sequences, using: &shuffleGenerator)
    order.removeAll(keepingCapacity: true)
    for sequence in sequences { memory.add(sequence: sequence, to: &order) }
  }

  /// Puts numbers from 0 on in a uniformly random order (Fisher and Yates), from a fresh ascending one.
  private static func shuffle(_ order: inout [Int], using generator: inout SeededGenerator) {
    for i in order.indices { order[i] = i }
    for i in order.indices.dropFirst().reversed() {
      // Lemire's multiplication without the rejection: the bias is below 2^-32 times the count.
      let j = Int((UInt64(generator.next32()) &* UInt64(i + 1)) >> 32)
      order.swapAt(i, j)
    }
  }

  private func metrics(
    _ totals: PPOLoss.Totals, _ learningRate: Double, _ clipRange: Float, _ explained: Double
  ) -> [(name: String, value: Double)] {
    let n = Double(max(1, totals.count))
    let policyLoss = totals.policyLoss / n
    let entropyLoss = -totals.entropy / n
    let valueLoss = totals.valueLoss / n
    var metrics: [(name: String, value: Double)] = [
      ("learning_rate", learningRate), ("entropy_loss", entropyLoss),
      ("policy_gradient_loss", policyLoss), ("value_loss", valueLoss),
      ("approx_kl", totals.divergence / n), ("clip_fraction", totals.clipped / n),
      (
        "loss",
        policyLoss + configuration.entropyCoefficient * entropyLoss
          + configuration.valueCoefficient * valueLoss
      ), ("explained_variance", explained), ("n_updates", Double(updates)),
      ("clip_range", Double(clipRange)),
    ]
    if let logDeviation = networks.logDeviation {
      let deviations = parameters.array(logDeviation).map { exp(Double($0)) }
      metrics.append(("std", deviations.reduce(0, +) / Double(deviations.count)))
    }
    return metrics
  }

  // MARK: Policy and state

  /// The values of observations, given as rows of numbers as environments write them; with memory, those at the start of
  /// episodes.
  public func values(of observations: [Float]) -> [Float] {
    let width = spec.observationSpace.rowWidth
    precondition(
      observations.count % width == 0,
      "\(spec.id): \(observations.count) numbers are no rows of \(width)")
    let count = observations.count / width
    let inputs = collector.encoder.encoded(observations, count: count)
    var results = [Float](repeating: 0, count: count)
    valueEvaluation.evaluate(
      inputs, stride: collector.encoder.stride, count: count, into: &results)
    return results
  }

  /// What the agent would do now; further training does not change it.
  public var policy: any Policy { Self.policy(spec, networks, parameters, collector.encoder) }

  /// The weights and the statistics of observations.
  public func visitPolicy(_ state: inout StateVisitor) throws(StateError) {
    try state.part("", parameters)
    try collector.visitStatistics(&state)
  }

  /// The optimizer's moments, the environments, counters and random streams.
  public func visitTraining(_ state: inout StateVisitor) throws(StateError) {
    try state.part("optimizer/", optimizer)
    try state.part("", collector)
    var counters = [stepsDone, iterations, updates]
    try state.array("counters", &counters, within: .counts)
    (stepsDone, iterations, updates) = (counters[0], counters[1], counters[2])
    var generators = [noiseGenerator, shuffleGenerator]
    try state.rows("generators", &generators)
    (noiseGenerator, shuffleGenerator) = (generators[0], generators[1])
  }
}
