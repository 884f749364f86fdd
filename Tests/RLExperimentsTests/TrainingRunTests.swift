import Foundation
import RLAgents
import RLCore
import RLExperiments
import RLSupport
import TestSupport
import Testing

/// Trainings from Swift: what they are told and what they tell.
@Suite struct TrainingRunTests {
  @Test func eventsTellWhatHappens() throws {
    try withFolder { folder in
      var options = TrainingRun.Options()
      options.evaluateEvery = 512
      options.checkpointEvery = 1024
      let run = try shortRun(folder + "/a", options: options)
      var steps: [Int] = []
      var evaluations: [RunEvent.Evaluation] = []
      var checkpoints = 0
      var last: RunSummary?
      for event in run.events() {
        switch event {
        case .update(let report): steps.append(report.stepsDone)
        case .evaluation(let evaluation): evaluations.append(evaluation)
        case .checkpoint: checkpoints += 1
        case .finished(let summary): last = summary
        case .failed(let error): Issue.record("\(error)")
        case .solved, .trained: break
        }
      }
      #expect(steps == [256, 512, 768, 1024, 1280, 1536, 1792, 2048])
      #expect(evaluations.map(\.step) == [512, 1024, 1536, 2048])
      #expect(evaluations[0].isBest && evaluations.allSatisfy { $0.result.returns.count == 20 })
      #expect(checkpoints == 2)
      #expect(last?.steps == 2048 && last?.evaluation.episodes == 100)
      #expect(last?.evaluation.mean == run.finalEvaluation?.mean)
      #expect(try RunSummary(reading: folder + "/a").evaluation.mean == last?.evaluation.mean)
    }
  }

  @Test func optionsThatMakeNoSenseAreRefused() throws {
    try withFolder { folder in
      let paths: [WritableKeyPath<TrainingRun.Options, Int?>] = [
        \.evaluateEvery, \.recordEvery, \.checkpointEvery, \.keptCheckpoints,
      ]
      for path in paths {
        var options = TrainingRun.Options()
        options[keyPath: path] = 0
        #expect(throws: ExperimentError.self) {
          try TrainingRun("ppo", in: "CartPole", directory: folder + "/a", options: options)
        }
      }
      #expect(!FileManager.default.fileExists(atPath: folder + "/a"))
    }
  }

  @Test func aRunStopsAtNoThresholdThatIsNone() throws {
    try withFolder { folder in
      var options = TrainingRun.Options()
      options.stopsAtThreshold = true
      func run() throws -> TrainingRun {
        try TrainingRun(
          "ppo", in: "Pendulum", settings: ["rolloutSteps": 256], steps: 256,
          directory: folder + "/a", options: options)
      }
      #expect {
        try run()
      } throws: {
        "\($0)" == "Pendulum-v1 has no threshold to stop at; give one with --threshold."
      }
      options.threshold = .nan
      #expect(throws: ExperimentError.self) { try run() }
      #expect(!FileManager.default.fileExists(atPath: folder + "/a"))
      options = .init()
      try run().train()
      options.stopsAtThreshold = true
      #expect(throws: ExperimentError.self) {
        try TrainingRun(resuming: folder + "/a", options: options)
      }
      options.threshold = -2000
      #expect(try TrainingRun(resuming: folder + "/a", options: options).threshold == -2000)
    }
  }

  @Test func settingsByNameAreThoseByType() throws {
    try withFolder { folder in
      let run = try TrainingRun(
        "ppo", in: "CartPole",
        settings: [
          "rolloutSteps": .int(256), "epochs": .int(2), "policyWidths": .array([.int(16)]),
          "valueWidths": .array([.int(16)]),
        ],
        usesPreset: false, steps: 256, seed: 3, directory: folder + "/a")
      #expect(try run.plan.yaml == shortRun(folder + "/b", steps: 256).plan.yaml)
      #expect(throws: (any Error).self) {
        try TrainingRun("ppo", in: "CartPole", settings: ["epoch": 3])
      }
    }
  }

  @Test(arguments: ["ppo", "dqn", "sac", "td3"])
  func aRunBeginsWithTheWeightsOfAnother(agent: String) throws {
    try withFolder { folder in
      let environment = agent == "ppo" || agent == "dqn" ? "CartPole" : "Pendulum"
      let small: [String: JSONValue] = ["learningRate": .double(1e-9)]
      func run(_ name: String, steps: Int, seed: UInt64, from: String? = nil) throws -> TrainingRun
      {
        var options = TrainingRun.Options()
        options.weightsOf = from.map { folder + "/" + $0 }
        return try TrainingRun(
          agent, in: environment, settings: small, usesPreset: false, steps: steps, seed: seed,
          directory: folder + "/" + name, options: options)
      }
      try run("a", steps: 64, seed: 1).train()
      let source = try TrainedPolicy(run: folder + "/a")
      let same = try run("b", steps: 64, seed: 2, from: "a")
      let seed = TrainingRun.evaluationSeed(2, .final)
      #expect(try same.evaluate(episodes: 3) == source.evaluate(episodes: 3, seed: seed))
      #expect(same.stepsDone == 0)
      #expect(try same.train() == .finished)
    }
  }
}
