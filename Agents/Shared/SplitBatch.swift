internal import RLCore
internal import RLRollouts
internal import RLTensor

/// Shares an update between two threads: each takes half of the batch, then half of the weights.
///
/// The halves are the same for one thread, which takes one after the other, so the bits do not depend
/// on the number of threads.
final class SplitBatch {
  /// The rows of the batch that each part has.
  let rows: [Range<Int>]
  private let pool: WorkerPool
  private var pace = Pace()

  init(batchSize: Int, threads: Int) {
    let middle = (batchSize + 1) / 2
    rows = [0..<middle, middle..<batchSize]
    pool = WorkerPool(count: min(2, threads))
  }

  /// Runs phases for both parts; no part begins a phase before both have ended the one before.
  ///
  /// - Parameters:
  ///   - phases: How many phases.
  ///   - work: How much there is to do, in any unit, for the choice of the number of threads.
  ///   - body: Does one phase for one part.
  func run(phases: Int, work: Double = 1, _ body: (_ phase: Int, _ part: Int) -> Void) {
    let usesTwo = pool.count > 1 && pace.choosesTwo()
    let start = ContinuousClock.now
    if usesTwo {
      pool.run(2) { part in
        for phase in 0..<phases {
          if phase > 0 { pool.meet() }
          body(phase, part)
        }
      }
    } else {
      for phase in 0..<phases {
        body(phase, 0)
        body(phase, 1)
      }
    }
    if pool.count > 1 {
      let time = start.duration(to: .now).components
      let seconds = Double(time.seconds) + Double(time.attoseconds) * 1e-18
      pace.note(usedTwo: usesTwo, seconds: seconds / work)
    }
  }
}

/// The inputs of a traced loss that come from the replay buffer, for one part of a batch.
struct ReplayInputs {
  let rows: Range<Int>
  let observations: Variable
  let actions: Variable
  let nextObservations: Variable
  /// Sums of rewards up to the bootstrapped value, `[rows]`.
  let rewards: Variable
  /// The weight of the bootstrapped value, `[rows]`.
  let nextWeights: Variable
  /// 1 for choices that are allowed in the next observation, or `nil`.
  let nextMasks: Variable?

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

/// A batch of transitions that is given instead of drawn, as rows of numbers.
package struct GivenBatch {
  package var observations: [Float]
  package var actions: [Float]
  package var nextObservations: [Float]
  package var rewards: [Float]
  package var terminated: [Bool]

  package init(
    observations: [Float], actions: [Float], nextObservations: [Float], rewards: [Float],
    terminated: [Bool]
  ) {
    self.observations = observations
    self.actions = actions
    self.nextObservations = nextObservations
    self.rewards = rewards
    self.terminated = terminated
  }
}

/// The memory of ``ReplayInputs`` in a program.
struct ReplayViews {
  let rows: Range<Int>
  let observations: TensorView
  let actions: TensorView
  let nextObservations: TensorView
  let rewards: TensorView
  let nextWeights: TensorView
  let nextMasks: TensorView?

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

  /// Fills in the part's transitions.
  ///
  /// - Parameters:
  ///   - slots: The slots of the whole batch.
  ///   - last: Room for as many slots, of which the part's are used.
  func fill(
    from collector: ReplayCollector, slots: UnsafePointer<Int>, last: UnsafeMutablePointer<Int>,
    steps: Int, discount: Float
  ) {
    let (buffer, count) = (collector.buffer, rows.count)
    let (slots, last) = (slots + rows.lowerBound, last + rows.lowerBound)
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
