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

  /// Whether a number lies in the interval.
  public func contains(_ value: Double) -> Bool { low <= value && value <= high }
}

/// Stratified bootstrap: runs are drawn anew with replacement, in each task from its own, and the spread of
/// the statistic over many such draws is its uncertainty (Efron 1979; Agarwal et al. 2021, section 4.1).
///
/// The same seed gives the same bits.
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
    return results.map { values in
      let ascending = values.sorted()
      let tail = (1 - confidence) / 2
      return Interval(low: quantile(ascending, tail), high: quantile(ascending, 1 - tail))
    }
  }
}
