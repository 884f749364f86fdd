import Foundation
import RLAgents
import RLCore
import RLEnvironments
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

  /// Two steps to the right end an episode with success; each step costs.
  private struct Pair: DeterministicEnvironment, Codable {
    struct Info: StepInfo {
      var isSuccess = false
      var cost = 0.5
      static let numbers = [
        Number(\.isSuccess, "is_success"), Number(\.cost, "cost", isSummed: true),
      ]
    }

    var place = 0
    var observationSpace: Box<1> { Box(0...2) }
    var actionSpace: Discrete { Discrete(2) }

    mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> {
      place = 0
      return [0]
    }

    mutating func step(_ action: Int) -> Step<InlineArray<1, Float>, Info> {
      place += action
      let info = Info(isSuccess: place == 2)
      return place == 2
        ? .terminal([2], reward: 1, info: info) : .next([Float(place)], reward: 0, info: info)
    }
  }

  @Test func aStudyTellsWhatEnvironmentsSayOfEpisodes() throws {
    try withFolder { folder in
      var environments = EnvironmentRegistry.builtIn
      try environments.register("Pair", maxSteps: 4) { Pair() }
      let catalog = Catalog(environments)
      let study = try Study(
        [.init("ppo", settings: Self.small, usesPreset: false)], in: ["Pair", "CartPole"],
        steps: 256, seeds: 2, points: 2, catalog: catalog)
      try study.run(in: folder, catalog: catalog)
      _ = try study.results(in: folder, catalog: catalog)
      let results = try StudyResults(reading: folder + "/results.json")
      let task = results.tasks[0]
      let finals = try task.runs.map { try #require($0.infos) }
      #expect(task.infos.map(\.name) == ["cost", "success_rate"] && results.tasks[1].infos.isEmpty)
      #expect(
        task.infos[1].mean == (finals[0]["is_success"] ?? 0) / 2 + (finals[1]["is_success"] ?? 0)
          / 2)
      #expect(task.runs.allSatisfy { $0.infoValues?["cost"]?.count == 2 })
      let rows = String(decoding: try FileStore.read(folder + "/results.csv"), as: UTF8.self)
        .split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
      #expect(rows[0].suffix(3) == ["stochastic_return", "cost", "success_rate"])
      #expect(rows.allSatisfy { $0.count == rows[0].count })
      #expect(rows[1].last.flatMap { Double($0) } == task.runs[0].infoValues?["is_success"]?[0])
      #expect(rows[8].suffix(2) == ["", ""])
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
