internal import RLTensor

/// The numbers of transitions of the replay buffer as inputs of a batch's graph.
struct ReplayInputs {
  let observations: Variable
  let actions: Variable
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
    nextObservations = graph.rowInput(width, name: "next observations")
    rewards = graph.rowInput(name: "rewards")
    nextDiscounts = graph.rowInput(name: "next discounts")
    let masks = collector.buffer.maskWidth
    nextMasks = masks > 0 ? graph.rowInput(masks, name: "next masks") : nil
    importance = graph.rowInput(name: "importance weights")
  }

  private func fill(_ slice: BatchSlice, from batch: GivenBatch, discount: Float) {
    slice.fill(observations, from: batch.observations)
    slice.fill(actions, from: batch.actions)
    slice.fill(nextObservations, from: batch.nextObservations)
    slice.fill(rewards, from: batch.rewards)
    slice.fill(nextDiscounts, from: batch.terminated.map { $0 ? 0 : discount })
    slice.fill(importance, from: batch.rewards.map { _ in 1 })
  }

  /// Fills in transitions of the batch that was drawn, or given; what the program does not use is left out.
  func fill(_ slice: BatchSlice, from loop: OffPolicyLoop, _ c: some OffPolicySettings) {
    if let given = loop.given { return fill(slice, from: given, discount: Float(c.discount)) }
    let (collector, buffer) = (loop.collector, loop.collector.buffer)
    let (first, count) = (slice.rows.lowerBound, slice.rows.count)
    let slots = UnsafePointer(loop.batch.slots.baseAddress.unsafelyUnwrapped) + first
    collector.encoder.encode(
      buffer.observations, slots, count: count, into: slice[observations].pointer)
    guard slice.uses(nextObservations) else { return }

    let (steps, discount) = (c.returnSteps, Float(c.discount))
    let last = loop.batch.last + first
    let (rewards, nextDiscounts) = (slice[rewards].pointer, slice[nextDiscounts].pointer)
    for i in 0..<count {
      let outcome = buffer.outcome(of: slots[i], steps: steps, discount: discount)
      rewards[i] = outcome.reward
      nextDiscounts[i] = outcome.weight
      last[i] = outcome.last
    }
    collector.encoder.encode(
      buffer.nextObservations, last, count: count, into: slice[nextObservations].pointer)
    let (width, actions) = (buffer.actionWidth, slice[actions])
    let stride = actions.shape.rank == 1 ? 1 : actions.stride
    for i in 0..<count {
      for j in 0..<width {
        actions.pointer[i * stride + j] = buffer.actions[slots[i] * width + j]
      }
    }
    if let nextMasks {
      let (width, masks) = (buffer.maskWidth, slice[nextMasks])
      for i in 0..<count {
        for j in 0..<width {
          masks.pointer[i * masks.stride + j] = Float(buffer.nextMasks[last[i] * width + j])
        }
      }
    }
    if slice.uses(importance) {
      let weights = slice[importance].pointer
      for i in 0..<count { weights[i] = loop.batch.weights[first + i] }
    }
  }
}
