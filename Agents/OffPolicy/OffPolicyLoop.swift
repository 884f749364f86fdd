internal import RLCore
internal import RLSupport
internal import RLTensor

/// What every off-policy agent has beside its networks: the environments with the replay buffer, counters and
/// random streams.
final class OffPolicyLoop: Stateful {
  /// The environments and the replay buffer.
  let collector: ReplayCollector
  /// The batch that was drawn last.
  let batch: ReplayBatch
  /// A batch that is learned from instead of the one that was drawn, for comparisons with other implementations.
  var given: GivenBatch?
  /// The threads that share the updates of critics, or of the only network.
  let team: ThreadTeam
  /// The same for the updates of policies, which are other work.
  let policyTeam: ThreadTeam
  /// The budget in environment steps.
  let stepsTotal: Int
  /// Environment steps taken so far, over all sub-environments.
  var stepsDone = 0
  /// Steps of each environment since the last round of updates.
  var stepsOfRound = 0
  /// Reports so far.
  var iterations = 0
  /// Updates so far.
  var updates = 0
  /// Means over the updates since the last report.
  var means = Means()
  /// Draws actions.
  var actionGenerator: SeededGenerator
  /// Draws batches and what updates need.
  var replayGenerator: SeededGenerator
  private let sequence: SeedSequence

  /// Measurements of updates.
  struct Means {
    /// The loss of the critics, or of the only network.
    var loss = UpdateMean()
    /// The loss of the policy, where that is a network of its own.
    var actorLoss = UpdateMean()
    /// The value of the actions in the batch.
    var value = UpdateMean()

    /// Whether no update had a loss that is not finite.
    var areFinite: Bool { (loss.sum + actorLoss.sum).isFinite }
  }

  /// The start of a training, with environments that are reset.
  ///
  /// - Parameters:
  ///   - spawnKey: Tells the streams of one kind of agent from those of others.
  /// - Throws: If the agent cannot have such a configuration or act in such environments.
  init<A: OffPolicyAgent>(
    of _: A.Type, _ c: A.Settings, environments: any VectorEnvironment, seed: UInt64,
    steps: Int, threads: Int, spawnKey: UInt32, isPrioritized: Bool = false
  ) throws {
    try A.requireSuitable(environments.spec, c)
    try c.requireMemory(in: environments.spec)
    stepsTotal = steps
    // The agent's streams and the seed of the environments are children of its sequence.
    sequence = SeedSequence(seed, spawnKey: [spawnKey])
    actionGenerator = SeededGenerator(sequence.child(1))
    replayGenerator = SeededGenerator(sequence.child(2))
    team = ThreadTeam(threads: threads)
    collector = ReplayCollector(
      environments: environments, capacity: c.bufferSize,
      normalizesObservations: c.normalizeObservations, isPrioritized: isPrioritized, on: team)
    batch = ReplayBatch(count: c.batchSize)
    policyTeam = ThreadTeam(sharing: team)
    collector.reset(seed: sequence.environmentSeed)
    try collector.check()
  }

  /// Draws the weights at the start.
  var weightGenerator: SeededGenerator { SeededGenerator(sequence.child(0)) }

  /// The share of the budget that is used up.
  var progress: Double { min(1, Double(stepsDone) / Double(max(1, stepsTotal))) }

  /// A network's forward pass for the present observations of all environments.
  func forward(_ parameters: Parameters, _ network: (Variable) -> [Variable]) -> ForwardProgram {
    ForwardProgram(
      rows: collector.count, inputs: collector.encoder.width, parameters: parameters, network)
  }

  /// Draws the slots of a batch, each with the same probability.
  func drawBatch() {
    collector.buffer.draw(batch.slots, using: &replayGenerator)
  }

  /// Draws the slots of a batch by their priorities, and the importance weights.
  ///
  /// - Parameter correction: β, how much the weights make up for the uneven drawing.
  func drawBatch(correction: Double) {
    collector.buffer.draw(
      batch.slots, correction: correction, weights: batch.weights, using: &replayGenerator)
  }

  /// Draws standard normal numbers for an update.
  func drawNormals(into numbers: inout [Float]) {
    var span = numbers.mutableSpan
    replayGenerator.fillNormals(&span)
  }

  // MARK: State

  func visit(_ state: inout StateVisitor) throws(StateError) {
    try collector.visit(&state)
    var counters = [stepsDone, iterations, updates]
    try state.array("counters", &counters, within: .counts)
    (stepsDone, iterations, updates) = (counters[0], counters[1], counters[2])
    var generators = [actionGenerator, replayGenerator]
    try state.rows("generators", &generators)
    (actionGenerator, replayGenerator) = (generators[0], generators[1])
  }
}

/// The mean of a measurement over updates.
struct UpdateMean {
  /// The sum over all updates.
  private(set) var sum = 0.0
  private var count = 0

  /// Takes in an update.
  mutating func add(_ value: Double) {
    sum += value
    count += 1
  }

  /// The mean; not a number without updates.
  var value: Double { count > 0 ? sum / Double(count) : .nan }
}
