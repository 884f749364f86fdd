import RLCore
import RLExperiments
import RLSupport
import TestSupport
import Testing

@Suite struct RunArgumentTests {
  @Test func runsFromSwiftTakeArguments() throws {
    try withFolder { folder in
      let path = folder + "/r"
      let run = try TrainingRun(
        "ppo", in: "CartPole", arguments: ["sutton_barto_reward": true], steps: 512, seed: 1,
        directory: path)
      #expect(run.plan.environment.spec.arguments == ["sutton_barto_reward": true])
      #expect(throws: ExperimentError.self) {
        try TrainingRun("ppo", in: "CartPole", steps: 512, seed: 1, directory: path)
      }
    }
  }
}
