import Foundation
import RLAgents
import RLExperiments
import RLSupport
import TestSupport
import Testing

@Suite struct StudyRunTests {
  private static let small: [String: JSONValue] = [
    "rolloutSteps": .int(128), "epochs": .int(1), "policyWidths": .array([.int(8)]),
    "valueWidths": .array([.int(8)]),
  ]

  @Test func aStudyRunsOnThreadsAndGoesOn() throws {
    try withFolder { folder in
      let study = try Study(
        [
          .init("ppo", settings: Self.small, usesPreset: false),
          .init(
            "ppo", name: "slow",
            settings: Self.small.merging(["learningRate": .double(1e-5)]) { $1 }, usesPreset: false),
        ], in: ["CartPole"], steps: 512, seeds: 2, points: 4)
      var last: StudyProgress?
      // The first progress comes before anything is done.
      let isOver = try study.run(in: folder, jobs: 2) {
        if case .progress(let progress) = $0 { last = progress }
        return .stop
      }
      #expect(!isOver && last?.rows.map(\.of) == [2, 2])
      #expect(try study.run(in: folder, jobs: 2))
      let results = try study.results(in: folder)
      #expect(results.tasks.map(\.name) == ["ppo", "slow"])
      #expect(results.tasks.allSatisfy { $0.runs.count == 2 && $0.runs[0].steps.count == 4 })
      #expect(try Study(reading: folder) == study)
      #expect(try StudyResults(reading: folder + "/results.json").tasks.count == 2)
      #expect(try !StudyComparison(results, results).isWorse)
      // A run of a study is a run like any other.
      let run = folder + "/" + study.jobs[0].path
      #expect(try TrainedPolicy(run: run).plan.steps == 512)
    }
  }

  /// The file of a study has no arguments of an environment in which none of its agents can act.
  @Test func environmentsThatAreLeftOutHaveNoArguments() throws {
    let arguments: [String: [String: JSONValue]] = [
      "MountainCar": ["goal_velocity": 0.01], "MountainCarContinuous": ["goal_velocity": 0.01],
    ]
    var warnings: [String] = []
    let study = try Study(
      [Study.Contender("sac")], in: ["MountainCar", "MountainCarContinuous"], arguments: arguments,
      warn: { warnings.append($0) })
    #expect(warnings.count == 1)
    let again = try Study(yaml: study.yaml, name: "study.yaml")
    #expect(again.yaml == study.yaml && study.yaml.contains("goal_velocity"))
  }

  @Test func aSearchRunsOnThreads() throws {
    try withFolder { folder in
      var plan = try TuningPlan(
        "ppo", in: "CartPole", steps: 512, trials: 3, usesPreset: false, settings: Self.small,
        ranges: ["discount": .real(low: 0.9, high: 0.99, .linear)])
      plan.seedsPerTrial = 1
      plan.confirm = 2
      plan.points = 2
      let results = try #require(try plan.run(in: folder, jobs: 2))
      #expect(results.candidates.count >= 2 && results.candidates[0].number == 0)
      #expect(results.best.values.count == 2)
      #expect(!results.verdict.isEmpty)
      let file = try ConfigurationFile.read(folder + "/best.yaml")
      #expect(file["agent"] == .string("ppo") && file["steps"] == .int(512))
    }
  }
}
