internal import RLCore
internal import RLSupport
internal import RLTensor

/// Shares an update between two threads: each takes half of the batch, then half of the weights.
///
/// The halves are the same for one thread, which takes one after the other, so the bits do not depend
/// on the number of threads.
final class SplitBatch {
  /// The rows of the batch that each part has.
  let rows: [Range<Int>]
  /// Where the batch's transitions lie in the replay buffer.
  let slots: UnsafeMutableBufferPointer<Int>
  /// Where the transitions lie whose next observations are bootstrapped.
  let last: UnsafeMutablePointer<Int>
  private let pool: WorkerPool
  private var pace = Pace()

  init(batchSize: Int, threads: Int) {
    let middle = (batchSize + 1) / 2
    rows = [0..<middle, middle..<batchSize]
    pool = WorkerPool(count: min(2, threads))
    slots = .allocate(capacity: batchSize)
    slots.initialize(repeating: 0)
    last = .allocate(capacity: batchSize)
    last.initialize(repeating: 0, count: batchSize)
  }

  deinit {
    slots.deallocate()
    last.deallocate()
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
      pace.note(usedTwo: usesTwo, seconds: start.duration(to: .now).seconds / work)
    }
  }
}
