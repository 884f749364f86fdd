internal import RLSupport

/// Shares updates between two threads, each of which takes half of the batch and half of the weights.
///
/// The halves are the same for one thread, which takes one after the other, so the bits do not depend
/// on the number of threads.
final class BatchHalves {
  /// The rows of the batch that each half has.
  let rows: [Range<Int>]
  /// Where the batch's transitions lie in the replay buffer.
  let slots: UnsafeMutableBufferPointer<Int>
  /// Where the transitions lie whose next observations are bootstrapped.
  let last: UnsafeMutablePointer<Int>
  /// The importance weights of the batch; 1 unless transitions are drawn by priority.
  let weights: UnsafeMutableBufferPointer<Float>
  private let pool: WorkerPool
  private var chooser = ThreadChooser()
  private var usesTwo = false

  init(batchSize: Int, threads: Int) {
    let middle = (batchSize + 1) / 2
    rows = [0..<middle, middle..<batchSize]
    pool = WorkerPool(count: min(2, threads))
    slots = .allocate(capacity: batchSize)
    slots.initialize(repeating: 0)
    last = .allocate(capacity: batchSize)
    last.initialize(repeating: 0, count: batchSize)
    weights = .allocate(capacity: batchSize)
    weights.initialize(repeating: 1)
  }

  deinit {
    slots.deallocate()
    last.deallocate()
    weights.deallocate()
  }

  /// Runs an update, whose calls of `each` use one thread or two, whichever has been faster.
  ///
  /// - Parameter work: How much there is to do, in any unit.
  func update(work: Double = 1, _ body: () -> Void) {
    guard pool.count > 1 else { return body() }
    usesTwo = chooser.choosesTwo()
    let start = ContinuousClock.now
    body()
    let seconds = start.duration(to: .now).seconds
    chooser.note(usedTwo: usesTwo, seconds: seconds / work)
  }

  /// Does something for both halves, and returns when both are done.
  @inline(__always)
  func each(_ body: (_ half: Int) -> Void) {
    if usesTwo {
      pool.run(2, body)
    } else {
      body(0)
      body(1)
    }
  }
}
