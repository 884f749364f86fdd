/// Chooses between one thread and two for work that gives the same bits either way.
///
/// Two threads that meet every few microseconds are faster on cores of their own and far slower where
/// other processes want these cores. The two ways are timed against each other now and then.
struct Pace {
  private var together: Double?
  private var alone: Double?
  private var rounds = 0

  /// Whether the next round is to use both threads.
  mutating func choosesTwo() -> Bool {
    rounds += 1
    guard let together else { return true }
    guard let alone else { return false }
    let isBetter = together <= alone
    return rounds % 64 == 0 ? !isBetter : isBetter
  }

  /// Notes the seconds that a unit of work took.
  mutating func note(usedTwo: Bool, seconds: Double) {
    if usedTwo {
      together = together.map { 0.5 * ($0 + seconds) } ?? seconds
    } else {
      alone = alone.map { 0.5 * ($0 + seconds) } ?? seconds
    }
  }
}
