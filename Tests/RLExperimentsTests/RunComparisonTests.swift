import Foundation
import RLExperiments
import RLSupport
import TestSupport
import Testing

@Suite struct RunComparisonTests {
  /// The files of a finished run with a final mean return.
  private func write(
    _ path: String, _ final: Double, seed: Int = 0, environment: String = "CartPole-v1",
    agent: String = "ppo", steps: Int = 1000, settings: [String] = ["learningRate: 0.001"],
    solvedAtStep: Int? = nil, isOver: Bool = true
  ) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let config =
      [
        "agent: \(agent)", "environment: \(environment)", "steps: \(steps)", "seed: \(seed)",
      ] + settings
    try FileStore.write(
      Array((config.joined(separator: "\n") + "\n").utf8), to: path + "/config.yaml")
    guard isOver else { return }
    let step = solvedAtStep.map { "\($0)" } ?? "null"
    let summary = """
      {"algorithm": "\(agent)", "environment": "\(environment)", "steps": \(steps), "seed": \(seed),
       "wallSeconds": 1.5, "stepsPerSecond": 600, "solvedAtStep": \(step), "solvedAtSecond": null,
       "evaluation": {"episodes": 100, "mean": \(final), "std": 2, "min": 1, "max": 500}, "run": "x"}
      """
    try FileStore.write(Array(summary.utf8), to: path + "/summary.json")
  }

  @Test func twoRunsAreSideBySideWithoutAnInterval() throws {
    try withFolder { folder in
      try write(folder + "/a", 100, solvedAtStep: 512)
      try write(folder + "/b", 200, settings: ["learningRate: 0.01", "epochs: 3"])
      let comparison = try RunComparison(folder + "/a", folder + "/b")
      #expect(comparison.first.mean == 100 && comparison.second.mean == 200)
      #expect(comparison.first.deviation == nil && comparison.second.deviation == nil)
      #expect(comparison.first.runs[0].summary.evaluation.std == 2)
      #expect(comparison.first.runs[0].summary.solvedAtStep == 512)
      #expect(comparison.differences.map(\.name) == ["epochs", "learningRate"])
      #expect(comparison.differences[0].first == [] && comparison.differences[0].second == ["3"])
      #expect(comparison.remarks.isEmpty)
      #expect(comparison.evidence.hasPrefix("With one run on a side"))
    }
  }

  @Test func aDirectoryOfRunsIsASide() throws {
    try withFolder { folder in
      for (seed, final) in [10.0, 20, 30].enumerated() {
        try write(folder + "/low/\(seed)", final, seed: seed)
        try write(folder + "/high/\(seed)", final + 25, seed: seed)
        try write(folder + "/middle/\(seed)", final + 15, seed: seed)
      }
      let comparison = try RunComparison(folder + "/low", folder + "/high")
      #expect(comparison.first.runs.count == 3 && comparison.first.mean == 20)
      #expect(comparison.first.deviation == 10 && comparison.second.mean == 45)
      // Of 20 ways to choose three of six runs, two put those of one side lowest.
      #expect(comparison.evidence.contains("/high' ends higher"), "\(comparison.evidence)")
      #expect(comparison.evidence.hasSuffix("in 10% of cases."), "\(comparison.evidence)")
      let back = try RunComparison(folder + "/high", folder + "/low")
      #expect(back.evidence == comparison.evidence)
      // 25 and 35 are above 20, 25 above 10 and so on; only 25 below 30 is the other way.
      let close = try RunComparison(folder + "/low", folder + "/middle")
      #expect(close.evidence.contains("in 8 of 9 pairs"), "\(close.evidence)")
      let mixed = try RunComparison(folder + "/low/0", folder + "/middle")
      #expect(mixed.evidence.hasPrefix("With one run on a side"))
    }
  }

  @Test func whatIsNotEqualIsTold() throws {
    try withFolder { folder in
      try write(folder + "/a", 1)
      try write(folder + "/budget", 1, steps: 2000)
      try write(folder + "/pole", 1, settings: ["env_set: [sutton_barto_reward=true]"])
      try write(folder + "/dqn", 1, agent: "dqn", settings: ["gradientSteps: 3"])
      try write(folder + "/mixed/1", 1, seed: 1)
      try write(folder + "/mixed/2", 1, seed: 1, settings: ["learningRate: 0.5"])
      try write(folder + "/mixed/3", 1, seed: 1, isOver: false)
      func remarks(_ other: String) throws -> String {
        try RunComparison(folder + "/a", folder + "/" + other).remarks.joined(separator: "\n")
      }
      #expect(try remarks("budget").contains("not equal: 1,000 steps in"))
      #expect(try remarks("budget").contains("2,000 in"))
      #expect(try remarks("pole").contains("different arguments"))
      #expect(try remarks("dqn").isEmpty)
      #expect(try RunComparison(folder + "/a", folder + "/dqn").differences.isEmpty)
      let words = try remarks("mixed")
      #expect(words.contains("1 of 3 runs") && words.contains("differ in learningRate"))
      #expect(words.contains("the same seed"))
    }
  }

  @Test func whatCannotBeComparedIsRefused() throws {
    try withFolder { folder in
      try write(folder + "/a", 1)
      try write(folder + "/pendulum", 1, environment: "Pendulum-v1")
      try write(folder + "/open", 1, isOver: false)
      for (other, words) in [
        ("pendulum", "CartPole-v1 and Pendulum-v1"), ("open", "is over; go on"),
        ("nothing", "holds no run"),
      ] {
        #expect {
          try RunComparison(folder + "/a", folder + "/" + other)
        } throws: {
          "\($0)".contains(words)
        }
      }
    }
  }
}
