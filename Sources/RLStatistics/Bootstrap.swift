internal import Foundation
internal import RLSupport

/// An interval that holds a statistic with some confidence.
public struct Interval: Sendable, Equatable, Codable {
  /// The lower end.
  public var low: Double
  /// The upper end.
  public var high: Double

  /// An interval.
  public init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }

  /// With fewer numbers the range of a sample leaves out the middle of the population in more than 5% of cases
  /// (2 in 32 with five numbers), so no interval within the range holds it with 95%.
  static let fewestByRange = 6

  /// Whether a number lies in the interval.
  public func contains(_ value: Double) -> Bool { low <= value && value <= high }
}

/// Stratified bootstrap: runs are drawn anew with replacement, in each task from its own, and the spread of
/// the statistic over many such draws is its uncertainty (Efron 1979; Agarwal et al. 2021, section 4.1).
///
/// The same seed gives the same bits. Percentile intervals, those of rliable, are too narrow with few runs, and have no
/// width with one; ``runIntervals(of:_:)`` are as wide as the number of runs needs.
///
/// ```swift
/// let scores = Scores([[0.9, 1, 1, 0.7], [0.4, 0.6, 0.5, 0.2]])
/// let interval = Bootstrap(repetitions: 2000).interval(of: scores, .interquartileMean)
/// ```
public struct Bootstrap: Sendable {
  /// How many times runs are drawn; rliable's default is 50,000, and 2,000 for profiles.
  public var repetitions: Int
  /// The share of draws between the ends of an interval.
  public var confidence: Double
  /// The seed of the draws.
  public var seed: UInt64

  /// A bootstrap with percentile intervals.
  public init(repetitions: Int = 50_000, confidence: Double = 0.95, seed: UInt64 = 0) {
    precondition(
      repetitions > 0 && confidence > 0 && confidence < 1,
      "Bootstrap: \(repetitions) repetitions, confidence \(confidence)")
    self.repetitions = repetitions
    self.confidence = confidence
    self.seed = seed
  }

  /// The interval of a statistic of scores.
  public func interval(of scores: Scores, _ statistic: (Scores) -> Double) -> Interval {
    intervals(of: [scores]) { [statistic($0[0])] }[0]
  }

  /// The interval of an aggregate.
  public func interval(of scores: Scores, _ aggregate: Aggregate) -> Interval {
    interval(of: scores) { aggregate($0) }
  }

  /// The interval of the probability of improvement; each side is drawn anew by itself.
  public func interval(ofImprovement x: Scores, over y: Scores) -> Interval {
    intervals(of: [x, y]) { [probabilityOfImprovement($0[0], over: $0[1])] }[0]
  }

  /// The intervals of a performance profile at its thresholds.
  public func intervals(ofProfile scores: Scores, thresholds: [Double]) -> [Interval] {
    intervals(of: [scores]) { performanceProfile($0[0], thresholds: thresholds) }
  }

  /// The intervals of several statistics of several sides' scores; each side is drawn anew by itself.
  ///
  /// - Parameters:
  ///   - sides: The scores of each side.
  ///   - statistics: The same number of them at each call.
  public func intervals(of sides: [Scores], _ statistics: ([Scores]) -> [Double]) -> [Interval] {
    draws(of: sides, statistics).map { percentiles($0.sorted(), tail: 0.5 * (1 - confidence)) }
  }

  /// The interval of a statistic that is as wide as the number of runs needs; `nil` where they are too few for any.
  public func runInterval(of scores: Scores, _ statistic: (Scores) -> Double) -> Interval? {
    runIntervals(of: [scores]) { [statistic($0[0])] }[0]
  }

  /// Intervals of several statistics that are as wide as the number of runs needs.
  ///
  /// With six runs or more they are percentile intervals with more draws between their ends, by which that of a mean
  /// becomes as wide as Student's (Hesterberg 2015, section 5.3, "expanded percentiles"). With fewer runs all draws
  /// lie within too short a range: then they reach as many standard errors to each side as Student's t says, with the
  /// standard error of the draws.
  ///
  /// - Parameters:
  ///   - sides: The scores of each side, which is drawn anew by itself.
  ///   - statistics: The same number of them at each call.
  /// - Returns: For each statistic its interval; `nil` where a task has a single run, and where fewer than six runs are
  ///   all the same.
  public func runIntervals(of sides: [Scores], _ statistics: ([Scores]) -> [Double])
    -> [Interval?]
  {
    let counts = sides.flatMap { $0.tasks.map(\.count) }
    let least = counts.min() ?? 0
    let values = statistics(sides)
    guard least > 1 else { return values.map { _ in nil } }
    let degrees = counts.reduce(0) { $0 + $1 - 1 }
    let reach =
      (Double(least) / Double(least - 1)).squareRoot()
      * studentQuantile(0.5 + 0.5 * confidence, degrees: degrees)
    let tail = 0.5 * erfc(reach / 2.0.squareRoot())
    return zip(values, draws(of: sides, statistics)).map { value, draws in
      guard degrees + 1 < Interval.fewestByRange else {
        return percentiles(draws.sorted(), tail: tail)
      }
      let centre = mean(of: draws)
      let squares = draws.reduce(0) { $0 + ($1 - centre) * ($1 - centre) }
      let half = reach * (squares / Double(draws.count)).squareRoot()
      return half > 0 && half.isFinite ? Interval(low: value - half, high: value + half) : nil
    }
  }

  private func percentiles(_ ascending: [Double], tail: Double) -> Interval {
    Interval(low: quantile(ascending, tail), high: quantile(ascending, 1 - tail))
  }

  /// Each statistic of every draw, `[statistics][repetitions]`.
  private func draws(of sides: [Scores], _ statistics: ([Scores]) -> [Double]) -> [[Double]] {
    var generator = SeededGenerator(seed: seed)
    var drawn = sides
    var results: [[Double]] = []
    for repetition in 0..<repetitions {
      for side in sides.indices {
        for (task, runs) in sides[side].tasks.enumerated() {
          for i in runs.indices {
            drawn[side].tasks[task][i] = runs[generator.integer(below: runs.count)]
          }
        }
      }
      let values = statistics(drawn)
      if repetition == 0 {
        results = values.map { _ in [] }
        for i in results.indices { results[i].reserveCapacity(repetitions) }
      }
      for (i, value) in values.enumerated() { results[i].append(value) }
    }
    return results
  }
}
