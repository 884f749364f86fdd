internal import Foundation
internal import RLGym

/// A study's results as people read them in a terminal.
enum StudyTable {
  static func text(_ results: StudyResults) -> String {
    var blocks: [String] = []
    for environment in results.environments {
      let tasks = results.tasks.filter { $0.environment == environment }
      var rows = [
        ["", "steps", "runs", "final return (IQM, 95%)", "mean ± deviation", "over the budget"]
      ]
      if tasks.contains(where: { $0.threshold != nil }) {
        let threshold = tasks.compactMap(\.threshold).first.map { Format.value($0) } ?? ""
        rows[0] += ["median steps to \(threshold)", "seconds"]
      }
      let infos = Set(tasks.flatMap { $0.infos.map(\.name) }).sorted()
      rows[0] += infos
      for task in tasks {
        var row = [
          task.name, Format.count(task.steps), "\(task.runs.count)", task.final.text,
          "\(Format.value(task.mean)) \(Format.deviation(task.deviation))",
          task.area.text,
        ]
        if let steps = task.stepsToThreshold {
          row.append(reached(steps) { Format.count(Int($0)) })
          row.append(
            task.secondsToThreshold?.median.map { Format.duration($0) } ?? "-")
        }
        row += infos.map { name in
          task.infos.first { $0.name == name }.map {
            "\(Format.value($0.mean)) \(Format.deviation($0.deviation))"
          } ?? "-"
        }
        rows.append(row)
      }
      let notes = tasks.compactMap(\.cutText).map { "\n  " + $0 }
      blocks.append(environment + "\n" + columns(rows) + notes.joined())
    }
    if results.aggregates.count > 1, results.commonEnvironments.count > 1 {
      var rows = [["", "IQM", "median", "mean", "optimality gap"]]
      rows += results.aggregates.map {
        [$0.name, $0.interquartileMean.text, $0.median.text, $0.mean.text, $0.optimalityGap.text]
      }
      blocks.append(
        "Scores over \(results.commonEnvironments.count) environments (0 random, 1 reference)\n"
          + columns(rows))
    }
    if !results.improvements.isEmpty {
      let rows = results.improvements.map {
        [
          "\($0.better) ends better than \($0.than)",
          $0.probability.percentText,
          $0.environments.count == 1
            ? $0.environments[0] : "\($0.environments.count) environments",
        ]
      }
      blocks.append("Probability of improvement\n" + columns(rows))
    }
    let failures = results.tasks.flatMap { task in
      task.runs.compactMap { run in
        run.problem.map { "  \(task.name) in \(task.environment), seed \(run.seed): \($0)" }
      }
    }
    if !failures.isEmpty {
      blocks.append(
        "Failed runs, which count with the return of random actions\n"
          + failures.joined(separator: "\n"))
    }
    return blocks.joined(separator: "\n\n")
  }

  private static func reached(_ x: StudyResults.Reached, _ format: (Double) -> String) -> String {
    let share = "\(x.count) of \(x.of)"
    return x.median.map { "\(format($0)) (\(share))" } ?? "beyond the budget (\(share))"
  }

  /// Rows with aligned columns, the first to the left and the others to the right.
  static func columns(_ rows: [[String]]) -> String {
    let count = rows.map(\.count).max() ?? 0
    let widths = (0..<count).map { column in
      rows.compactMap { $0.indices.contains(column) ? $0[column].count : nil }.max() ?? 0
    }
    return rows.map { row in
      let cells = row.enumerated().map { column, text in
        let space = String(repeating: " ", count: widths[column] - text.count)
        return column == 0 ? text + space : space + text
      }
      return "  " + cells.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}
