internal import RLTensor

/// What comes from the replay buffer, for one half of a batch: inputs of a traced loss, and their memory
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
  init(_ graph: Graph, half: Int, of loop: OffPolicyLoop, indexActions: Bool) {
    let collector = loop.collector
    rows = loop.halves.rows[half]
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
  /// This half's rows of numbers that are given for a whole batch.
  func part(of numbers: [Float], _ batch: GivenBatch) -> [Float] {
    let width = numbers.count / batch.rewards.count
    return Array(numbers[rows.lowerBound * width..<rows.upperBound * width])
  }

  /// Fills in this half's rows of a given batch.
  func fill(from batch: GivenBatch, discount: Float) {
    observations.assign(part(of: batch.observations, batch))
    actions.assign(part(of: batch.actions, batch))
    nextObservations.assign(part(of: batch.nextObservations, batch))
    rewards.assign(part(of: batch.rewards, batch))
    nextWeights.assign(part(of: batch.terminated.map { $0 ? 0 : discount }, batch))
  }

  /// Fills in this half's transitions of the batch that was drawn.
  func fill(from loop: OffPolicyLoop, _ c: some OffPolicySettings) {
    let (collector, halves) = (loop.collector, loop.halves)
    let (buffer, count) = (collector.buffer, rows.count)
    let (steps, discount) = (c.returnSteps, Float(c.discount))
    let slots = UnsafePointer(halves.slots.baseAddress.unsafelyUnwrapped) + rows.lowerBound
    let last = halves.last + rows.lowerBound
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
