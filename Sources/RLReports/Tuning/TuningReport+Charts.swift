internal import Foundation
internal import RLExperiments
internal import RLStatistics
internal import RLSupport

extension TuningReport {
  private func dot(_ trial: Trial, at: Double, _ value: Double, _ words: String = "")
    -> LineChart.Dot
  {
    LineChart.Dot(
      at: at, value: value,
      text:
        "trial \(trial.number), \(TuningResults.word(trial.state)): \(NumberText.value(value))\(words)",
      isHollow: trial.state != .complete)
  }

  /// Each trial's value, and the best of those completed so far.
  var historyChart: LineChart {
    var best: (at: [Double], value: [Double]) = ([], [])
    for trial in trials where trial.state == .complete {
      guard let value = value(trial) else { continue }
      best.at.append(Double(trial.number))
      best.value.append(max(value, best.value.last ?? value))
    }
    if let value = best.value.last, best.at.last != Double(trials.count - 1) {
      best.at.append(Double(trials.count - 1))
      best.value.append(value)
    }
    var series = roles.map { role in
      LineChart.Series(
        name: name(role), style: role.style,
        dots: trials.filter { self.role($0) == role }.compactMap { trial in
          value(trial).map { dot(trial, at: Double(trial.number), $0) }
        })
    }
    series.insert(
      LineChart.Series(
        name: "best so far", style: SeriesStyle(6),
        curve: LineChart.Curve(name: "best so far", at: best.at, value: best.value),
        hasSymbols: false), at: 0)
    let last = best.value.last.map { "It comes to \(NumberText.value($0))." } ?? ""
    return LineChart(
      title: "The search trial by trial",
      description:
        "Values of \(StudyReport.counted(trials.count, "trial")) and the best so far. \(last)",
      xLabel: "Trial", yLabel: "Value", series: series, xLimits: [0, Double(trials.count - 1)],
      isStepped: true)
  }

  /// The mean return of each trial over the budget.
  var curvesChart: LineChart {
    func curve(_ trial: Trial) -> LineChart.Curve {
      let count = trial.curves.map(\.count).max() ?? 0
      let values = (0..<count).map { i in
        mean(of: trial.curves.filter { $0.indices.contains(i) }.map { $0[i] })
      }
      return LineChart.Curve(
        name: "trial \(trial.number)",
        at: values.indices.map { Double(plan.steps) * Double($0 + 1) / Double(plan.points) },
        value: values)
    }
    let series = roles.reversed().map { role in
      let own = trials.filter { self.role($0) == role }.map(curve)
      let isAlone = role == .best || role == .start
      return LineChart.Series(
        name: name(role), style: role.style,
        curve: isAlone ? own.first ?? .init() : .init(),
        backdrop: isAlone ? [] : own)
    }
    return LineChart(
      title: "Learning curves of the trials",
      description:
        "Mean returns over the seeds of each trial, evaluation by evaluation; curves of trials that were cut off end early.",
      xLabel: "Environment steps", yLabel: "Mean return of an evaluation", series: series,
      xLimits: [0])
  }

  /// A hyperparameter against the value.
  func slice(_ index: Int) -> LineChart {
    let dimension = plan.space.dimensions[index]
    let bounds = dimension.range.bounds
    let places = trials.compactMap { $0.coordinates?[index] }
    let series = roles.reversed().map { role in
      LineChart.Series(
        name: name(role), style: role.style,
        dots: trials.filter { self.role($0) == role }.compactMap { trial in
          guard let at = trial.coordinates?[index], let value = value(trial) else { return nil }
          let word = (trial.settings[dimension.name] ?? plan.space.start[dimension.name])?.word
          return dot(trial, at: at, value, word.map { ", \(dimension.name) \($0)" } ?? "")
        })
    }
    let correlation = importance[index].map { " Rank correlation \(Format.decimal($0, 2))." } ?? ""
    return LineChart(
      title: "\(dimension.name) against the value",
      description:
        "\(StudyReport.counted(places.count, "trial")); filled where complete.\(correlation)",
      xLabel: ([dimension.name] + dimension.others).joined(separator: ", "), yLabel: "Value",
      series: series, xTicks: (bounds.low, bounds.high, ticks(dimension.range)))
  }

  /// Round values of a range.
  private func ticks(_ range: SearchRange) -> [Axis.Tick] {
    func tick(_ value: JSONValue) -> Axis.Tick? {
      range.coordinate(of: value).map { Axis.Tick(value: $0, text: value.word) }
    }
    switch range {
    case .ordered(let values), .choices(let values): return values.compactMap(tick)
    case .whole(let low, let high, let scale):
      let step = max(1, (high - low) / 8)
      let values =
        scale == .log
        ? [1, 2, 5].flatMap { x in (0..<12).map { x * Int(pow(10, Double($0))) } }.sorted()
        : Array(stride(from: low, through: high, by: step))
      return values.filter { (low...high).contains($0) }.compactMap { tick(.int($0)) }
    case .real(let low, let high, .linear):
      return Axis(.value, [low, high], from: 0, to: 400, spacing: 60).ticks
    case .real(let low, let high, let scale):
      let powers = (1...12).map { pow(10, -Double($0)) } + (0...6).map { pow(10, Double($0)) }
      // Where there are few powers of ten, what lies between them too.
      let (from, to) = scale == .log ? (low, high) : (1 - high, 1 - low)
      let factors: [Double] = to / from > 100 ? [1] : [1, 2, 5]
      let values = powers.flatMap { power in factors.map { $0 * power } }
        .filter { $0 >= from * 0.999 && $0 <= to * 1.001 }.sorted()
      let coordinates = values.map { scale.coordinate(scale == .log ? $0 : 1 - $0) }
      let words = values.map { x in
        scale == .complement
          ? NumberText.fraction(1 - x)
          : x < 1e-3 ? NumberText.scientific(x).replacing("1 × ", with: "") : NumberText.fraction(x)
      }
      return zip(coordinates, words).map { Axis.Tick(value: $0, text: $1) }
        .sorted { $0.value < $1.value }
    }
  }

  /// Every run with a new seed, for the best trials and the starting point.
  var confirmationChart: IntervalChart {
    let rows = results.candidates.map { candidate in
      IntervalChart.Row(
        name: name(candidate.trial), style: role(candidate.trial).style,
        points: candidate.values.enumerated().map { i, value in
          IntervalChart.Point(
            value: value, text: "seed \(plan.confirmingSeed(i)): \(NumberText.value(value))")
        }, centre: candidate.mean?.value, low: candidate.mean?.low, high: candidate.mean?.high,
        note: candidate.mean.map { NumberText.estimate($0) } ?? NumberText.unknown)
    }
    return IntervalChart(
      title: "Values with new seeds",
      introduction: "Means with 95% intervals. ",
      xLabel: "Value with a new seed", kind: .value, rows: rows)
  }

  /// How much better than the starting point the best trials are.
  var advantageChart: IntervalChart {
    let rows = results.candidates.compactMap { candidate in
      candidate.advantage.map { advantage in
        IntervalChart.Row(
          name: name(candidate.trial), style: role(candidate.trial).style,
          centre: advantage.value, low: advantage.low, high: advantage.high,
          note: NumberText.estimate(advantage))
      }
    }
    return IntervalChart(
      title: "Advantage over \(results.startName)",
      introduction:
        "Differences of runs, the median of all pairs, with intervals that hold together at 95%. ",
      xLabel: "Advantage over \(results.startName)", kind: .value, rows: rows,
      levels: [LineChart.Level(value: 0, text: "no difference")], limits: [0])
  }

  func name(_ trial: Trial) -> String {
    trial.number == 0 ? name(.start) : "trial \(trial.number)"
  }
}
