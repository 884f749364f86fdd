internal import RLTensor

/// The numbers of transitions of the replay buffer as inputs of a batch's graph.
struct ReplayInputs {
  let observations: Variable
  let actions: Variable
  /// Both side by side.
  let observationsAndActions: Variable
  let nextObservations: Variable
  /// Sums of rewards up to the bootstrapped value, `[rows]`.
  let rewards: Variable
  /// The discount of the bootstrapped value, `[rows]`; 0 where an episode terminated.
  let nextDiscounts: Variable
  /// 1 for choices that are allowed in the next observation, or `nil`.
  let nextMasks: Variable?
  /// Importance weights, `[rows]`.
  let importance: Variable

  init(in graph: Graph, of collector: ReplayCollector, indexActions: Bool) {
    let width = collector.encoder.width
    observations = graph.rowInput(width, name: "observations")
    actions = graph.rowInput(indexActions ? nil : collector.actions.width, name: "actions")
    observationsAndActions = graph.rowInput(
      width + collector.actions.width, name: "observations and actions")
    nextObservations = graph.rowInput(width, name: "next observations")
    rewards = graph.rowInput(name: "rewards")
    nextDiscounts = graph.rowInput(name: "next discounts")
    let masks = collector.buffer.maskWidth
    nextMasks = masks > 0 ? graph.rowInput(masks, name: "next masks") : nil
    importance = graph.rowInput(name: "importance weights")
  }

  /// Fills in transitions of the batch that was drawn, or given; what the program does not use is left out.
  func fill(_ slice: BatchSlice, from loop: OffPolicyLoop, _ c: some OffPolicySettings) {
    if let given = loop.given { return fill(slice, from: given, discount: Float(c.discount)) }
    let (collector, buffer) = (loop.collector, loop.collector.buffer)
    let (first, count) = (slice.rows.lowerBound, slice.rows.count)
    let slots = UnsafePointer(loop.batch.slots.baseAddress.unsafelyUnwrapped) + first
    let encoder = collector.encoder
    if slice.uses(observations) {
      encoder.encode(buffer.observations, slots, count: count, into: slice[observations])
    }
    if slice.uses(actions) { copyActions(of: slots, count, in: buffer, to: slice[actions]) }
    if slice.uses(observationsAndActions) {
      let both = slice[observationsAndActions]
      encoder.encode(buffer.observations, slots, count: count, into: both)
      copyActions(of: slots, count, in: buffer, to: both, column: encoder.width)
    }
    if slice.uses(importance) {
      let weights = slice[importance].pointer
      for i in 0..<count { weights[i] = loop.batch.weights[first + i] }
    }
    if slice.uses(rewards) {
      withUnsafeTemporaryAllocation(of: Int.self, capacity: count) { last in
        guard let last = last.baseAddress else { return }
        fillNext(slice, from: collector, slots, last, c)
      }
    }
  }

  @inline(__always)
  private func copyActions(
    of slots: UnsafePointer<Int>, _ count: Int, in buffer: ReplayBuffer, to rows: TensorView,
    column: Int = 0
  ) {
    let (width, stride) = (buffer.actionWidth, rows.shape.rank == 1 ? 1 : rows.stride)
    for i in 0..<count {
      for j in 0..<width {
        rows.pointer[i * stride + column + j] = buffer.actions[slots[i] * width + j]
      }
    }
  }

  /// Fills in what comes after the actions.
  ///
  /// - Parameter last: Room for the slots of the last steps of the rows' returns.
  @inline(__always)
  private func fillNext(
    _ slice: BatchSlice, from collector: ReplayCollector, _ slots: UnsafePointer<Int>,
    _ last: UnsafeMutablePointer<Int>, _ c: some OffPolicySettings
  ) {
    let (buffer, count) = (collector.buffer, slice.rows.count)
    let (steps, discount) = (c.returnSteps, Float(c.discount))
    let (rewards, nextDiscounts) = (slice[rewards].pointer, slice[nextDiscounts].pointer)
    for i in 0..<count {
      let outcome = buffer.outcome(of: slots[i], steps: steps, discount: discount)
      rewards[i] = outcome.reward
      nextDiscounts[i] = outcome.weight
      last[i] = outcome.last
    }
    collector.encoder.encode(
      buffer.nextObservations, last, count: count, into: slice[nextObservations])
    guard let nextMasks else { return }
    let (width, masks) = (buffer.maskWidth, slice[nextMasks])
    for i in 0..<count {
      var isAllowed = false
      for j in 0..<width {
        let flag = buffer.nextMasks[last[i] * width + j]
        masks.pointer[i * masks.stride + j] = Float(flag)
        isAllowed = isAllowed || flag != 0
      }
      // An episode that was cut where no action is allowed has no best next value.
      if !isAllowed { nextDiscounts[i] = 0 }
    }
  }

  private func fill(_ slice: BatchSlice, from batch: GivenBatch, discount: Float) {
    slice.fill(observations, from: batch.observations)
    slice.fill(actions, from: batch.actions)
    let count = batch.rewards.count
    let (width, actionWidth) = (batch.observations.count / count, batch.actions.count / count)
    var both: [Float] = []
    for i in 0..<count {
      both += batch.observations[i * width..<(i + 1) * width]
      both += batch.actions[i * actionWidth..<(i + 1) * actionWidth]
    }
    slice.fill(observationsAndActions, from: both)
    slice.fill(nextObservations, from: batch.nextObservations)
    slice.fill(rewards, from: batch.rewards)
    slice.fill(nextDiscounts, from: batch.terminated.map { $0 ? 0 : discount })
    slice.fill(importance, from: batch.rewards.map { _ in 1 })
  }
}
