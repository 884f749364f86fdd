internal import Dispatch
internal import Synchronization

/// A fixed team of threads that share short tasks with very little delay.
///
/// Helpers are threads of their own: Dispatch has some 255 for a whole process, and a helper keeps its
/// thread for as long as the pool lives.
///
/// `run` hands tasks to as many members, takes the first one itself, and returns when all are done.
/// Helpers spin for some tens of microseconds between tasks and sleep after that, so back-to-back
/// calls cost a fraction of a microsecond and an idle pool costs nothing.
///
/// This is the one place in rlgym where memory is shared between threads without the compiler's
/// proof. Why it is safe:
/// - `run` publishes the body before it raises `generation` (release); a helper reads the body only
///   after it saw the new generation (acquire), and never after it noted it as done (release). The generation
///   itself says who takes part, so a helper that does not never looks at the body.
/// - `run` returns, and the body dies, only after all who take part noted the generation as done (acquire). So no helper
///   holds the body beyond the call, and everything that the tasks wrote is visible to the caller.
/// - The pool is used by one thread at a time, which `isRunning` checks.
/// - That the tasks of a run touch disjoint memory is the duty of the body, which the compiler does not
///   check: it may take whatever the caller has.
public final class WorkerPool: Sendable {
  /// The members, the calling thread included.
  public let count: Int
  private let shared: Shared

  /// A helper's own cache line: what it has done, and its bed. Whoever changes `isAsleep` from true to false owes, or is
  /// owed, exactly one signal.
  private final class Helper: Sendable {
    private let before = InlineArray<8, Int>(repeating: 0)
    /// The last generation whose task is done.
    let done = Atomic<Int>(0)
    let isAsleep = Atomic<Bool>(false)
    private let after = InlineArray<8, Int>(repeating: 0)
    let wake = DispatchSemaphore(value: 0)

    func wakeUp() {
      // The load is cheap where nobody sleeps.
      if isAsleep.load(ordering: .sequentiallyConsistent),
        isAsleep.exchange(false, ordering: .sequentiallyConsistent)
      {
        wake.signal()
      }
    }
  }

  private final class Shared: Sendable {
    let helpers: [Helper]
    init(helpers: Int) { self.helpers = (0..<helpers).map { _ in Helper() } }

    /// What only the thread that calls `run` looks at.
    let isRunning = Atomic<Bool>(false)
    private let before = InlineArray<8, Int>(repeating: 0)
    /// How many runs there were, and in the lowest bits how many members take part in the present one.
    let generation = Atomic<Int>(0)
    /// The task of the current generation; written by `run` only while no helper is active.
    nonisolated(unsafe) var body: ((Int) -> Void)?
    private let after = InlineArray<8, Int>(repeating: 0)
    let isClosed = Atomic<Bool>(false)
  }

  /// The most members of a pool.
  public static let mostMembers = 1024

  /// As many members as asked for, from 1 to `mostMembers`.
  static func members(_ wanted: Int) -> Int { min(max(1, wanted), mostMembers) }

  /// A pool of `count` threads in all, from 1 to ``mostMembers``: numbers beyond count as the nearest. It has fewer where the
  /// system has no more threads. Helpers start at once and end with the pool.
  public init(count: Int) {
    let wanted = Self.members(count)
    let shared = Shared(helpers: wanted - 1)
    var members = 1
    while members < wanted {
      let member = members
      guard startThread({ Self.serve(shared, member) }) else { break }
      members += 1
    }
    (self.count, self.shared) = (members, shared)
  }

  deinit {
    shared.isClosed.store(true, ordering: .releasing)
    shared.generation.wrappingAdd(Self.oneRun, ordering: .sequentiallyConsistent)
    for helper in shared.helpers { helper.wakeUp() }
  }

  /// A step of `generation`, above the bits for the members.
  private static let oneRun = 1 << 16

  private static func serve(_ shared: Shared, _ member: Int) {
    let helper = shared.helpers[member - 1]
    var seen = 0
    // Runs of others do not keep a helper awake.
    var spins = 0
    while true {
      while shared.generation.load(ordering: .acquiring) == seen {
        spins += 1
        if spins < spinLimit {
          continue
        } else {
          // Whoever raises the generation wakes every helper that lies down before it looks; one that lies
          // down later sees the new generation here and gets up by itself, or takes the signal that
          // is already on its way.
          helper.isAsleep.store(true, ordering: .sequentiallyConsistent)
          if shared.generation.load(ordering: .sequentiallyConsistent) == seen
            || !helper.isAsleep.exchange(false, ordering: .sequentiallyConsistent)
          {
            helper.wake.wait()
            spins = 0
          }
        }
      }
      seen = shared.generation.load(ordering: .acquiring)
      if shared.isClosed.load(ordering: .acquiring) { return }
      if member < seen & (oneRun - 1) {
        shared.body?(member)
        helper.done.store(seen, ordering: .releasing)
        spins = 0
      }
    }
  }

  /// Some tens of microseconds of loads.
  private static let spinLimit = 30_000

  /// Runs `body(0)`, ..., `body(tasks - 1)` at the same time, one a member.
  ///
  /// - Parameters:
  ///   - tasks: At most `count`.
  ///   - body: What each of them does.
  public func run(_ tasks: Int, _ body: (Int) -> Void) {
    precondition(
      tasks >= 0 && tasks <= count, "WorkerPool: \(tasks) tasks for \(count) threads at once")
    if tasks <= 1 || count == 1 {
      if tasks == 1 { body(0) }
      return
    }
    let wasRunning = shared.isRunning.exchange(true, ordering: .acquiring)
    precondition(!wasRunning, "WorkerPool: run was called from two threads, or from a task")
    withoutActuallyEscaping(body) { body in
      shared.body = body
      let runs = shared.generation.load(ordering: .relaxed) & ~(Self.oneRun - 1)
      let generation = runs &+ Self.oneRun | tasks
      shared.generation.store(generation, ordering: .sequentiallyConsistent)
      for helper in 0..<tasks - 1 { shared.helpers[helper].wakeUp() }
      body(0)
      for helper in 0..<tasks - 1 {
        wait { shared.helpers[helper].done.load(ordering: .acquiring) == generation }
      }
      shared.body = nil
    }
    shared.isRunning.store(false, ordering: .releasing)
  }

  /// Spins until the condition holds; lets other threads run when that takes long, as it does when
  /// there are more threads than cores.
  @inline(__always)
  private func wait(_ condition: () -> Bool) {
    var spins = 0
    while !condition() {
      spins += 1
      if spins >= Self.spinLimit { yieldThread() }
    }
  }
}

/// `0..<count` cut into `parts` pieces as equal as can be, longer ones first.
package func equalParts(_ count: Int, _ parts: Int) -> [Range<Int>] {
  let parts = max(1, min(parts, count))
  var start = 0
  return (0..<parts).map { part in
    let size = count / parts + (part < count % parts ? 1 : 0)
    defer { start += size }
    return start..<start + size
  }
}
