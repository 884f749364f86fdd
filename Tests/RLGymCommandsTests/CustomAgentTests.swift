import Foundation
import RLSupport
import Testing

/// Examples/CustomAgent: what a user's agent gets of the tool box.
@Suite(.serialized) struct CustomAgentTests {
  private let program = Program.path(of: "CustomAgent")

  private func run(_ arguments: [String], in folder: URL) throws -> Program {
    try Program.run(arguments, in: folder, program: program)
  }

  @Test func itIsListedAndRefusesWhatItCannotLearn() throws {
    try withFolder { folder in
      let list = try run(["agents"], in: folder).output
      #expect(list.contains("reinforce") && list.contains("ppo"))
      let sheet = try run(["agents", "reinforce"], in: folder).output
      #expect(sheet.contains("rolloutSteps") && sheet.contains("(n_steps)"))
      let refused = try run(["train", "reinforce", "Pendulum"], in: folder)
      #expect(refused.code == 2 && refused.errors.contains("it needs discrete actions"))
    }
  }

  @Test func aKilledRunGoesOnToTheSameBytes() throws {
    try withFolder { folder in
      let plan = [
        "train", "reinforce", "CartPole", "--steps", "100000", "--seed", "3", "--no-progress",
        "--checkpoint-every", "2000",
      ]
      #expect(try run(plan + ["--output", "whole"], in: folder).code == 0)
      let (process, _, _) = try Program.start(
        plan + ["--output", "part"], in: folder, program: program)
      waitForCheckpoint(of: folder.appendingPathComponent("part"))
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      #expect(process.terminationReason == .uncaughtSignal)
      let resumed = try run(
        ["train", "--resume", "part", "--checkpoint-every", "2000", "--no-progress"], in: folder)
      #expect(resumed.code == 0, "\(resumed.errors)")
      for file in ["final/policy.safetensors", "best/policy.safetensors"] {
        #expect(
          try FileStore.read(folder.path + "/whole/" + file)
            == FileStore.read(folder.path + "/part/" + file))
      }
    }
  }

  @Test func everyCommandTakesIt() throws {
    try withFolder { folder in
      let trained = try run(
        [
          "train", "reinforce", "CartPole", "--steps", "60000", "--seed", "1", "--set",
          "n_steps=32", "--output", "run", "--no-progress", "--json",
        ], in: folder)
      #expect(trained.code == 0, "\(trained.errors)")
      #expect(trained.errors.contains("n_steps is rolloutSteps here."))
      struct Summary: Decodable {
        struct Figures: Decodable { var mean: Double }
        var algorithm: String
        var evaluation: Figures
      }
      let summary = try JSONDecoder().decode(Summary.self, from: Data(trained.output.utf8))
      // Random actions balance the pole for 22 steps.
      #expect(summary.algorithm == "reinforce" && summary.evaluation.mean > 60)

      for arguments in [
        ["evaluate", "run", "--episodes", "3"], ["watch", "run", "--text", "--episodes", "1"],
        ["record", "run", "--output", "a.apng", "--episodes", "1"],
      ] {
        let result = try run(arguments, in: folder)
        #expect(result.code == 0 && !result.output.isEmpty, "\(arguments): \(result.errors)")
      }
      let study = try run(
        [
          "benchmark", "run", "reinforce,ppo", "CartPole", "--seeds", "2", "--steps", "2048",
          "--output", "study", "--no-progress",
        ], in: folder)
      #expect(study.code == 0, "\(study.errors)")
      #expect(study.output.contains("reinforce") && study.output.contains("ppo"))
      let search = try run(
        [
          "tune", "reinforce", "CartPole", "--trials", "3", "--steps", "2048", "--seeds-per-trial",
          "1", "--confirm", "2", "--output", "search", "--no-progress",
        ], in: folder)
      #expect(search.code == 0, "\(search.errors)")
      let best = try String(
        contentsOf: folder.appendingPathComponent("search/best.yaml"), encoding: .utf8)
      #expect(best.contains("agent: reinforce") && best.contains("rolloutSteps: "))
    }
  }
}
