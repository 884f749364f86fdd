internal import Foundation
internal import RLGym

/// How two studies differ, task by task.
struct StudyComparison {
  /// One task that both studies have.
  struct Row: Codable {
    var task: String
    /// Interquartile means of the final returns, and the second minus the first.
    var first: Double
    var second: Double
    var final: StudyResults.Estimate
    /// The same difference of the mean returns over the budget.
    var area: StudyResults.Estimate
    /// Whether the second is worse beyond an interval.
    var isWorse: Bool { final.high < 0 || area.high < 0 }
    /// Whether the second is better beyond an interval and nowhere worse.
    var isBetter: Bool { !isWorse && (final.low > 0 || area.low > 0) }
  }

  let rows: [Row]

  /// Pairs tasks by agent and environment, or by environment where each study has a single agent.
  init(_ a: StudyResults, _ b: StudyResults, bootstrap: Bootstrap = Bootstrap(repetitions: 10_000))
    throws
  {
    func names(_ results: StudyResults) -> Set<String> { Set(results.tasks.map(\.name)) }
    let ignoresNames = names(a).count == 1 && names(b).count == 1
    rows = try a.tasks.compactMap { one in
      let other = b.tasks.first {
        $0.environment == one.environment && (ignoresNames || $0.name == one.name)
      }
      guard let other else { return nil }
      guard one.steps == other.steps else {
        throw UsageError(
          "The studies give \(one.environment) different budgets, \(one.steps) and \(other.steps) steps, which cannot be compared."
        )
      }
      // The second minus the first; runs are drawn anew on each side.
      func difference(_ value: (StudyResults.Task, StudyResults.Run) -> Double)
        -> StudyResults.Estimate
      {
        let sides = [one, other].map { task in Scores([task.runs.map { value(task, $0) }]) }
        func gain(_ sides: [Scores]) -> Double {
          Aggregate.interquartileMean(sides[1]) - Aggregate.interquartileMean(sides[0])
        }
        let interval = bootstrap.intervals(of: sides) { [gain($0)] }[0]
        return StudyResults.Estimate(gain(sides), interval)
      }
      let names = one.name == other.name ? one.name : "\(one.name) -> \(other.name)"
      return Row(
        task: "\(names) in \(one.environment)", first: one.final.value, second: other.final.value,
        final: difference { $1.final },
        area: difference { task, run in
          LearningCurve(steps: run.steps, seconds: run.seconds, values: run.values)
            .areaUnderCurve ?? task.random
        })
    }
    guard !rows.isEmpty else {
      throw UsageError(
        "The studies have no task in common: \(names(a).sorted().joined(separator: ", ")) and \(names(b).sorted().joined(separator: ", "))."
      )
    }
  }

  var isWorse: Bool { rows.contains(where: \.isWorse) }

  /// A table and a sentence.
  var text: String {
    var lines = rows.map { row in
      let verdict = row.isWorse ? "worse" : row.isBetter ? "better" : "no difference shown"
      return """
        \(row.task): \(verdict)
          final return     \(Format.value(row.first)) -> \(Format.value(row.second)), difference \(row.final.text)
          over the budget  difference \(row.area.text)
        """
    }
    let worse = rows.count(where: \.isWorse)
    let better = rows.count(where: \.isBetter)
    lines.append(
      worse > 0
        ? "The second study is worse in \(worse) of \(rows.count) tasks, beyond the 95% interval."
        : better > 0
          ? "The second study is better in \(better) of \(rows.count) tasks and worse in none."
          : "No task shows a difference beyond its 95% interval.")
    if rows.count > 2 {
      let chance = 1 - pow(0.975, Double(2 * rows.count))
      lines.append(
        "Of two equal studies, up to \(Int((100 * chance).rounded()))% look worse somewhere by chance, as each of \(2 * rows.count) intervals errs so in 2.5% of cases."
      )
    }
    return lines.joined(separator: "\n")
  }
}
