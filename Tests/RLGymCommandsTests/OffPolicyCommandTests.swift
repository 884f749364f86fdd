import Foundation
import RLCore
import RLSupport
import Testing

@Suite struct OffPolicyCommandTests {
  /// An agent in an environment, with networks so small that a test takes no time.
  struct Plan: Sendable, CustomTestStringConvertible {
    var agent: String
    var environment: String
    var settings: [String]
    var testDescription: String { "\(agent) in \(environment)" }

    var arguments: [String] {
      ["train", agent, environment, "--seed", "3", "--no-progress"]
        + settings.flatMap { ["--set", $0] }
    }
  }

  static let plans = [
    Plan(
      agent: "dqn", environment: "CartPole",
      settings: [
        "widths=[16]", "learningStarts=50", "targetUpdateInterval=100", "bufferSize=2000",
        "prioritizedReplay=true", "isDouble=true", "returnSteps=3",
      ]),
    Plan(
      agent: "sac", environment: "Pendulum",
      settings: [
        "actorWidths=[16]", "criticWidths=[16]", "batchSize=32", "learningStarts=50",
        "bufferSize=2000", "entropyCoefficient=auto(0.1)",
      ]),
    Plan(
      agent: "td3", environment: "Pendulum",
      settings: [
        "actorWidths=[16]", "criticWidths=[16]", "batchSize=32", "learningStarts=50",
        "bufferSize=2000", "explorationNoise=0.1", "noiseProcess=ornsteinUhlenbeck",
      ]),
    // An environment that is saved as it happens to be Codable.
    Plan(
      agent: "dqn", environment: "Blackjack",
      settings: ["widths=[16]", "learningStarts=50", "bufferSize=2000", "quantiles=5"]),
  ]

  @Test(arguments: plans)
  func aRunLeavesWhatEvaluateReads(_ plan: Plan) throws {
    try withFolder { folder in
      let run = try Program.run(
        plan.arguments + ["--steps", "600", "--json", "--output", "run"], in: folder)
      #expect(run.code == 0, "\(run.errors)")
      let object = try #require(
        JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
      #expect(object["algorithm"] as? String == plan.agent && object["steps"] as? Int == 600)
      func evaluated(_ options: String...) throws -> Program {
        try Program.run(
          ["evaluate", "run", "--episodes", "5", "--seed", "1", "--json"] + options, in: folder)
      }
      let (first, second) = (try evaluated(), try evaluated())
      #expect(first.code == 0 && first.output.contains("\"mean\""), "\(first.errors)")
      #expect(first.output == second.output)
      #expect(try evaluated("--stochastic").code == 0)
      // The plan that the run wrote says what was set, and makes the same run again.
      let yaml = try String(
        contentsOf: folder.appendingPathComponent("run/config.yaml"), encoding: .utf8)
      for setting in plan.settings {
        let (key, value) = (setting.split(separator: "=")[0], setting.split(separator: "=")[1])
        #expect(yaml.contains("\n\(key): \(value)\n"), "\(setting)")
      }
      let again = try Program.run(
        [
          "train", plan.agent, plan.environment, "--config", "run/config.yaml", "--no-progress",
          "--output", "again",
        ], in: folder)
      #expect(again.code == 0, "\(again.errors)")
      #expect(
        try FileStore.read(folder.path + "/run/final/policy.safetensors")
          == FileStore.read(folder.path + "/again/final/policy.safetensors"))
      let progress = try String(
        contentsOf: folder.appendingPathComponent("run/progress.csv"), encoding: .utf8)
      let lines = progress.split(separator: "\n")
      #expect(lines.count >= 5 && lines[0].contains("train/n_updates"), "\(lines)")
    }
  }

  @Test(arguments: plans)
  func aKilledRunGoesOnToTheSameBytes(_ plan: Plan) throws {
    try withFolder { folder in
      let arguments = plan.arguments + ["--checkpoint-every", "300"]
      let (short, budget) = (["--evaluate-every", "4000"], ["--steps", "12000"])
      let whole = try Program.run(
        arguments + short + budget + ["--output", "whole"], in: folder)
      #expect(whole.code == 0, "\(whole.errors)")
      var (process, _, _) = try Program.start(
        arguments + short + budget + ["--output", "part"], in: folder)
      var kills = 0
      for delay in [0.02, 0.05] {
        waitForCheckpoint(of: folder.appendingPathComponent("part"))
        Thread.sleep(forTimeInterval: delay)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        if process.terminationReason == .uncaughtSignal { kills += 1 }
        (process, _, _) = try Program.start(
          ["train", "--resume", "part", "--checkpoint-every", "300", "--no-progress"], in: folder)
      }
      process.waitUntilExit()
      #expect(process.terminationStatus == 0 && kills > 0)
      for file in ["final/policy.safetensors", "best/policy.safetensors"] {
        #expect(
          try FileStore.read(folder.path + "/whole/" + file)
            == FileStore.read(folder.path + "/part/" + file))
      }
      // Buffer, optimizers, generators and environments; the run's own entries hold seconds.
      func state(_ run: String) throws -> StateArchive {
        let file = "/checkpoints/step-000000000012000/training.safetensors"
        return try Safetensors.decode(FileStore.read(folder.path + "/" + run + file))
          .removing("run/")
      }
      #expect(try state("whole").entries.keys.contains("replay/observations"))
      #expect(try state("whole") == state("part"))
    }
  }

  @Test(arguments: [
    (["train", "dqn", "Pendulum"], "discrete"), (["train", "sac", "CartPole"], "continuous"),
    (["train", "td3", "CartPole"], "continuous"),
    (["train", "sac", "Pendulum", "--set", "entropyCoefficient=high"], "entropyCoefficient"),
    (["train", "td3", "Pendulum", "--set", "noiseProcess=pink"], "noiseProcess"),
    (["train", "dqn", "CartPole", "--set", "width=[8]"], "'widths'"),
  ])
  func mistakesAreToldWithTheirReason(_ arguments: [String], _ word: String) throws {
    try withFolder {
      let result = try Program.run(arguments, in: $0)
      #expect(result.code == 2 && result.errors.contains(word), "\(result.errors)")
    }
  }

  @Test func sheetsOfTheAgents() throws {
    try withFolder { folder in
      for (agent, word) in [
        ("dqn", "target_update_interval"), ("sac", "ent_coef"), ("td3", "target_policy_noise"),
      ] {
        let sheet = try Program.run(["agents", agent], in: folder)
        #expect(sheet.code == 0 && sheet.output.contains(word))
      }
    }
  }
}
