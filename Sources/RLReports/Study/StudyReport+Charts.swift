internal import Foundation
internal import RLExperiments
internal import RLStatistics

extension StudyReport {
  // MARK: Learning curves

  func learningCurves(_ environment: String, over measure: RunPlot.Measure) -> LineChart {
    let tasks = tasks(in: environment)
    let series = tasks.map { task in
      let band = measure == .steps ? task.overSteps : task.overSeconds
      return LineChart.Series(
        name: task.name, style: style(task.name),
        curve: LineChart.Curve(name: task.name, at: band.at, value: band.value),
        low: band.low.map { $0 ?? .nan }, high: band.high.map { $0 ?? .nan },
        runs: task.runs.filter { $0.problem == nil }.map { run in
          LineChart.Curve(
            name: "seed \(run.seed)",
            at: measure == .steps ? run.steps.map(Double.init) : run.seconds, value: run.values)
        })
    }
    return LineChart(
      title: "Learning curves in \(environment) over \(measure.rawValue)",
      description: curveDescription(tasks, measure), xLabel: measure.label,
      yLabel: "Mean return of an evaluation", xKind: measure.kind, series: series,
      levels: thresholdLevels(tasks), xLimits: [0])
  }

  private func thresholdLevels(_ tasks: [StudyResults.Task]) -> [LineChart.Level] {
    Set(tasks.compactMap(\.threshold)).sorted().map {
      LineChart.Level(value: $0, text: "solved from \(NumberText.round($0))")
    }
  }

  private func curveDescription(_ tasks: [StudyResults.Task], _ measure: RunPlot.Measure) -> String
  {
    let ends = tasks.map { task in
      let band = measure == .steps ? task.overSteps : task.overSeconds
      guard let first = band.value.first, let last = band.value.last, let end = band.at.last
      else { return "\(task.name) has no evaluations" }
      return
        "\(task.name) goes from \(NumberText.value(first)) to \(NumberText.value(last)) after \(measure.text(end))"
    }
    return "Interquartile mean over runs with 95% intervals. \(Self.list(ends))."
  }

  // MARK: Steps and seconds to the threshold

  func thresholdChart(_ environment: String, over measure: RunPlot.Measure) -> IntervalChart? {
    let tasks = tasks(in: environment)
    guard let threshold = tasks.compactMap(\.threshold).first else { return nil }
    let rows = tasks.map { task in
      let reached = measure == .steps ? task.stepsToThreshold : task.secondsToThreshold
      let points = task.runs.map { run in
        reachedPoint(run, task, task.threshold ?? threshold, measure)
      }
      let beyond = Double.infinity
      let isBounded = reached?.low != nil
      return IntervalChart.Row(
        name: task.name, style: style(task.name), points: points, centre: reached?.median,
        low: reached?.low, high: isBounded ? reached?.high ?? beyond : nil,
        note: reachedText(reached, measure))
    }
    return IntervalChart(
      title:
        "\(measure == .steps ? "Steps" : "Seconds") to a return of \(NumberText.round(threshold)) in \(environment)",
      xLabel: measure == .steps ? "Steps to threshold" : "Training time to threshold",
      kind: measure.kind, rows: rows,
      limits: [0] + (measure == .steps ? tasks.map { Double($0.steps) } : []))
  }

  private func reachedPoint(
    _ run: StudyResults.Run, _ task: StudyResults.Task, _ threshold: Double,
    _ measure: RunPlot.Measure
  ) -> IntervalChart.Point {
    let count = min(run.steps.count, run.seconds.count, run.values.count)
    let curve = LearningCurve(
      steps: Array(run.steps.prefix(count)), seconds: Array(run.seconds.prefix(count)),
      values: Array(run.values.prefix(count)))
    if let place = curve.reached(threshold) {
      let value = measure == .steps ? Double(place.step) : place.second
      return IntervalChart.Point(value: value, text: "seed \(run.seed): \(measure.text(value))")
    }
    let end = measure == .steps ? Double(task.steps) : task.overSeconds.at.last ?? 0
    let reason = run.problem == nil ? "not reached within \(measure.text(end))" : "failed"
    return IntervalChart.Point(
      value: end, text: "seed \(run.seed): \(reason)", isCensored: true)
  }

  /// `8,192 [6,144, > budget], 5 of 6 reached`
  func reachedText(_ reached: StudyResults.Reached?, _ measure: RunPlot.Measure) -> String {
    guard let reached else { return NumberText.unknown }
    func text(_ x: Double) -> String {
      measure == .steps ? NumberText.count(x) : NumberText.duration(x)
    }
    let share = "\(reached.count) of \(reached.of) reached"
    guard let median = reached.median else {
      return reached.count == 0 ? share : "median beyond the budget, \(share)"
    }
    var words = text(median)
    if let low = reached.low {
      words += " [\(text(low)), \(reached.high.map(text) ?? "beyond")]"
    }
    return "\(words), \(share)"
  }

  // MARK: Final returns

  func finalChart(_ environment: String) -> IntervalChart {
    let tasks = tasks(in: environment)
    let rows = tasks.map { task in
      IntervalChart.Row(
        name: task.name, style: style(task.name),
        points: task.runs.map { run in
          let words = run.problem == nil ? NumberText.value(run.final) : "failed"
          return IntervalChart.Point(value: run.final, text: "seed \(run.seed): \(words)")
        }, centre: task.final.value, low: task.final.low, high: task.final.high,
        note: NumberText.estimate(task.final))
    }
    return IntervalChart(
      title: "Final returns in \(environment)",
      introduction: "Interquartile mean with 95% interval. ",
      xLabel: "Mean return of the final model", kind: .value, rows: rows,
      levels: thresholdLevels(tasks))
  }

  // MARK: All environments

  var profileChart: LineChart {
    let series = results.aggregates.map { one in
      LineChart.Series(
        name: one.name, style: style(one.name),
        curve: LineChart.Curve(name: one.name, at: one.profile.at, value: one.profile.value),
        low: one.profile.low.map { $0 ?? .nan }, high: one.profile.high.map { $0 ?? .nan })
    }
    return LineChart(
      title: "Performance profiles",
      description:
        "The share of runs that score more than each score, from 0, as good as random actions, to 1, the reference. "
        + results.aggregates.map {
          "\($0.name) has an interquartile mean score of \(NumberText.value($0.interquartileMean.value))"
        }.joined(separator: "; ") + ".",
      xLabel: "Score τ", yLabel: "Share of runs that score more than τ", xKind: .value,
      yKind: .share, series: series, yLimits: [0, 1], isStepped: true)
  }

  /// The four aggregates of the scores, a chart each.
  var aggregateCharts: [IntervalChart] {
    let kinds: [(String, (StudyResults.Aggregated) -> StudyResults.Estimate)] = [
      ("IQM of scores", \.interquartileMean), ("Median of scores", \.median),
      ("Mean of scores", \.mean), ("Optimality gap (less is better)", \.optimalityGap),
    ]
    return kinds.map { title, estimate in
      let rows = results.aggregates.map { one in
        let figures = estimate(one)
        return IntervalChart.Row(
          name: one.name, style: style(one.name), centre: figures.value, low: figures.low,
          high: figures.high, note: NumberText.estimate(figures))
      }
      return IntervalChart(
        title: title, xLabel: title, kind: .value, rows: rows, limits: [0, 1])
    }
  }

  /// A pair of agents a row, and below it a row for each environment while these are few.
  var improvementChart: IntervalChart {
    let count = results.improvements.reduce(0) {
      $0 + 1 + ($1.environments.count > 1 ? $1.environments.count : 0)
    }
    let rows = results.improvements.flatMap { pair in
      let name = "\(pair.better) over \(pair.than)"
      let whole = improvementRow(name, pair.better, pair.probability)
      guard pair.environments.count > 1, count <= 16 else { return [whole] }
      return [whole]
        + pair.environments.compactMap { environment in
          improvement(of: pair.better, over: pair.than, in: environment).map {
            improvementRow("– in \(environment)", pair.better, $0)
          }
        }
    }
    return IntervalChart(
      title: "Probability of improvement",
      xLabel: "How probable it is that a run of the first ends better", kind: .share, rows: rows,
      levels: [LineChart.Level(value: 0.5, text: "no difference")], limits: [0, 1])
  }

  private func improvementRow(_ name: String, _ agent: String, _ x: StudyResults.Estimate)
    -> IntervalChart.Row
  {
    IntervalChart.Row(
      name: name, style: style(agent), centre: x.value, low: x.low, high: x.high,
      note: NumberText.estimate(x, NumberText.percent))
  }
}
