internal import Foundation
public import RLStatistics

/// How two studies differ, task by task.
public struct StudyComparison {
  /// One task that both studies have.
  public struct Row: Codable, Sendable {
    /// The agent and the environment.
    public var task: String
    /// Interquartile means of the final returns, and the second minus the first.
    public var first: Double
    /// That of the second study.
    public var second: Double
    /// The difference of the final returns.
    public var final: StudyResults.Estimate
    /// The same difference of the mean returns over the budget.
    public var area: StudyResults.Estimate
    /// Whether the second is worse beyond an interval.
    public var isWorse: Bool { final.high < 0 || area.high < 0 }
    /// Whether the second is better beyond an interval and nowhere worse.
    public var isBetter: Bool { !isWorse && (final.low > 0 || area.low > 0) }
  }

  /// The tasks in common.
  public let rows: [Row]

  /// Pairs tasks by agent and environment, or by environment where each study has a single agent.
  public init(
    _ a: StudyResults, _ b: StudyResults, bootstrap: Bootstrap = Bootstrap(repetitions: 10_000)
  )
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
        throw ExperimentError.invalid(
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
      throw ExperimentError.invalid(
        "The studies have no task in common: \(names(a).sorted().joined(separator: ", ")) and \(names(b).sorted().joined(separator: ", "))."
      )
    }
  }

  /// Whether the second study is worse in a task, beyond an interval.
  public var isWorse: Bool { rows.contains(where: \.isWorse) }
}
