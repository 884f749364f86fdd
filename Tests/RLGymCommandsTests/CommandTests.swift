import Foundation
import RLCore
import RLSupport
import Testing

/// Runs the program itself, which `Scripts/test` builds first.
struct Program {
  var code: Int32
  var output: String
  var errors: String

  static var path: String { path(of: "rlgym") }

  /// A program that is built with the tests.
  static func path(of name: String) -> String {
    URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appendingPathComponent(name).path
  }

  static func start(
    _ arguments: [String], in folder: URL, environment: [String: String] = [:],
    program path: String = Program.path
  ) throws -> (Process, Pipe, Pipe) {
    let process = Process()
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.currentDirectoryURL = folder
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    return (process, output, errors)
  }

  static func run(
    _ arguments: [String], in folder: URL, environment: [String: String] = [:],
    program path: String = Program.path
  ) throws -> Program {
    end(try start(arguments, in: folder, environment: environment, program: path))
  }

  /// Waits for the end of a program that was started.
  static func end(_ started: (Process, Pipe, Pipe)) -> Program {
    let (process, output, errors) = started
    let out = output.fileHandleForReading.readDataToEndOfFile()
    let err = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Program(
      code: process.terminationStatus, output: String(decoding: out, as: UTF8.self),
      errors: String(decoding: err, as: UTF8.self))
  }
}

/// Waits until something is there, for some seconds.
func waitUntil(_ isThere: () -> Bool) {
  for _ in 0..<10_000 where !isThere() { Thread.sleep(forTimeInterval: 0.002) }
}

/// Waits until a file is there, for some seconds.
func waitForFile(_ path: String) { waitUntil { FileManager.default.fileExists(atPath: path) } }

/// Waits until a run has a whole checkpoint, for some seconds.
func waitForCheckpoint(of run: URL) {
  waitUntil {
    let names = try? FileManager.default.contentsOfDirectory(atPath: run.path + "/checkpoints")
    return (names ?? []).contains { $0.hasPrefix("step-") && !$0.contains(".") }
  }
}

/// A folder that is removed afterwards.
func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
    "rlgym-test-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}

@Suite struct CommandTests {
  @Test func debugBuildsSaySo() throws {
    let result = try Program.run(["envs"], in: FileManager.default.temporaryDirectory)
    #if DEBUG
      #expect(result.errors.contains("swift run -c release rlgym envs"), "\(result.errors)")
    #else
      #expect(result.errors == "")
    #endif
  }

  @Test(arguments: [
    "train", "evaluate", "watch", "play", "record", "benchmark", "tune", "plot", "runs", "envs",
    "agents",
    "check",
    "collect", "log", "speed", "doctor",
  ])
  func everyCommandHasHelp(_ command: String) throws {
    try withFolder {
      let result = try Program.run([command, "--help"], in: $0)
      #expect(result.code == 0 && result.output.contains("USAGE: rlgym \(command)"))
    }
  }

  struct Mistake: Sendable {
    var arguments: [String]
    var code: Int32
    var words: [String]
    init(_ arguments: [String], _ code: Int32, _ words: String...) {
      (self.arguments, self.code, self.words) = (arguments, code, words)
    }
  }

  @Test(arguments: [
    Mistake(["train", "ppo", "CartPol"], 2, "Unknown environment 'CartPol'", "'CartPole'"),
    Mistake(["train", "pp", "CartPole"], 2, "Unknown agent 'pp'", "'ppo'"),
    Mistake(["train"], 2, "rlgym train ppo CartPole"),
    Mistake(["train", "ppo", "CartPole", "--set", "epoch=3"], 2, "'epoch'", "'epochs'"),
    Mistake(["train", "ppo", "CartPole", "--set", "epochs=x"], 2, "whole number", "x"),
    Mistake(["train", "ppo", "CartPole", "--set", "epochs"], 2, "key=value"),
    Mistake(["train", "ppo", "CartPole", "--set", "batchSize=1"], 2, "batchSize"),
    Mistake(["train", "ppo", "CartPole", "--steps", "0"], 2, "--steps"),
    Mistake(["train", "ppo", "CartPole", "--checkpoint-every", "0"], 2, "--checkpoint-every"),
    Mistake(["train", "ppo", "CartPole", "--record-every", "0"], 2, "--record-every"),
    Mistake(["train", "ppo", "CartPole", "--nonsense"], 2, "--nonsense", "--help"),
    Mistake(["train", "ppo", "CartPole", "--config", "missing.yaml"], 1, "missing.yaml"),
    Mistake(["train", "ppo", "CartPole", "--output", "/proc/none/run"], 1, "/proc/none/run"),
    Mistake(["train", "ppo", "CartPole", "--output", ""], 2, "no name"),
    Mistake(["record", "--random", "CartPole", "--output", ""], 2, "--output has no name"),
    Mistake(["collect", "--random", "CartPole", "--output", ""], 2, "--output has no name"),
    Mistake(["tune", "ppo", "CartPole", "--output", ""], 2, "--output has no name"),
    Mistake(["benchmark", "ppo", "CartPole", "--output", ""], 2, "--output has no name"),
    Mistake(["train", "sac", "Pendulum", "--stop-at-threshold"], 2, "no threshold", "--threshold"),
    Mistake(
      ["train", "ppo", "CartPole", "--set", "net_arch=8"], 2, "net_arch[pi]", "net_arch[vf]"),
    Mistake(["train", "--resume", "nowhere"], 2, "nowhere", "config.yaml"),
    Mistake(["evaluate", "nowhere"], 2, "nowhere"), Mistake(["check", "Nothing"], 2, "Nothing"),
    Mistake(["speed", "--only", "nothing"], 2, "step/CartPole/1"),
    Mistake(["nonsense"], 2, "--help"),
  ])
  func mistakesAreToldInOneOrTwoLines(_ mistake: Mistake) throws {
    try withFolder {
      let result = try Program.run(mistake.arguments, in: $0)
      #expect(result.code == mistake.code, "\(result.errors)")
      #expect(result.output.isEmpty)
      #expect(result.errors.split(separator: "\n").count <= 2, "\(result.errors)")
      for word in mistake.words { #expect(result.errors.contains(word), "\(result.errors)") }
    }
  }

  @Test func listsAndSheets() throws {
    try withFolder { folder in
      let list = try Program.run(["envs"], in: folder)
      #expect(list.output.contains("CartPole-v1") && list.output.contains("FrozenLake8x8-v1"))
      let sheet = try Program.run(["envs", "Pendulum"], in: folder)
      #expect(sheet.output.contains("Box(-2.0, 2.0, (1,))") && sheet.output.contains("200 steps"))
      let agent = try Program.run(["agents", "ppo"], in: folder)
      #expect(agent.output.contains("gaeLambda") && agent.output.contains("gae_lambda"))
      let check = try Program.run(["check", "CartPole"], in: folder)
      #expect(check.code == 0 && check.output.contains("CartPole-v1: passed"))
    }
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func completionScripts(_ shell: String) throws {
    try withFolder {
      let result = try Program.run(["--generate-completion-script", shell], in: $0)
      #expect(result.code == 0 && result.output.contains("CartPole"))
    }
  }

  // MARK: Training

  private func train(_ arguments: [String], in folder: URL) throws -> Program {
    try Program.run(
      ["train", "ppo", "CartPole", "--seed", "5", "--no-progress"] + arguments, in: folder)
  }

  /// The evaluations of a run without their times.
  private func evaluations(_ run: String, in folder: URL) throws -> StateArchive {
    let path = folder.path + "/\(run)/evaluations.npz"
    return try NumPyArchive.decode(FileStore.read(path), name: path).removing("seconds")
  }

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

  @Test(arguments: [SIGINT, SIGTERM])
  func aStoppedRunGoesOnToTheSameBytes(_ signal: Int32) throws {
    try withFolder { folder in
      let steps = "400000"
      let whole = try train(["--steps", steps, "--output", "whole"], in: folder)
      #expect(whole.code == 0)
      let started = try Program.start(
        [
          "train", "ppo", "CartPole", "--seed", "5", "--no-progress", "--threads", "1", "--steps",
          steps, "--output", "part",
        ],
        in: folder)
      Thread.sleep(forTimeInterval: 0.5)
      kill(started.0.processIdentifier, signal)
      let part = Program.end(started)
      #expect(part.code == 128 + signal)
      #expect(part.errors.contains("rlgym train --resume part"))
      let resumed = try Program.run(["train", "--resume", "part", "--no-progress"], in: folder)
      #expect(resumed.code == 0, "\(resumed.errors)")
      for file in ["final/policy.safetensors", "best/policy.safetensors"] {
        #expect(
          try FileStore.read(folder.path + "/whole/" + file)
            == FileStore.read(folder.path + "/part/" + file))
      }
      #expect(try evaluations("whole", in: folder) == evaluations("part", in: folder))
      /// Rows without their last column, the time.
      func rows(_ run: String) throws -> [Substring] {
        let url = folder.appendingPathComponent("\(run)/monitor.csv")
        return try String(contentsOf: url, encoding: .utf8).split(separator: "\n").dropFirst(2).map
        {
          $0[..<($0.lastIndex(of: ",") ?? $0.endIndex)]
        }
      }
      #expect(try rows("whole") == rows("part"))
    }
  }

  @Test func aKilledRunGoesOnToTheSameBytes() throws {
    try withFolder { folder in
      let plan = ["--steps", "200000", "--checkpoint-every", "5000"]
      #expect(try train(plan + ["--output", "whole"], in: folder).code == 0)
      // Killed twice, at moments that no one chose.
      var (process, _, _) = try Program.start(
        ["train", "ppo", "CartPole", "--seed", "5", "--no-progress", "--output", "part"] + plan,
        in: folder)
      for _ in 0..<2 {
        waitForCheckpoint(of: folder.appendingPathComponent("part"))
        Thread.sleep(forTimeInterval: 0.15)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        #expect(process.terminationReason == .uncaughtSignal)
        (process, _, _) = try Program.start(
          ["train", "--resume", "part", "--checkpoint-every", "5000", "--no-progress"], in: folder)
      }
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      for file in ["final/policy.safetensors", "best/policy.safetensors"] {
        #expect(
          try FileStore.read(folder.path + "/whole/" + file)
            == FileStore.read(folder.path + "/part/" + file))
      }
      #expect(try evaluations("whole", in: folder) == evaluations("part", in: folder))
      let (first, second) = (try reports("whole", in: folder), try reports("part", in: folder))
      #expect(first == second && first.count > 300)
      #expect(first.contains { $0["eval/mean_reward"] != nil })
    }
  }

  /// The lines of a run's `progress.json` without times.
  private func reports(_ run: String, in folder: URL) throws -> [[String: Double]] {
    let text = String(
      decoding: try FileStore.read(folder.path + "/\(run)/progress.json"), as: UTF8.self)
    return try text.split(separator: "\n").map { line in
      try JSONDecoder().decode([String: Double].self, from: Data(line.utf8)).filter {
        $0.key != "time/time_elapsed" && $0.key != "time/fps"
      }
    }
  }

  @Test func aLogThatIsGoneIsTold() throws {
    try withFolder { folder in
      #expect(try train(["--steps", "2048", "--output", "run"], in: folder).code == 0)
      try FileManager.default.removeItem(atPath: folder.path + "/run/monitor.csv")
      let result = try Program.run(
        ["train", "--resume", "run", "--steps", "4096", "--no-progress"], in: folder)
      #expect(result.code == 0, "\(result.errors)")
      #expect(
        result.errors.contains("warning: 'run/monitor.csv' is missing; it begins anew."),
        "\(result.errors)")
    }
  }

  @Test func configurationFilesAreHarmless() throws {
    try withFolder { folder in
      func attempt(_ yaml: String) throws -> Program {
        try Data(yaml.utf8).write(to: folder.appendingPathComponent("c.yaml"))
        return try train(
          ["--config", "c.yaml", "--steps", "2048", "--output", UUID().uuidString], in: folder)
      }
      #expect(
        try attempt(
          "# short names\nagent: PPO\nenvironment: CartPole\nseed: 18446744073709551615\n"
        ).code == 0)
      #expect(
        try attempt("epochs: 2\npolicyWidths: [8, 8]\nlearningRate: linear(1e-3, 0)\n").code == 0)
      for (yaml, word) in [
        ("a: &x [1]\nb: *x\n", "anchor"), ("{x: it's, a: &a [1], b: [*a, *a]}\n", "anchor"),
        ("a: ' # ', b: &b [1]\n", "anchor"), ("epochs: !!int 3\n", "tag"),
        ("epochs: {a: 1}\n", "plain"),
        ("epoch: 3\n", "epochs"), ("- 1\n", "key: value"), ("epochs: [\n", "YAML"),
        (String(repeating: "#", count: 300_000), "256 kB"),
      ] {
        let result = try attempt(yaml)
        #expect(
          result.code == 2 && result.errors.contains(word), "\(yaml.prefix(40)): \(result.errors)")
      }
    }
  }

  @Test func aFullDiskIsToldAndLosesNothing() throws {
    try withFolder { folder in
      let run = try train(["--steps", "4096", "--output", "run"], in: folder)
      #expect(run.code == 0)
      let shell = Process()
      shell.executableURL = URL(fileURLWithPath: "/bin/bash")
      // A file-size limit stands in for the full disk; SIGXFSZ is ignored, so that writes fail.
      shell.arguments = [
        "-c",
        "trap '' XFSZ; ulimit -f 40; exec \(Program.path) train ppo CartPole --seed 1 --steps 300000 --no-progress --output small",
      ]
      shell.currentDirectoryURL = folder
      let errors = Pipe()
      shell.standardError = errors
      shell.standardOutput = FileHandle.nullDevice
      try shell.run()
      let text = String(
        decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      shell.waitUntilExit()
      #expect(shell.terminationStatus == 1, "\(text)")
      #expect(text.contains("Cannot write") && text.contains("small"), "\(text)")
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
