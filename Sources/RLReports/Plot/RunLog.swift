internal import Foundation

/// How good a training run was over time, as its files say, whichever program wrote them.
struct RunLog {
  var name: String
  var source: RunPlot.Source
  var steps: [Double]
  /// Seconds of training; `nil` where the files do not have them.
  var seconds: [Double]?
  var values: [Double]

  /// The curve with each value the mean of so many of the latest ones.
  func smoothed(_ window: Int) -> RunLog {
    guard window > 1 else { return self }
    var result = self
    var sum = 0.0
    for (i, value) in values.enumerated() {
      sum += value
      if i >= window { sum -= values[i - window] }
      result.values[i] = sum / Double(min(i + 1, window))
    }
    return result
  }

  /// The curve with so many points at most.
  func thinned(_ most: Int = 400) -> RunLog {
    guard values.count > most else { return self }
    let kept = (0..<most).map { $0 * (values.count - 1) / (most - 1) }
    return RunLog(
      name: name, source: source, steps: kept.map { steps[$0] },
      seconds: seconds.map { seconds in kept.map { seconds[$0] } },
      values: kept.map { values[$0] })
  }

  /// The points over steps or seconds; `nil` for seconds that are not known.
  func curve(over measure: RunPlot.Measure) -> LineChart.Curve? {
    guard let at = measure == .steps ? steps : seconds else { return nil }
    return LineChart.Curve(name: name, at: at, value: values)
  }
}
