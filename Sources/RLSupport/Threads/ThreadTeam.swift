/// The threads that share the statements of an update, as many as are worth it.
///
/// A statement hands a task to each active thread and returns when all are done. What a statement computes must not
/// depend on how many there are, so the team is free to choose: it times the numbers of threads against each
/// other and uses the fastest.
///
/// ```swift
/// let team = ThreadTeam(threads: 4)
/// var sums = [Int](repeating: 0, count: team.size)
/// sums.withUnsafeMutableBufferPointer { sums in
///   team.run { member in sums[member] = team.share(of: 1000, for: member).reduce(0, +) }
/// }
/// ```
public final class ThreadTeam {
  /// The most threads that take part, the calling one included.
  public var size: Int { pool.count }
  /// The threads that take part at present.
  public private(set) var active = 1
  private let pool: WorkerPool
  private var chooser: ThreadChooser

  /// A team of at most `threads` threads.
  public init(threads: Int) {
    pool = WorkerPool(count: threads)
    chooser = ThreadChooser(most: pool.count)
  }

  /// The same threads for work of another kind, for which their number is chosen apart.
  public init(sharing team: ThreadTeam) {
    pool = team.pool
    chooser = ThreadChooser(most: pool.count)
  }

  /// Runs the statements of a piece of work with the number of threads that has been the fastest.
  ///
  /// - Parameters:
  ///   - work: How much there is to do, in any unit.
  ///   - body: The statements.
  public func choosing<Result>(work: Double = 1, _ body: () throws -> Result) rethrows -> Result {
    if size == 1 { return try body() }
    active = chooser.threads
    let start = ContinuousClock.now
    defer {
      chooser.note(seconds: start.duration(to: .now).seconds, work: work)
      active = 1
    }
    return try body()
  }

  /// Runs `body(0)`, ..., `body(active - 1)` at the same time.
  @inline(__always)
  public func run(_ body: (_ member: Int) -> Void) {
    if active == 1 { body(0) } else { pool.run(active, body) }
  }

  /// Waits, inside a task, until every task of this run has come here.
  @inline(__always)
  public func meet() { if active > 1 { pool.meet() } }

  /// A member's piece of `0..<count`, in multiples of `grain`.
  @inline(__always)
  public func share(of count: Int, grain: Int = 1, for member: Int) -> Range<Int> {
    let grains = (count + grain - 1) / grain
    let start = grains * member / active * grain
    let end = grains * (member + 1) / active * grain
    return min(start, count)..<min(end, count)
  }
}
