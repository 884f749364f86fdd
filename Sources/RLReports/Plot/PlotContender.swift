internal import Foundation
internal import RLExperiments
internal import RLStatistics

/// One line of a plot: a run, or runs of one agent with several seeds.
struct PlotContender {
  var name: String
  var runs: [RunLog]

  /// Reads what an argument names: `PATH` or `label=PATH`; a study gives a line for each of its agents.
  static func read(_ argument: String, from source: RunPlot.Source?) throws -> [PlotContender] {
    var (label, path): (String?, String) = (nil, argument)
    if !FileManager.default.fileExists(atPath: argument), let sign = argument.firstIndex(of: "=") {
      label = String(argument[..<sign])
      path = String(argument[argument.index(after: sign)...])
      guard label?.isEmpty == false else {
        throw ExperimentError.invalid("'\(argument)' gives an empty label; write label=PATH.")
      }
    }
    while path.count > 1 && path.hasSuffix("/") { path.removeLast() }
    let name = label ?? path.split(separator: "/").last.map(String.init) ?? path
    if let study = try study(path, label, from: source) { return study }
    if let run = try RunLog.read(path, source) { return [PlotContender(name: name, runs: [run])] }
    let runs = try FileManager.default.folders(in: path).compactMap { try RunLog.read($0, source) }
    guard !runs.isEmpty else {
      let wanted = source.map { "\($0.rawValue) of a run" } ?? "log of a run"
      throw ExperimentError.invalid(
        "'\(path)' has no \(wanted): neither it nor the directories in it hold evaluations.npz, progress.csv or monitor.csv with anything in them\(source == nil ? "" : " of that kind")."
      )
    }
    return [PlotContender(name: name, runs: runs)]
  }

  /// The agents of a study that is over.
  private static func study(_ path: String, _ label: String?, from source: RunPlot.Source?) throws
    -> [PlotContender]?
  {
    let file = path + "/results.json"
    guard FileManager.default.fileExists(atPath: file) else { return nil }
    let results = try StudyResults(reading: file)
    let isOneEnvironment = Set(results.tasks.map(\.environment)).count == 1
    let contenders = try results.tasks.compactMap { task -> PlotContender? in
      let runs = try task.runs.filter { !$0.values.isEmpty }.compactMap { run in
        if let source, source != .evaluations {
          let folder = Study.path(task.name, task.environment, seed: run.seed)
          return try RunLog.read(path + "/" + folder, source)
        }
        return RunLog(
          name: "seed \(run.seed)", source: .evaluations, steps: run.steps.map(Double.init),
          seconds: run.seconds, values: run.values)
      }
      let name = isOneEnvironment ? task.name : "\(task.name), \(task.environment)"
      return runs.isEmpty
        ? nil : PlotContender(name: label.map { "\($0) \(name)" } ?? name, runs: runs)
    }
    return contenders.isEmpty ? nil : contenders
  }

  /// The line over steps or seconds, with the interval of the interquartile mean where there are several
  /// runs.
  ///
  /// - Throws: `ExperimentError` if the runs have no times, or have no steps in common.
  func series(_ style: SeriesStyle, over measure: RunPlot.Measure) throws -> LineChart.Series {
    let curves = try runs.map { run in
      guard let curve = run.curve(over: measure) else {
        throw ExperimentError.invalid(
          "'\(run.name)' of '\(name)' does not say when its evaluations were; plot it over steps.")
      }
      return curve
    }
    guard curves.count > 1 else {
      let curve = curves.first.map {
        LineChart.Curve(name: name, at: $0.at, value: $0.value)
      }
      return LineChart.Series(
        name: name, style: style, curve: curve ?? LineChart.Curve(name: name))
    }
    let places = try grid(curves)
    let scores = places.map { at in Scores([curves.map { Self.value($0, at) }]) }
    let bootstrap = Bootstrap(repetitions: 2_000)
    let aggregate = Aggregate.interquartileMean
    let intervals = scores.map { bootstrap.runInterval(of: $0) { aggregate($0) } }
    return LineChart.Series(
      name: name, style: style,
      curve: LineChart.Curve(
        name: name, at: places, value: scores.map { aggregate($0) }),
      low: intervals.map { $0?.low ?? .nan }, high: intervals.map { $0?.high ?? .nan },
      runs: curves)
  }

  /// Places that all curves cover: those of their points if they are the same in all.
  private func grid(_ curves: [LineChart.Curve]) throws -> [Double] {
    if let first = curves.first?.at, first.count <= 400, curves.allSatisfy({ $0.at == first }) {
      return first
    }
    let start = curves.compactMap(\.at.first).max() ?? 0
    let end = curves.compactMap(\.at.last).min() ?? 0
    guard end >= start else {
      throw ExperimentError.invalid(
        "The runs of '\(name)' have nothing in common: one begins at \(NumberText.count(start)) when another is over at \(NumberText.count(end)). Give them one by one."
      )
    }
    return end > start ? (0...100).map { start + (end - start) * Double($0) / 100 } : [start]
  }

  /// The value at a place within a curve, between its points in proportion.
  private static func value(_ curve: LineChart.Curve, _ at: Double) -> Double {
    guard let after = curve.at.firstIndex(where: { $0 >= at }) else {
      return curve.value.last ?? .nan
    }
    guard after > 0, curve.at[after] > at else { return curve.value[after] }
    let (a, b) = (curve.at[after - 1], curve.at[after])
    let share = (at - a) / (b - a)
    return curve.value[after - 1] * (1 - share) + curve.value[after] * share
  }
}
