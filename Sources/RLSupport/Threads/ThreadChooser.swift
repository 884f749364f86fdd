/// Chooses between one thread and two for work that gives the same bits either way.
///
/// Two threads that meet every few microseconds are faster on cores of their own and far slower where
/// others want these cores. The two ways are timed against each other now and then: the slower one once in
/// 64 rounds, and two threads that have just become the slower way sooner, after 1, 2, 4, ... rounds, since most
/// disturbances are short.
package struct ThreadChooser {
  private var together: Double?
  private var alone: Double?
  private var roundsToTrial = Self.longestPause
  private var pause = Self.longestPause

  private static let longestPause = 64

  package init() {}

  private var prefersTwo: Bool { (together ?? 0) <= (alone ?? .infinity) }

  /// Whether the next round is to use both threads.
  package mutating func choosesTwo() -> Bool {
    if together == nil { return true }
    if alone == nil { return false }
    roundsToTrial -= 1
    if roundsToTrial > 0 { return prefersTwo }
    pause = prefersTwo ? Self.longestPause : min(2 * pause, Self.longestPause)
    roundsToTrial = pause
    return !prefersTwo
  }

  /// Notes the seconds that a unit of work took.
  package mutating func note(usedTwo: Bool, seconds: Double) {
    let preferredTwo = prefersTwo
    if usedTwo {
      together = Self.mean(together, seconds, limit: alone)
    } else {
      alone = Self.mean(alone, seconds, limit: together)
    }
    // The very first round may have been a bad one, too.
    if let alone, let known = together { together = min(known, 2 * alone) }
    if prefersTwo != preferredTwo {
      pause = prefersTwo ? Self.longestPause : 1
      roundsToTrial = pause
    } else if usedTwo, !prefersTwo, seconds < alone ?? 0 {
      // A disturbance seems to be over.
      (pause, roundsToTrial) = (1, 1)
    }
  }

  /// A mean with weights that halve from round to round; a round counts as twice the other way's time at
  /// most, so that a single bad one is soon forgotten.
  private static func mean(_ old: Double?, _ new: Double, limit: Double?) -> Double {
    let new = min(new, limit.map { 2 * $0 } ?? .infinity)
    return old.map { 0.5 * ($0 + new) } ?? new
  }
}
