internal import RLStatistics

/// How a search cuts off trials that are not worth their budget.
public enum Pruner: String, CaseIterable, Sendable {
  /// Every trial uses its whole budget.
  case none
  /// A trial is cut off when its best evaluation so far is worse than the median of the completed trials' at
  /// the same place, as Optuna's median pruner does (after Golovin et al., "Google Vizier", 2017, section 3.2).
  case median
  /// Trials pause at rungs, and the best third of those at a rung go on to the next (asynchronous successive
  /// halving; Li et al., "A System for Massively Parallel Hyperparameter Tuning", 2020, algorithm 2).
  case halving

  /// Completed trials before the median is worth anything.
  package static let startupTrials = 5
  /// One of so many trials at a rung goes on.
  package static let reduction = 3

  /// After how many of a run's evaluations trials pause, the last being the whole budget.
  package func rungs(_ points: Int) -> [Int] {
    guard self == .halving else { return [points] }
    let factor = Self.reduction
    let early = [factor * factor, factor].map { max(1, (points + $0 - 1) / $0) }
    return (early + [points]).reduce(into: []) { if $0.last != $1 { $0.append($1) } }
  }

  /// Evaluations of a run before the median may cut it off.
  package static func warmup(_ points: Int) -> Int { points / 5 }

  /// The first evaluation after which a run is to be cut off, counted from 1, or `nil`.
  ///
  /// The same runs give the same answer however late one asks.
  ///
  /// - Parameters:
  ///   - values: The run's mean returns so far.
  ///   - others: Those of the completed trials' runs with the same seed, of the whole budget.
  ///   - points: The evaluations of the whole budget.
  package func cut(_ values: [Double], others: [[Double]], of points: Int) -> Int? {
    guard self == .median, others.count >= Self.startupTrials else { return nil }
    var best = -Double.infinity
    for (i, value) in values.prefix(points - 1).enumerated() {
      best = max(best, value)
      let here = others.compactMap { $0.indices.contains(i) ? $0[i] : nil }
      if i >= Self.warmup(points), !here.isEmpty, best < RLStatistics.median(here) { return i + 1 }
    }
    return nil
  }
}
