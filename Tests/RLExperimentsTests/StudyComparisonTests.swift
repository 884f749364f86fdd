import Foundation
import RLExperiments
import RLStatistics
import RLSupport
import TestSupport
import Testing

/// Comparisons of studies that were made up.
@Suite struct StudyComparisonTests {
  /// A study of one agent with these final returns in each environment; the returns over the budget follow them.
  private static func study(_ finals: [[Double]]) throws -> StudyResults {
    func estimate(_ x: Double) -> String { "{\"value\": \(x), \"low\": null, \"high\": null}" }
    let band = "{\"at\": [], \"value\": [], \"low\": [], \"high\": []}"
    let tasks = finals.enumerated().map { place, finals in
      let runs = finals.enumerated().map { seed, final in
        """
        {"seed": \(seed), "final": \(final), "steps": [1, 2], "seconds": [1, 2],
         "values": [\(final / 2), \(final)], "stochasticValues": []}
        """
      }
      return """
        {"name": "ppo", "agent": "ppo", "environment": "E\(place)", "steps": 2, "settings": {},
         "random": 0, "runs": [\(runs.joined(separator: ","))], "final": \(estimate(finals[0])),
         "mean": 0, "deviation": null, "area": \(estimate(0)), "overSteps": \(band),
         "overSeconds": \(band)}
        """
    }
    let text = """
      {"origin": {"rlgym": "", "command": "", "date": "", "host": "", "system": "", "cpu": "",
       "cores": 1, "evaluations": 2, "seeds": 1, "repetitions": 1},
       "tasks": [\(tasks.joined(separator: ","))], "commonEnvironments": [], "aggregates": [],
       "improvements": []}
      """
    return try JSONDecoder().decode(StudyResults.self, from: Data(text.utf8))
  }

  /// The studies have one environment or three; a verdict in any of them is one too many.
  @Test(arguments: [1, 3], [2, 3, 4, 5, 7, 10])
  func equalStudiesSeldomGetAVerdict(_ tasks: Int, _ seeds: Int) throws {
    var generator = SeededGenerator(seed: 21)
    func results() throws -> StudyResults {
      try Self.study(
        (0..<tasks).map { _ in
          (0..<seeds).map { _ in
            generator.uniform(0, 1) < 0.5 ? 500 : generator.uniform(0, 500)
          }
        })
    }
    var verdicts = 0
    for _ in 0..<200 {
      let comparison = try StudyComparison(results(), results())
      verdicts += comparison.rows.contains { $0.isBetter || $0.isWorse } ? 1 : 0
    }
    #expect(verdicts <= 10, "\(verdicts) of 200 with \(seeds) seeds")
    if seeds < 5 { #expect(verdicts == 0) }
  }

  @Test func tooFewSeedsHaveNoIntervalAndEnoughHaveAVerdict() throws {
    func compare(_ seeds: Int) throws -> StudyComparison {
      try StudyComparison(
        Self.study([(0..<seeds).map { 100 + Double($0) }]),
        Self.study([(0..<seeds).map { 20 + Double($0) }]))
    }
    for seeds in 1...4 {
      let comparison = try compare(seeds)
      #expect(!comparison.isWorse && !comparison.rows[0].hasInterval && comparison.fewestRuns == 5)
      let text = try JSONText.encode(comparison.rows)
      #expect(text.contains("\"low\":null") && text.contains("\"high\":null"))
      #expect(comparison.rows[0].final.value == -80)
    }
    #expect(try compare(5).isWorse)
    #expect(StudyComparison.fewestRuns(tasks: 10) == 6)
  }
}
