import Foundation
import RLEnvironments
import RLSupport
import Testing

private let isSetUp = MuJoCoModel.isSetUp

@Suite struct MuJoCoTests {
  /// What a task needs is told in two lines; the others go on as they do.
  @Test func withoutMuJoCoTheTasksTellWhatToRun() throws {
    try withFolder { folder in
      let away = ["RLGYM_MUJOCO": folder.path + "/nowhere"]
      let training = try Program.run(
        ["train", "sac", "HalfCheetah"], in: folder, environment: away)
      #expect(training.code == 2)
      #expect(
        training.errors.contains(
          """
          error: 'HalfCheetah' cannot be made here: it needs MuJoCo 3.17.0, and there is no \(folder.path)/nowhere/libmujoco.so.3.17.0.
          `./Scripts/setup mujoco` fetches it; RLGYM_MUJOCO=DIR names another place.
          """), "\(training.errors)")
      let list = try Program.run(["envs"], in: folder, environment: away)
      #expect(
        list.code == 0 && list.output.contains("HalfCheetah-v5            *Run on"),
        "\(list.output)")
      #expect(list.output.contains("* 11 environments cannot be made here yet."))
      #expect(list.output.contains("\nCartPole-v1                Balance"))
      let rest = try Program.run(["check", "CartPole"], in: folder, environment: away)
      #expect(rest.code == 0 && rest.output.contains("CartPole-v1: passed"))
    }
  }

  /// Logged, verified, interrupted and resumed with the bytes of an unbroken run.
  @Test(.enabled(if: isSetUp, "MuJoCo is not set up here; run `Scripts/setup mujoco`."))
  func aTrainingIsLoggedVerifiedAndResumed() throws {
    try withFolder { folder in
      func run(_ words: String) throws -> Program {
        let result = try Program.run(words.split(separator: " ").map(String.init), in: folder)
        #expect(result.code == 0, "\(words): \(result.errors)")
        return result
      }
      let plan =
        "train ppo Hopper --seed 3 --no-progress --envs 3 --steps 12000 --checkpoint-every 500 --evaluate-every 1000000 --set rolloutSteps=128"
      _ = try run("\(plan) --log-rollouts --threads 2 --output whole")
      let verified = try run("log verify whole/rollouts")
      #expect(verified.output.contains("every bit is the same"), "\(verified.output)")

      // Killed in the middle of episodes, at moments that no one chose.
      let words = "\(plan) --threads 1 --output parts".split(separator: " ").map(String.init)
      var (process, _, _) = try Program.start(words, in: folder)
      for _ in 0..<2 {
        waitForCheckpoint(of: folder.appendingPathComponent("parts"))
        Thread.sleep(forTimeInterval: 0.15)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        (process, _, _) = try Program.start(
          ["train", "--resume", "parts", "--no-progress"], in: folder)
      }
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      let models = try ["whole", "parts"].map {
        try FileStore.read(folder.path + "/" + $0 + "/final/policy.safetensors")
      }
      #expect(models[0] == models[1])
    }
  }

  /// Examples/MuJoCoTask.
  @Test(.enabled(if: isSetUp, "MuJoCo is not set up here; run `Scripts/setup mujoco`."))
  func aTaskOfOnesOwnIsLearned() throws {
    try withFolder { folder in
      let program = Program.path(of: "MuJoCoTask")
      let plan =
        "train ppo Pole --steps 40000 --seed 1 --no-progress --envs 8 --set rolloutSteps=128 --evaluate-every 1000000 --json --output pole"
      let result = try Program.run(
        plan.split(separator: " ").map(String.init), in: folder, program: program)
      #expect(result.code == 0, "\(result.errors)")
      let evaluation = try Program.run(
        ["evaluate", "pole", "--episodes", "20", "--json"], in: folder, program: program)
      guard case .object(let words) = JSONValue(text: Array(evaluation.output.utf8)),
        let mean = words["mean"].flatMap({ Double(setting: $0) })
      else {
        Issue.record("\(evaluation.output) \(evaluation.errors)")
        return
      }
      #expect(mean > 150)
    }
  }
}
