internal import Glibc
internal import Synchronization

/// A wish to stop that is not put off for long: who made it may be ended by force soon.
///
/// Work that comes to a good end within a few seconds is finished; longer work looks at ``isOverdue`` between its
/// pieces and leaves the rest. Nothing that was left may be saved: it goes on from what was saved before.
///
/// ```swift
/// let deadline = ContinuousClock.now + .seconds(3600)
/// let stop = StopRequest { ContinuousClock.now > deadline }
/// try StopRequest.$current.withValue(stop) { try agent.train { _ in .proceed } }
/// ```
public final class StopRequest: Sendable {
  /// The request that counts for what this thread does; `nil` where nobody can make one.
  @TaskLocal public static var current: StopRequest?
  /// The time from the first look at a request to the moment from which work is left, by default: clusters and
  /// containers leave 10 to 30 seconds before they end a process by force.
  public static let patience = Duration.seconds(5)

  /// Work was left in the middle, for a request to stop.
  public struct Overdue: Error {}

  private let isMade: @Sendable () -> Bool
  private let patience: UInt64
  /// The nanosecond of the system's clock from which work is left; 0 before the request was seen.
  private let deadline = Atomic<UInt64>(0)
  /// Whether anybody was told to leave: from then on all are, as what was left has no meaning.
  private let hasLapsed = Atomic<Bool>(false)

  /// A request that may be made at any time.
  ///
  /// - Parameters:
  ///   - patience: The time from the first look at it to the moment from which work is left.
  ///   - isMade: Whether it is made; asked between pieces of work, from any thread.
  public init(patience: Duration = patience, _ isMade: @escaping @Sendable () -> Bool) {
    self.isMade = isMade
    let (seconds, attoseconds) = patience.components
    self.patience =
      UInt64(min(max(0, seconds), 1 << 32)) * 1_000_000_000
      + UInt64(max(0, attoseconds) / 1_000_000_000)
  }

  /// Whether the request was first seen so long ago that what is under way is to be left. Once it is, it remains so.
  public var isOverdue: Bool {
    if hasLapsed.load(ordering: .relaxed) { return true }
    if !isMade() {
      deadline.store(0, ordering: .relaxed)
      return false
    }
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    let now = UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    let first = deadline.compareExchange(
      expected: 0, desired: now + patience, ordering: .relaxed)
    let isLate = !first.exchanged && now >= first.original
    if isLate { hasLapsed.store(true, ordering: .relaxed) }
    return isLate
  }

  /// Throws if what is under way is to be left.
  public func check() throws(Overdue) {
    if isOverdue { throw Overdue() }
  }
}

extension StopRequest? {
  /// Whether what is under way is to be left; never without a request.
  public var isOverdue: Bool { self?.isOverdue ?? false }
}
