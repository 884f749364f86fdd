/// Chooses a number of threads, 1, 2, 4, ... or all, for work that gives the same bits with any.
///
/// Threads that meet every few microseconds are faster on cores of their own and far slower where others want these
/// cores. The numbers are timed against each other: each for a round at first, later for some milliseconds at a time,
/// since the system takes a core away for that long. One that is not in use is tried as rarely as it takes for such trials
/// to cost a hundredth of the time.
package struct ThreadChooser {
  /// The numbers of threads to choose from, ascending.
  package let choices: [Int]
  /// Seconds for a unit of work, a mean in which recent times weigh most; `nil` before the first round.
  private var seconds: [Double?]
  private var best = 0
  private var present = 0
  /// What was noted of the present choice since it was made.
  private var window = (seconds: 0.0, work: 0.0)
  /// Seconds until the next trial.
  private var pause = 0.0
  private var trials = 0

  /// How long a choice is kept, in seconds.
  private static let windowLength = 5e-3

  /// - Parameter most: The largest number of threads.
  package init(most: Int) {
    var choices: [Int] = []
    var count = 1
    while count < most {
      choices.append(count)
      count *= 2
    }
    self.choices = choices + [max(1, most)]
    seconds = self.choices.map { _ in nil }
    present = self.choices.count - 1
  }

  /// The number of threads for the next round.
  package var threads: Int { choices[present] }

  /// Notes the time of a round with as many threads.
  ///
  /// - Parameters:
  ///   - new: The seconds that it took.
  ///   - work: How much there was to do, in any unit.
  package mutating func note(seconds new: Double, work: Double = 1) {
    window.seconds += new
    window.work += work
    if seconds[present] != nil && window.seconds < Self.windowLength { return }
    let (length, rate) = (window.seconds, window.seconds / window.work)
    window = (0, 0)
    // Neither a time that was disturbed for long nor a mean of such times counts for much.
    seconds[present] =
      seconds[present].map { min(0.5 * ($0 + min(rate, 2 * $0)), 2 * rate) } ?? rate
    if let untried = seconds.lastIndex(where: { $0 == nil }) {
      present = untried
      return
    }
    let known = seconds[best] ?? rate
    if present == best {
      pause -= length
    } else if rate < known {
      // What has become faster is tried again at once.
      pause = 0
    } else {
      // Another trial is followed by a time that makes up for what it cost.
      pause = 16 * length + 100 * length * (1 - known / rate)
    }
    best = choices.indices.min { (seconds[$0] ?? 0) < (seconds[$1] ?? 0) } ?? 0
    present = pause > 0 ? best : trial()
  }

  /// A choice that is not the best: its neighbours in turn.
  private mutating func trial() -> Int {
    let neighbours = [best - 1, best + 1].filter(choices.indices.contains)
    guard !neighbours.isEmpty else { return best }
    trials += 1
    return neighbours[trials % neighbours.count]
  }
}
