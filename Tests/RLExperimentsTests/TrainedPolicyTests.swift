import Foundation
import RLAgents
import RLCore
import RLExperiments
import RLSupport
import TestSupport
import Testing

/// Policies that are read back from the files of a run.
@Suite struct TrainedPolicyTests {
  /// What is no model is not taken for the one beside it.
  @Test func onlyModelsAreTakenForModels() throws {
    try withFolder { folder in
      let path = folder + "/a"
      try shortRun(path, steps: 256).train()
      #expect(throws: ExperimentError.self) { try TrainedPolicy(run: path + "/monitor.csv") }
      _ = try TrainedPolicy(run: path + "/final/policy.safetensors")
      #expect {
        try TrainingRun(resuming: path + "/final")
      } throws: {
        "\($0)".contains("It lies in the run '\(path)'")
      }
    }
  }

  @Test func aPolicyIsReadBackAndActs() throws {
    try withFolder { folder in
      let run = try shortRun(folder + "/a", steps: 512)
      try run.train()
      let policy = try TrainedPolicy(run: folder + "/a")
      #expect(try policy.evaluate(episodes: 100) == run.finalEvaluation)
      #expect(throws: ExperimentError.self) { try policy.evaluate(episodes: 0) }
      #expect(policy.plan.yaml == run.plan.yaml)
      let action = policy.action(for: [0, 0, 0.1, 0])
      #expect(action == [0] || action == [1])
      for name in ["final", "final/policy.safetensors", "best", ""] {
        let same = try TrainedPolicy(run: folder + "/a/" + name)
        if name != "best" {
          #expect(try same.evaluate(episodes: 5) == policy.evaluate(episodes: 5))
        }
      }
      #expect(throws: ExperimentError.self) { try TrainedPolicy(run: folder) }
      let video = try policy.record(to: folder + "/a.apng")
      #expect(video?.returns.count == 1)
    }
  }
}
