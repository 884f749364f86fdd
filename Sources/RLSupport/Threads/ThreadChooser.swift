/// Chooses how many threads work that gives the same bits for any number of them is to use: 1, 2, 4, ... or all.
///
/// Threads that meet every few microseconds are faster on cores of their own and far slower where others want these
/// cores. The numbers are timed against each other: each once at first, and later one that is not in use now and then,
/// as rarely as it takes for the trials to cost a hundredth of the time.
package struct ThreadChooser {
  /// The numbers of threads to choose from, ascending.
  package let choices: [Int]
  /// Seconds for a unit of work, a mean in which recent rounds weigh most; `nil` before the first trial.
  private var seconds: [Double?]
  private var best = 0
  /// The choice of the round that runs now.
  private var present = 0
  /// What trials have cost beyond the best choice, less what they may cost: none is made while this is positive.
  private var debt = 0.0
  private var nextTrial = 0

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
  }

  /// The number of threads for the next round.
  package mutating func next() -> Int {
    if let untried = seconds.lastIndex(where: { $0 == nil }) {
      present = untried
    } else if debt <= 0 {
      present = trial()
    } else {
      present = best
    }
    return choices[present]
  }

  /// A choice that is not the best: its neighbours in turn.
  private mutating func trial() -> Int {
    let neighbours = [best - 1, best + 1].filter(choices.indices.contains)
    guard !neighbours.isEmpty else { return best }
    nextTrial += 1
    return neighbours[nextTrial % neighbours.count]
  }

  /// Notes the seconds that a unit of work took with the number that `next` gave.
  package mutating func note(_ threads: Int, seconds new: Double) {
    let known = seconds[best] ?? new
    if present != best || debt <= 0 {
      // A trial is followed by rounds that make up for what it cost; one that was faster, by another trial.
      debt = new < known && present != best ? 0 : 100 * max(0, new - known) + 16 * known
    } else {
      debt -= new
    }
    // Neither a round that was disturbed for long nor a mean of such rounds counts for much.
    if let old = seconds[present] {
      seconds[present] = min(0.5 * (old + min(new, 2 * old)), 2 * new)
    } else {
      seconds[present] = new
    }
    guard !seconds.contains(where: { $0 == nil }) else { return }
    best = choices.indices.min { (seconds[$0] ?? 0) < (seconds[$1] ?? 0) } ?? 0
  }
}
