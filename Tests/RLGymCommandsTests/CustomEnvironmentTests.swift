import Foundation
import RLSupport
import Testing

/// Examples/CustomEnvironment, whose steps say whether the walker arrived and how often it ran into a wall.
@Suite struct CustomEnvironmentTests {
  private let program = Program.path(of: "CustomEnvironment")

  private func run(_ arguments: [String], in folder: URL) throws -> Program {
    let result = try Program.run(arguments, in: folder, program: program)
    #expect(result.code == 0, "\(arguments): \(result.errors)")
    return result
  }

  /// The rows of a file of numbers, without the columns of time.
  private func rows(_ path: String, in folder: URL) throws -> [[String: String]] {
    let lines = String(decoding: try FileStore.read(folder.path + "/" + path), as: UTF8.self)
      .split(separator: "\n").filter { !$0.hasPrefix("#") }
      .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    let names = try #require(lines.first)
    return lines.dropFirst().map { cells in
      Dictionary(zip(names, cells)) { $1 }
        .filter { !["t", "time/time_elapsed", "time/fps"].contains($0.key) }
    }
  }

  private let plan = [
    "train", "ppo", "Corridor", "--steps", "60000", "--seed", "3", "--no-progress",
    "--evaluate-every", "10000", "--checkpoint-every", "2000", "--log-rollouts", "--tensorboard",
    "--set", "rolloutSteps=250", "--envs", "2",
  ]

  @Test func whatStepsSayIsInEveryLog() throws {
    try withFolder { folder in
      _ = try run(plan + ["--output", "run"], in: folder)
      let progress = try rows("run/progress.csv", in: folder)
      let rates = progress.compactMap { $0["rollout/success_rate"].flatMap(Double.init) }
      #expect(rates.count > 100 && rates.last == 1 && rates.allSatisfy { (0...1).contains($0) })
      let bumps = progress.compactMap { $0["rollout/bumps"].flatMap(Double.init) }
      #expect(bumps.count == rates.count && bumps[0] > 1 && bumps.last ?? 1 < 1)

      let episodes = try rows("run/monitor.csv", in: folder)
      #expect(episodes.allSatisfy { ["0", "1"].contains($0["is_success"]) })
      // A walker that arrives in time gets the reward of the end.
      for episode in episodes {
        let isLate = episode["l"] == "100" && episode["r"] == "-1"
        #expect(episode["is_success"] == (isLate ? "0" : "1"), "\(episode)")
      }

      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/run")
      let events = try #require(names.first { $0.hasPrefix("events.out.tfevents.") })
      for (file, words) in [
        events: ["rollout/success_rate", "rollout/bumps", "eval/success_rate", "eval/bumps"],
        "progress.json": ["\"rollout/success_rate\": 1", "\"eval/success_rate\": 1"],
        "summary.json": ["\"infos\":{\"bumps\":0,\"is_success\":1}"],
      ] {
        let bytes = try FileStore.read(folder.path + "/run/" + file)
        let text = String(decoding: bytes, as: UTF8.self)
        for word in words { #expect(text.contains(word), "\(file): \(word)") }
      }
      let evaluations = try NumPyArchive.decode(
        FileStore.read(folder.path + "/run/evaluations.npz"), name: "evaluations.npz")
      #expect(evaluations.entries["successes"]?.shape == [6, 20])
      #expect(try evaluations.bytes("successes").suffix(20) == ArraySlice(repeating: 1, count: 20))
      #expect(evaluations.entries["infos/bumps"]?.shape == [6, 20])

      let json = try run(["evaluate", "run", "--episodes", "5", "--json"], in: folder).output
      #expect(json.contains("\"infos\":{\"bumps\":0,\"is_success\":1}"))
      let text = try run(["evaluate", "run", "--episodes", "5"], in: folder).output
      #expect(text.contains("is_success  1.00") && text.contains("bumps  0.00"))
    }
  }

  @Test func datasetsKeepIt() throws {
    try withFolder { folder in
      _ = try run(
        ["collect", "--random", "Corridor", "--episodes", "8", "--seed", "1", "--output", "data"],
        in: folder)
      let info = try run(["log", "info", "data"], in: folder).output
      #expect(info.contains("infos         is_success ") && info.contains(", bumps "))
      #expect(try run(["log", "verify", "data"], in: folder).output.contains("every bit"))
    }
  }

  @Test func aRunThatIsKilledInAnEpisodeSaysTheSame() throws {
    try withFolder { folder in
      _ = try run(plan + ["--output", "whole"], in: folder)
      let (process, _, _) = try Program.start(
        plan + ["--output", "part"], in: folder, program: program)
      waitForCheckpoint(of: folder.appendingPathComponent("part"))
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      #expect(process.terminationReason == .uncaughtSignal)
      _ = try run(["train", "--resume", "part", "--no-progress"], in: folder)
      for file in ["progress.csv", "monitor.csv"] {
        #expect(try rows("whole/" + file, in: folder) == rows("part/" + file, in: folder))
      }
      #expect(
        try FileStore.read(folder.path + "/whole/final/policy.safetensors")
          == FileStore.read(folder.path + "/part/final/policy.safetensors"))
      for name in ["whole", "part"] {
        #expect(try run(["log", "verify", name], in: folder).output.contains("every bit"))
      }
      #expect(
        try run(["log", "info", "whole"], in: folder).output.split(separator: "\n").dropLast()
          .drop { !$0.contains("episodes") }
          == run(["log", "info", "part"], in: folder).output.split(separator: "\n").dropLast()
          .drop { !$0.contains("episodes") })
    }
  }
}
