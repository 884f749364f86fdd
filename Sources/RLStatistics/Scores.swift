/// Scores of several runs in each of several tasks, the input of every statistic here.
///
/// Tasks may have different numbers of runs; none may have none. A run that failed counts with the score
/// that stands for failure, it is never left out.
///
/// ```swift
/// let scores = Scores([[491, 500, 500, 476], [-79, -81, -90, -85]])
/// print(Aggregate.interquartileMean(scores), scores.taskMeans)
/// ```
public struct Scores: Sendable, Equatable {
  /// The scores of each task's runs, `[tasks][runs]`.
  public var tasks: [[Double]]

  /// Scores `[tasks][runs]`.
  public init(_ tasks: [[Double]]) {
    precondition(
      !tasks.isEmpty && tasks.allSatisfy { !$0.isEmpty }, "Scores: every task needs a run")
    self.tasks = tasks
  }

  /// All scores, task by task.
  public var all: [Double] { tasks.flatMap { $0 } }

  /// The mean of each task's runs.
  public var taskMeans: [Double] { tasks.map { mean(of: $0) } }
}

/// The mean; not a number without numbers.
public func mean(of values: some Collection<Double>) -> Double {
  values.reduce(0, +) / Double(values.count)
}

/// The median of numbers in any order.
public func median(_ values: [Double]) -> Double { quantile(values.sorted(), 0.5) }

/// A quantile of ascending numbers, interpolated linearly as NumPy's `percentile` does.
///
/// - Parameters:
///   - ascending: The numbers, of which there is at least one.
///   - share: From 0 to 1.
public func quantile(_ ascending: [Double], _ share: Double) -> Double {
  precondition(!ascending.isEmpty && (0...1).contains(share), "quantile: \(share) of nothing")
  let place = share * Double(ascending.count - 1)
  let below = Int(place)
  let above = min(below + 1, ascending.count - 1)
  let (low, high, part) = (ascending[below], ascending[above], place - Double(below))
  // Infinite numbers, too, are their own mean, and a number is a quantile whatever comes after it.
  if part == 0 || low == high || (low == -.infinity && high < .infinity) { return low }
  return low + (high - low) * part
}
