internal import Foundation
internal import RLStatistics

/// How two studies differ, task by task.
public struct StudyComparison {
  /// One task that both studies have.
  public struct Row: Codable, Sendable {
    /// The agent and the environment.
    public var task: String
    /// The runs of the first study.
    public var firstRuns: Int
    /// Those of the second.
    public var secondRuns: Int
    /// The interquartile mean of the final returns.
    public var first: Double
    /// That of the second study.
    public var second: Double
    /// How much more the final returns of the second study are (`RLStatistics.Shift`: the median of all differences, and its interval).
    public var final: StudyResults.Estimate
    /// The same of the mean returns over the budget.
    public var area: StudyResults.Estimate
    /// Whether the second is worse in one of both, beyond chance.
    public var isWorse: Bool
    /// Whether the second is better in one of both, beyond chance, and worse in none.
    public var isBetter: Bool
    /// Whether the runs are enough for an interval, and so for a verdict.
    public var hasInterval: Bool { final.low != nil || area.low != nil }
  }

  /// The tasks in common.
  public let rows: [Row]
  /// The fewest runs a side with which a difference can be told, given the number of tasks.
  public let fewestRuns: Int

  /// Pairs tasks by agent and environment, or by environment where each study has a single agent.
  ///
  /// All intervals hold together with 95% (Bonferroni 1936): no more than 5 in 100 pairs of equal studies have a
  /// task in which one looks better or worse.
  ///
  /// - Throws: `ExperimentError` if the studies have no task in common, or give one different budgets.
  public init(_ a: StudyResults, _ b: StudyResults) throws {
    func names(_ results: StudyResults) -> Set<String> { Set(results.tasks.map(\.name)) }
    let ignoresNames = names(a).count == 1 && names(b).count == 1
    let pairs = a.tasks.compactMap { one in
      b.tasks.first {
        $0.environment == one.environment && (ignoresNames || $0.name == one.name)
      }.map { (one, $0) }
    }
    let confidence = Self.confidence(tasks: pairs.count)
    fewestRuns = Self.fewestRuns(tasks: pairs.count)
    rows = try pairs.map { one, other in
      guard one.steps == other.steps else {
        throw ExperimentError.invalid(
          "The studies give \(one.environment) different budgets, \(one.steps) and \(other.steps) steps, which cannot be compared."
        )
      }
      func shift(_ value: (StudyResults.Task, StudyResults.Run) -> Double) -> Shift {
        let sides = [one, other].map { task in task.runs.map { value(task, $0) } }
        return Shift(from: sides[0], to: sides[1], confidence: confidence)
      }
      let final = shift { $1.final }
      let area = shift { task, run in
        LearningCurve(steps: run.steps, seconds: run.seconds, values: run.values)
          .areaUnderCurve ?? task.random
      }
      let isWorse = final.isDown || area.isDown
      let names = one.name == other.name ? one.name : "\(one.name) -> \(other.name)"
      return Row(
        task: "\(names) in \(one.environment)", firstRuns: one.runs.count,
        secondRuns: other.runs.count, first: one.final.value, second: other.final.value,
        final: StudyResults.Estimate(final.value, final.interval),
        area: StudyResults.Estimate(area.value, area.interval), isWorse: isWorse,
        isBetter: !isWorse && (final.isUp || area.isUp))
    }
    guard !rows.isEmpty else {
      throw ExperimentError.invalid(
        "The studies have no task in common: \(names(a).sorted().joined(separator: ", ")) and \(names(b).sorted().joined(separator: ", "))."
      )
    }
  }

  /// The fewest runs a side with which a difference can be told in studies of so many tasks: 5 for one.
  public static func fewestRuns(tasks: Int) -> Int {
    Shift.fewest(confidence: confidence(tasks: tasks))
  }

  /// Of each interval, of which a task has two.
  private static func confidence(tasks: Int) -> Double { 1 - 0.05 / Double(max(1, 2 * tasks)) }

  /// Whether the second study is worse in a task, beyond an interval.
  public var isWorse: Bool { rows.contains(where: \.isWorse) }
}
