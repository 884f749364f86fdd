import Foundation
import RLCore
import RLSupport
import Testing

/// What a training leaves behind, and whom it refuses.
@Suite struct TrainCommandTests {
  @Test func evaluationsAreKeptAsStableBaselinesKeepsThem() throws {
    try withFolder { folder in
      let result = try train(
        [
          "--steps", "8192", "--evaluate-every", "2048", "--evaluate-stochastically", "--output",
          "run",
        ],
        in: folder)
      #expect(result.code == 0, "\(result.errors)")
      let found = try evaluations("run", in: folder)
      #expect(try found.ints("timesteps") == [2048, 4096, 6144, 8192])
      for name in ["results", "ep_lengths", "stochastic_results"] {
        #expect(found.entries[name]?.shape == [4, 20])
      }
      // In CartPole every step is worth 1.
      #expect(
        try found.doubles("results") == found.ints("ep_lengths").map { Double($0) })
      #expect(try found.doubles("results") != found.doubles("stochastic_results"))
    }
  }

  /// Reports come every 512 steps: an evaluation that has to wait for one does not put off the next.
  @Test func evaluationsKeepToThePlan() throws {
    try withFolder { folder in
      let result = try train(
        ["--steps", "4096", "--evaluate-every", "800", "--output", "run"], in: folder)
      #expect(result.code == 0, "\(result.errors)")
      let found = try evaluations("run", in: folder)
      #expect(try found.ints("timesteps") == [1024, 2048, 2560, 3584, 4096])
    }
  }

  @Test func aFileThatAsksForTooMuchMemoryIsNamed() throws {
    try withFolder { folder in
      let widths = Array(repeating: "16384", count: 200).joined(separator: ", ")
      // The second is too much together with another setting.
      for (line, words) in [
        ("policyWidths: [\(widths)]", "of memory in CartPole-v1"),
        ("environments: 100000000000", "'rolloutSteps' times environments"),
      ] {
        let text = "learningRate: 0.001\n\(line)\n"
        try Data(text.utf8).write(to: folder.appendingPathComponent("big.yaml"))
        let result = try Program.run(
          ["train", "ppo", "CartPole", "--config", "big.yaml", "--output", "run"], in: folder)
        #expect(result.errors.contains("'big.yaml' line 2: "), "\(result.errors)")
        #expect(result.errors.contains(words) && result.code != 0)
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/run"))
      }
    }
  }

  @Test func aRunLeavesItsFilesAndOneObject() throws {
    try withFolder { folder in
      let result = try train(["--steps", "10240", "--json", "--output", "run"], in: folder)
      #expect(result.code == 0, "\(result.errors)")
      let object = try #require(
        JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
      #expect(
        Set(object.keys) == [
          "algorithm", "environment", "steps", "seed", "wallSeconds", "stepsPerSecond",
          "evaluation", "solvedAtStep", "solvedAtSecond", "run", "checksums",
        ])
      #expect(object["environment"] as? String == "CartPole-v1" && object["seed"] as? Int == 5)
      #expect((object["evaluation"] as? [String: Any])?["episodes"] as? Int == 100)
      let run = folder.appendingPathComponent("run")
      let progress = try String(
        contentsOf: run.appendingPathComponent("progress.csv"), encoding: .utf8)
      let lines = progress.split(separator: "\n")
      #expect(lines[0].contains("rollout/ep_rew_mean") && lines[0].contains("train/approx_kl"))
      #expect(
        lines.dropFirst().allSatisfy {
          $0.split(separator: ",", omittingEmptySubsequences: false).count
            == lines[0].split(separator: ",").count
        })
      let monitor = try String(
        contentsOf: run.appendingPathComponent("monitor.csv"), encoding: .utf8)
      #expect(monitor.hasPrefix("#{\"t_start\"") && monitor.split(separator: "\n")[1] == "r,l,t")
      for name in [
        "config.yaml", "metadata.json", "final/policy.safetensors", "best/manifest.json",
      ] {
        #expect(FileManager.default.fileExists(atPath: run.appendingPathComponent(name).path))
      }
      let again = try train(["--steps", "10240", "--output", "run"], in: folder)
      #expect(again.code == 2 && again.errors.contains("--resume"))
      let evaluated = try Program.run(["evaluate", "run", "--episodes", "5", "--json"], in: folder)
      #expect(evaluated.code == 0 && evaluated.output.contains("\"mean\""))
      // The plan that the run wrote is a configuration that can be used again.
      let repeated = try Program.run(
        [
          "train", "ppo", "CartPole", "--config", "run/config.yaml", "--no-progress", "--output",
          "same",
        ],
        in: folder)
      #expect(repeated.code == 0, "\(repeated.errors)")
      #expect(
        try FileStore.read(run.path + "/final/policy.safetensors")
          == FileStore.read(folder.path + "/same/final/policy.safetensors"))
    }
  }

  @Test func aSecondTrainingInTheSameFolderIsRefused() throws {
    try withFolder { folder in
      let (process, _, _) = try Program.start(
        [
          "train", "ppo", "CartPole", "--seed", "5", "--no-progress", "--steps", "3000000",
          "--output", "run",
        ],
        in: folder)
      Thread.sleep(forTimeInterval: 0.3)
      let second = try Program.run(["train", "--resume", "run"], in: folder)
      #expect(second.code == 1 && second.errors.contains("Another process"), "\(second.errors)")
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
  }
}
