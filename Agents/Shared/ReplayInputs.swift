internal import RLTensor

/// What comes from the replay buffer, for one part of a batch: inputs of a traced loss, and their memory
/// in a program.
struct ReplayPart<Place> {
  let rows: Range<Int>
  let observations: Place
  let actions: Place
  let nextObservations: Place
  /// Sums of rewards up to the bootstrapped value, `[rows]`.
  let rewards: Place
  /// The weight of the bootstrapped value, `[rows]`.
  let nextWeights: Place
  /// 1 for choices that are allowed in the next observation, or `nil`.
  let nextMasks: Place?
}

typealias ReplayInputs = ReplayPart<Variable>
typealias ReplayViews = ReplayPart<TensorView>

extension ReplayInputs {
  init(_ graph: Graph, rows: Range<Int>, collector: ReplayCollector, indexActions: Bool) {
    self.rows = rows
    let count = rows.count
    let width = collector.encoder.width
    observations = graph.input(.matrix(count, width), name: "observations")
    actions = graph.input(
      indexActions ? .vector(count) : .matrix(count, collector.actions.width), name: "actions")
    nextObservations = graph.input(.matrix(count, width), name: "next observations")
    rewards = graph.input(.vector(count), name: "rewards")
    nextWeights = graph.input(.vector(count), name: "next weights")
    let masks = collector.buffer.maskWidth
    nextMasks = masks > 0 ? graph.input(.matrix(count, masks), name: "next masks") : nil
  }

  /// Where the numbers go in a program.
  func views(in program: Program) -> ReplayViews {
    ReplayViews(
      rows: rows, observations: program[observations], actions: program[actions],
      nextObservations: program[nextObservations], rewards: program[rewards],
      nextWeights: program[nextWeights], nextMasks: nextMasks.map { program[$0] })
  }
}

extension ReplayViews {
  /// Fills in the part's rows of a given batch.
  func fill(from batch: GivenBatch, discount: Float) {
    func assign(_ numbers: [Float], to view: TensorView) {
      let width = numbers.count / batch.rewards.count
      view.assign(Array(numbers[rows.lowerBound * width..<rows.upperBound * width]))
    }
    assign(batch.observations, to: observations)
    assign(batch.actions, to: actions)
    assign(batch.nextObservations, to: nextObservations)
    assign(batch.rewards, to: rewards)
    assign(batch.terminated.map { $0 ? 0 : discount }, to: nextWeights)
  }

  /// Fills in the part's transitions of the batch that was drawn.
  func fill(
    from collector: ReplayCollector, _ batch: SplitBatch, _ c: some OffPolicySettings
  ) {
    let (buffer, count) = (collector.buffer, rows.count)
    let (steps, discount) = (c.returnSteps, Float(c.discount))
    let slots = UnsafePointer(batch.slots.baseAddress.unsafelyUnwrapped) + rows.lowerBound
    let last = batch.last + rows.lowerBound
    for i in 0..<count {
      let outcome = buffer.outcome(of: slots[i], steps: steps, discount: discount)
      rewards.pointer[i] = outcome.reward
      nextWeights.pointer[i] = outcome.weight
      last[i] = outcome.last
    }
    collector.encoder.encode(
      buffer.observations, slots, count: count, into: observations.pointer)
    collector.encoder.encode(
      buffer.nextObservations, last, count: count, into: nextObservations.pointer)
    let width = buffer.actionWidth
    let stride = actions.shape.rank == 1 ? 1 : actions.stride
    for i in 0..<count {
      for j in 0..<width {
        actions.pointer[i * stride + j] = buffer.actions[slots[i] * width + j]
      }
    }
    if let nextMasks {
      let width = buffer.maskWidth
      for i in 0..<count {
        for j in 0..<width {
          nextMasks.pointer[i * nextMasks.stride + j] = Float(buffer.nextMasks[last[i] * width + j])
        }
      }
    }
  }
}
