internal import Glibc
public import RLCore
public import RLSupport
internal import RLTensor

/// Proximal policy optimization with clipped ratios (Schulman et al. 2017, section 3), with every detail
/// of Stable-Baselines3's implementation.
///
/// The loop alternates between a rollout of `rolloutSteps` steps of each environment and `epochs` passes
/// over it. Environments are divided among the threads for a whole rollout; in the update one thread
/// learns the policy and another the value function. Neither changes a bit of the result.
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
  private let losses: [PPOLoss]
  private let evaluationRows: Int
  private let policyEvaluation: LogProbabilities
  private let valueEvaluation: ForwardProgram
  let buffer: RolloutBuffer
  private let collector: RolloutCollector
  private let pool: WorkerPool
  private var pace = ThreadChooser()
  private var noiseGenerator: SeededGenerator
  private var shuffleGenerator: SeededGenerator
  /// An order of the transitions for each of the two threads of an update.
  private let orders: UnsafeMutablePointer<Int32>

  /// PPO can act in every space.
  public static func unsupportedReason(in spec: EnvironmentSpec) -> String? {
    spec.masksActions && !ActionCodec(spec.actionSpace).allowsMasks
      ? "action masks need a discrete or multi-discrete action space" : nil
  }

  /// An agent at the start of its training.
  public init(
    _ configuration: PPOSettings, environments: any VectorEnvironment, seed: UInt64,
    steps: Int, threads: Int
  ) throws {
    try configuration.validate()
    spec = environments.spec
    try Self.requireSuitable(spec)
    let c = configuration
    self.configuration = c
    stepsTotal = steps
    // Environments have the seeds from `seed` on; the agent's streams are children of its sequence.
    let sequence = SeedSequence(seed, spawnKey: [0x5050_4f])
    var weightGenerator = SeededGenerator(sequence.child(0))
    noiseGenerator = SeededGenerator(sequence.child(1))
    shuffleGenerator = SeededGenerator(sequence.child(2))
    networks = PPONetworks(c, spec: spec)
    parameters = Parameters(networks.layout, using: &weightGenerator)
    optimizer = Optimizer(.adam(epsilon: Float(c.adamEpsilon)), for: parameters)

    let count = environments.count
    pool = WorkerPool(count: max(1, min(threads, max(2, count))))
    let maskWidth = spec.masksActions ? spec.actionSpace.flatWidth : 0
    buffer = RolloutBuffer(
      steps: c.rolloutSteps, environments: count, observationWidth: networks.observationDimension,
      actionWidth: networks.actions.width, maskWidth: maskWidth, infoWidth: spec.infos.count)
    collector = RolloutCollector(
      environments: environments, networks: networks, parameters: parameters, buffer: buffer,
      pool: pool, configuration: c)
    let batch = min(c.batchSize, buffer.count)
    var sizes = [batch]
    if buffer.count % batch != 0 { sizes.append(buffer.count % batch) }
    var losses: [PPOLoss] = []
    for size in sizes {
      losses.append(try PPOLoss(c, networks, parameters, rows: size, maskWidth: maskWidth))
    }
    self.losses = losses
    evaluationRows = min(256, buffer.count)
    policyEvaluation = try LogProbabilities(rows: evaluationRows, of: spec, parameters) {
      [networks] in networks.distribution(networks.policy($0.observations), mask: $0.masks)
    }
    valueEvaluation = ForwardProgram(
      rows: evaluationRows, inputs: networks.observationDimension, parameters: parameters
    ) { [networks] in [networks.value($0)] }
    orders = .allocate(capacity: 2 * buffer.count)
    orders.initialize(repeating: 0, count: 2 * buffer.count)
    collector.reset(seed: seed)
  }

  deinit { orders.deallocate() }

  /// Trains until the budget is used up or `observe` says stop. The budget is rounded up to whole rollouts.
  public func train(observe: (TrainingReport) throws -> TrainingDirective) throws {
    while stepsDone < stepsTotal {
      let episodes = try collect()
      estimateAdvantages()
      let metrics = update()
      for metric in metrics where !metric.value.isFinite && metric.name != "explained_variance" {
        throw AgentError.notFinite(what: "the metric '\(metric.name)'", step: stepsDone)
      }
      iterations += 1
      let report = TrainingReport(
        stepsDone: stepsDone, stepsTotal: stepsTotal, iterations: iterations, episodes: episodes,
        metrics: metrics, rollout: buffer.annotations)
      if case .stop = try observe(report) { return }
    }
  }

  /// Share of the budget that is used up.
  private var progress: Double { min(1, Double(stepsDone) / Double(max(1, stepsTotal))) }

  // MARK: Rollout

  private func collect() throws -> [TrainingReport.Episode] {
    collector.drawNoise(&noiseGenerator)
    collector.collect()
    let episodes = collector.finishedEpisodes(firstStep: stepsDone)
    stepsDone += buffer.count
    try buffer.check(spec, stepsDone: stepsDone)
    return episodes
  }

  /// Collects a rollout and evaluates it without learning from it, for measurements.
  public func rollout() throws {
    _ = try collect()
    estimateAdvantages()
  }

  // MARK: Advantages

  /// Evaluates old log-probabilities and values of the rollout in large batches, and estimates advantages.
  private func estimateAdvantages() {
    let buffer = buffer
    pool.run(networks.isShared || pool.count == 1 ? 1 : 2) { task in
      if task == 0 { policyEvaluation.run(buffer) }
      if task == 1 || networks.isShared || pool.count == 1 {
        buffer.evaluate(valueEvaluation)
      }
    }
    buffer.estimateAdvantages(
      valueEvaluation, last: collector.lastInputs, discount: Float(configuration.discount),
      lambda: Float(configuration.gaeLambda))
  }

  // MARK: Update

  /// Several passes over the rollout in minibatches. With separate networks, task 0 learns the policy and
  /// task 1 the value function; they meet once a minibatch to agree on the norm of the whole gradient.
  func update() -> [(name: String, value: Double)] {
    let c = configuration
    let learningRate = c.learningRate.value(at: progress)
    let clipRange = Float(c.clipRange.value(at: progress))
    let valueClipRange = Float(c.valueClipRange?.value(at: progress) ?? 0)
    let explained = buffer.explainedVariance
    let isSplit = !networks.isShared && pool.count > 1 && pace.choosesTwo()
    let start = ContinuousClock.now
    let count = buffer.count
    let batch = losses[0].rows
    let limit = Float(c.maxGradientNorm)
    let firstNumber = optimizer.steps + 1
    // Written by one task between two meetings and read by both after the second; slots alternate, so
    // that nobody overwrites what the other has yet to read.
    let exchange = collector.exchange
    var totals = (policy: PPOLoss.Totals(), value: PPOLoss.Totals())
    var taken = 0
    var lastGenerator = shuffleGenerator
    withUnsafeMutablePointer(to: &totals) { totals in
      withUnsafeMutablePointer(to: &taken) { taken in
        withUnsafeMutablePointer(to: &lastGenerator) { lastGenerator in
          let work = PPOTaskMemory(totals: totals, taken: taken, generator: lastGenerator)
          pool.run(isSplit ? 2 : 1) { task in
            let doesPolicy = task == 0
            let doesValue = task == 1 || !isSplit
            let order = orders + task * count
            // Each task draws the same orders from a copy of the generator.
            var generator = shuffleGenerator
            var number = firstNumber
            var parity = 0
            var isStopped = false
            for _ in 0..<c.epochs {
              Self.shuffle(order, count, using: &generator)
              var start = 0
              while start < count {
                let losses = count - start >= batch ? self.losses[0] : self.losses[1]
                let indices = order + start
                let slots = exchange + 4 * parity
                if doesValue {
                  losses.prepareValue(buffer, indices, valueClipRange: valueClipRange)
                }
                if doesPolicy {
                  losses.runPolicy(buffer, indices, clipRange: clipRange)
                  let (divergence, clipped) = losses.divergence(clipRange: clipRange)
                  losses.addPolicy(
                    to: &work.totals.pointee.policy, divergence: divergence, clipped: clipped)
                  slots[0] = parameters.squaredGradientNorm(networks.policyRange)
                  slots[2] = c.targetKL.map { divergence > 1.5 * $0 ? 1 : 0 } ?? 0
                }
                if doesValue {
                  if !networks.isShared { losses.runValue() }
                  losses.addValue(to: &work.totals.pointee.value)
                  slots[1] = parameters.squaredGradientNorm(networks.valueRange)
                }
                if isSplit { pool.meet() }
                if slots[2] == 1 {
                  isStopped = true
                  break
                }
                let scale = Parameters.clippingFactor(
                  squaredNorm: slots[0] + slots[1], limit: limit)
                if doesPolicy {
                  optimizer.step(
                    networks.policyRange, number: number, learningRate: Float(learningRate),
                    gradientScale: scale)
                }
                if doesValue {
                  optimizer.step(
                    networks.valueRange, number: number, learningRate: Float(learningRate),
                    gradientScale: scale)
                }
                number += 1
                parity ^= 1
                start += losses.rows
              }
              if doesPolicy { work.taken.pointee += 1 }
              if isStopped { break }
            }
            if doesPolicy {
              work.generator.pointee = generator
              optimizer.advance(by: number - firstNumber)
            }
          }
        }
      }
    }
    shuffleGenerator = lastGenerator
    updates += taken
    pace.note(
      usedTwo: isSplit,
      seconds: start.duration(to: .now).seconds / Double(max(1, totals.policy.count)))
    return metrics(totals, learningRate, clipRange, explained)
  }

  /// A uniformly random order (Fisher and Yates), from a fresh ascending one.
  @inline(__always)
  private static func shuffle(
    _ order: UnsafeMutablePointer<Int32>, _ count: Int, using generator: inout SeededGenerator
  ) {
    for i in 0..<count { order[i] = Int32(truncatingIfNeeded: i) }
    var i = count - 1
    while i > 0 {
      // Lemire's multiplication without the rejection: the bias is below 2^-32 times the count.
      let j = Int((UInt64(generator.next32()) &* UInt64(i + 1)) >> 32)
      (order[i], order[j]) = (order[j], order[i])
      i -= 1
    }
  }

  private func metrics(
    _ totals: (policy: PPOLoss.Totals, value: PPOLoss.Totals), _ learningRate: Double,
    _ clipRange: Float, _ explained: Double
  ) -> [(name: String, value: Double)] {
    let n = Double(max(1, totals.policy.count))
    let policyLoss = totals.policy.policyLoss / n
    let entropyLoss = -totals.policy.entropy / n
    let valueLoss = totals.value.valueLoss / Double(max(1, totals.value.count))
    var metrics: [(name: String, value: Double)] = [
      ("learning_rate", learningRate), ("entropy_loss", entropyLoss),
      ("policy_gradient_loss", policyLoss), ("value_loss", valueLoss),
      ("approx_kl", totals.policy.divergence / n), ("clip_fraction", totals.policy.clipped / n),
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

  /// The values of observations, given as rows of numbers as environments write them.
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
    try state.array("counters", &counters)
    try state.requireCounts(counters, "counters")
    (stepsDone, iterations, updates) = (counters[0], counters[1], counters[2])
    var generators = [noiseGenerator, shuffleGenerator]
    try state.rows("generators", &generators)
    (noiseGenerator, shuffleGenerator) = (generators[0], generators[1])
  }
}

/// Results that the policy's and the value function's task write, each its own part.
private struct PPOTaskMemory {
  let totals: UnsafeMutablePointer<(policy: PPOLoss.Totals, value: PPOLoss.Totals)>
  let taken: UnsafeMutablePointer<Int>
  let generator: UnsafeMutablePointer<SeededGenerator>
}
