/// The threads that share the statements of an update, as many as are worth it.
///
/// A statement hands a task to each active thread and returns when all are done. What a statement computes must not
/// depend on how many there are, so the team is free to choose: it times the numbers of threads against each
/// other and uses the fastest.
///
/// ```swift
/// let team = ThreadTeam(threads: 4)
/// var sums = [Int](repeating: 0, count: team.size)
/// team.choosing {
///   sums.withUnsafeMutableBufferPointer { sums in
///     team.run { member in sums[member] = team.share(of: 1000, for: member).reduce(0, +) }
///   }
/// }
/// ```
public final class ThreadTeam {
  /// The most threads that take part, the calling one included.
  public let size: Int
  /// The threads that take part at present.
  public private(set) var active = 1
  private let pool: WorkerPool
  private let mode: Mode
  private var chooser: ThreadChooser

  /// How teams that are made from here on use their threads; for measurements and tests.
  @TaskLocal public static var mode = Mode.choosing

  /// How a team uses its threads.
  public enum Mode: Sendable {
    /// As many as have been the fastest.
    case choosing
    /// All of them, always.
    case all
    /// None but the calling thread, which does the work of all one after the other and times each share.
    case timedApart(ShareTimes)
  }

  /// A team of at most `threads` threads, of at most ``WorkerPool/mostMembers``, and of no more than the system has.
  public init(threads: Int) {
    mode = Self.mode
    if case .timedApart = mode {
      size = WorkerPool.members(threads)
      pool = WorkerPool(count: 1)
    } else {
      pool = WorkerPool(count: threads)
      size = pool.count
    }
    chooser = ThreadChooser(most: size)
  }

  /// The same threads for work of another kind, for which their number is chosen apart.
  public init(sharing team: ThreadTeam) {
    (mode, size, pool) = (team.mode, team.size, team.pool)
    chooser = ThreadChooser(most: size)
  }

  /// Runs the statements of a piece of work with the number of threads that has been the fastest.
  ///
  /// - Parameters:
  ///   - work: How much there is to do, in any unit; asked after the statements.
  ///   - body: The statements.
  public func choosing<Result>(
    work: @autoclosure () -> Double = 1, _ body: () throws -> Result
  ) rethrows -> Result {
    if size == 1 { return try body() }
    let before = active
    defer { active = before }
    guard case .choosing = mode else {
      active = size
      return try body()
    }
    active = chooser.threads
    let start = ContinuousClock.now
    let result = try body()
    chooser.note(seconds: start.duration(to: .now).seconds, work: work())
    return result
  }

  /// Runs `body(0)`, ..., `body(active - 1)` at the same time, on memory that no two of them share; outside of `choosing`,
  /// `body(0)` alone.
  @inline(__always)
  public func run(_ body: (_ member: Int) -> Void) {
    if active == 1 { return body(0) }
    if case .timedApart(let times) = mode { return times.run(active, body) }
    pool.run(active, body)
  }

  /// A member's piece of `0..<count`, in multiples of `grain`.
  @inline(__always)
  public func share(of count: Int, grain: Int = 1, for member: Int) -> Range<Int> {
    let grains = (count + grain - 1) / grain
    let start = grains * member / active * grain
    let end = grains * (member + 1) / active * grain
    return min(start, count)..<min(end, count)
  }
}

/// What the statements of a team would take with a core for each thread: the longest share of each.
public final class ShareTimes: @unchecked Sendable {
  /// The sum over the statements of their longest shares.
  public private(set) var longest = 0.0
  /// The sum of all shares.
  public private(set) var all = 0.0
  /// The statements, after each of which the threads meet.
  public private(set) var meetings = 0

  /// No times yet.
  public init() {}

  fileprivate func run(_ members: Int, _ body: (Int) -> Void) {
    var most = 0.0
    var start = ContinuousClock.now
    for member in 0..<members {
      body(member)
      let end = ContinuousClock.now
      let seconds = start.duration(to: end).seconds
      all += seconds
      most = max(most, seconds)
      start = end
    }
    longest += most
    meetings += 1
  }
}
