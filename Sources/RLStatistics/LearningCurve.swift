internal import Foundation

/// How good a run was at each evaluation.
///
/// ```swift
/// let curve = LearningCurve(steps: [100, 200, 300], seconds: [1, 2, 3], values: [20, 480, 500])
/// print(curve.reached(475, window: 2)?.step ?? 0)  // 300
/// ```
public struct LearningCurve: Sendable, Equatable {
  /// Environment steps at each evaluation, ascending.
  public var steps: [Int]
  /// Seconds of training at each evaluation.
  public var seconds: [Double]
  /// The mean return of each evaluation.
  public var values: [Double]

  /// A curve of evaluations; the arrays have the same count.
  public init(steps: [Int], seconds: [Double], values: [Double]) {
    precondition(
      steps.count == values.count && seconds.count == values.count,
      "LearningCurve: \(steps.count) steps, \(seconds.count) times and \(values.count) values")
    self.steps = steps
    self.seconds = seconds
    self.values = values
  }

  /// The value at a number of steps: that of the latest evaluation up to there; `nil` before the first one.
  public func value(atStep step: Int) -> Double? {
    steps.lastIndex { $0 <= step }.map { values[$0] }
  }

  /// The value at a time: that of the latest evaluation up to there; `nil` before the first one.
  public func value(atSecond second: Double) -> Double? {
    seconds.lastIndex { $0 <= second }.map { values[$0] }
  }

  /// The mean value over the steps from the first evaluation to the last one (trapezoids); `nil` without
  /// evaluations.
  public var areaUnderCurve: Double? {
    guard let first = steps.first, let last = steps.last else { return nil }
    if first == last { return values.last }
    var area = 0.0
    for i in 1..<steps.count {
      area += 0.5 * (values[i - 1] + values[i]) * Double(steps[i] - steps[i - 1])
    }
    return area / Double(last - first)
  }

  /// The first evaluation from which on `window` evaluations in a row have a mean of at least `threshold`;
  /// `nil` if there is none.
  ///
  /// The step counted is that of the last of them, when it was known.
  public func reached(_ threshold: Double, window: Int = 5) -> (step: Int, second: Double)? {
    guard window > 0, values.count >= window else { return nil }
    for end in window...values.count where mean(of: values[end - window..<end]) >= threshold {
      return (steps[end - 1], seconds[end - 1])
    }
    return nil
  }
}

/// Amounts, such as steps to a threshold, of which some are only known to be larger than the budget.
public struct CensoredSample: Sendable, Equatable {
  /// The amounts that are known, ascending.
  public var known: [Double]
  /// How many others are larger than any budget.
  public var unreached: Int

  /// A sample; `nil` for an amount that was not reached.
  public init(_ amounts: [Double?]) {
    known = amounts.compactMap { $0 }.sorted()
    unreached = amounts.count - known.count
  }

  /// How many there are in all.
  public var count: Int { known.count + unreached }

  /// The median; `nil` if it is larger than the budget, or between a known amount and an unknown one.
  public var median: Double? {
    guard count > 0 else { return nil }
    let (low, high) = ((count - 1) / 2, count / 2)
    guard high < known.count else { return nil }
    return 0.5 * (known[low] + known[high])
  }

  /// An interval of the median from order statistics: the smallest symmetric one with at least the given
  /// confidence whatever the distribution (Conover 1999, section 3.2). Ends beyond the budget are infinite;
  /// `nil` where there are too few runs for that confidence.
  public func medianInterval(confidence: Double = 0.95) -> Interval? {
    let n = count
    // The probability that fewer than k of n fair coins are heads.
    var tail = 0.0
    // As a logarithm, since 2 to the power of -n is 0 for more than 1074 runs.
    var logTerm = -Double(n) * log(2)
    var rank: Int?
    for k in 0..<max(0, (n + 1) / 2) {
      tail += exp(logTerm)
      if 2 * tail <= 1 - confidence { rank = k } else { break }
      logTerm += log(Double(n - k) / Double(k + 1))
    }
    guard let rank else { return nil }
    func amount(_ i: Int) -> Double { i < known.count ? known[i] : .infinity }
    return Interval(low: amount(rank), high: amount(n - 1 - rank))
  }
}
