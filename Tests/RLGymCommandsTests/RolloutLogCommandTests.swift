import Foundation
import RLGym
import Testing

@Suite struct RolloutLogCommandTests {
  private func run(_ words: String, in folder: URL) throws -> Program {
    try Program.run(words.split(separator: " ").map(String.init), in: folder)
  }

  private func episodes(_ path: URL) throws -> [Episode] {
    let log = try RolloutLog(path.path, access: .trusted)
    var episodes: [Episode] = []
    try log.forEachEpisode { _, episode in episodes.append(episode) }
    return episodes
  }

  @Test func logsAreCollectedVerifiedPackedAndMerged() throws {
    try withFolder { folder in
      let collect = try run(
        "collect --random Taxi --episodes 30 --seed 5 --output a-v0", in: folder)
      #expect(collect.code == 0 && collect.output.contains("30 episodes"))
      // How many are played together does not matter.
      #expect(
        try run("collect --random Taxi --episodes 30 --seed 5 --output b-v0 --envs 3", in: folder)
          .code == 0)
      let first = try episodes(folder.appendingPathComponent("a-v0"))
      #expect(try episodes(folder.appendingPathComponent("b-v0")) == first)
      #expect(first.map(\.seed) == (5..<35).map { UInt64($0) })
      let info = try run("log info a-v0", in: folder)
      #expect(info.code == 0 && info.output.contains("Taxi-v4"))
      let verify = try run("log verify a-v0", in: folder)
      #expect(verify.code == 0 && verify.output.contains("every bit is the same"))
      #expect(try run("log pack b-v0", in: folder).code == 0)
      #expect(try episodes(folder.appendingPathComponent("b-v0")) == first)
      #expect(try run("log merge a-v0 b-v0 --output c-v0", in: folder).code == 0)
      #expect(try episodes(folder.appendingPathComponent("c-v0")) == first + first)
      let again = try run("collect --random Taxi --output a-v0", in: folder)
      #expect(again.code == 1 && again.errors.contains("already holds a rollout log"))
      let other = try run("log verify a-v0 --environment CartPole", in: folder)
      #expect(other.code == 1 && other.errors.contains("does not fit"))
    }
  }

  /// As Minari keeps the spec of `gymnasium.make("CartPole-v1", ...)`.
  @Test(
    arguments: [
      (#""kwargs": {}, "max_episode_steps": 500, "additional_wrappers": []"#, nil),
      (#""kwargs": {"sutton_barto_reward": false}, "max_episode_steps": 500"#, nil),
      (#""kwargs": {"gravity": 3}, "max_episode_steps": 500"#, "no argument 'gravity'"),
      (
        #""kwargs": {}, "max_episode_steps": 500, "additional_wrappers": [{"name": "ClipReward"}]"#,
        "wrapped in ClipReward"
      ),
    ] as [(String, String?)])
  func variantsThatAreNotKnownAreSaid(_ spec: String, _ words: String?) throws {
    try withFolder { folder in
      #expect(
        try run("collect --random CartPole --episodes 3 --seed 1 --output a-v0", in: folder).code
          == 0)
      #expect(try run("log pack a-v0", in: folder).code == 0)
      let file = folder.appendingPathComponent("a-v0/data/metadata.json")
      var metadata =
        try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any] ?? [:]
      metadata["rlgym"] = nil
      metadata["env_spec"] = "{\"id\": \"CartPole-v1\", \(spec)}"
      try JSONSerialization.data(withJSONObject: metadata).write(to: file)
      let verify = try run("log verify a-v0", in: folder)
      let info = try run("log info a-v0", in: folder)
      let from = try run(
        "train dqn CartPole --steps 200 --from-log a-v0 --no-progress --output r", in: folder)
      #expect(info.code == 0 && from.code == 0, "\(info.errors) \(from.errors)")
      if let words {
        #expect(verify.code == 1 && verify.errors.contains(words), "\(verify.errors)")
        #expect(verify.errors.contains("of a variant") && !verify.output.contains("Different"))
        #expect(info.output.contains("of which 0 can be repeated"))
        #expect(from.errors.contains("was recorded in"))
      } else {
        #expect(verify.code == 0, "\(verify.errors)\(verify.output)")
        #expect(info.output.contains("of which 3 can be repeated"))
        #expect(!from.errors.contains("was recorded in"))
      }
    }
  }

  /// As `gymnasium.make("CartPole-v1", max_episode_steps=20)` has it, and without a limit.
  @Test(arguments: [(15, "15"), (-1, "null")])
  func datasetsWithATimeLimitOfTheirOwnAreRepeated(_ limit: Int, _ word: String) throws {
    try withFolder { folder in
      let option = "--env-set max_episode_steps=\(limit)"
      #expect(
        try run(
          "collect --random CartPole --episodes 9 --seed 1 --output a-v0 \(option)", in: folder
        )
        .code == 0)
      let own = try run("log verify a-v0", in: folder)
      #expect(own.code == 0, "\(own.errors)\(own.output)")
      #expect(try run("log pack a-v0", in: folder).code == 0)
      let file = folder.appendingPathComponent("a-v0/data/metadata.json")
      var metadata =
        try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any] ?? [:]
      let spec = metadata["env_spec"] as? String ?? ""
      #expect(spec.contains(#""max_episode_steps":\#(word)"#), "\(spec)")
      metadata["rlgym"] = nil
      try JSONSerialization.data(withJSONObject: metadata).write(to: file)
      let verify = try run("log verify a-v0", in: folder)
      #expect(verify.code == 0, "\(verify.errors)\(verify.output)")
      #expect(try run("log info a-v0", in: folder).output.contains("of which 9 can be repeated"))
      let from = try run(
        "train dqn CartPole --steps 200 --from-log a-v0 --no-progress --output r", in: folder)
      #expect(
        from.errors.contains("was recorded in CartPole-v1 with max_episode_steps=\(limit)"),
        "\(from.errors)")
      let same = try run(
        "train dqn CartPole --steps 200 --from-log a-v0 --no-progress --output s \(option)",
        in: folder)
      #expect(same.code == 0 && !same.errors.contains("was recorded in"), "\(same.errors)")
    }
  }

  @Test(arguments: [
    ("collect --output x", 2, "--random"), ("collect --random Nothing --output x", 2, "Nothing"),
    ("collect --random CartPole --output x --dataset-id x", 2, "cartpole-v0"),
    ("collect --random CartPole --stochastic --output x", 2, "--stochastic"),
    ("collect --random CartPole --output /proc/none/x", 1, "/proc/none/x"),
    ("log info nowhere", 1, "nowhere"), ("log merge a --output b", 2, "two logs"),
    ("train ppo CartPole --from-log nowhere", 2, "dqn"),
    ("train dqn CartPole --from-log nowhere", 1, "nowhere"),
  ])
  func mistakes(_ words: String, _ code: Int32, _ text: String) throws {
    try withFolder { folder in
      let result = try run(words, in: folder)
      #expect(result.code == code && result.errors.contains(text), "\(result.errors)")
      #expect(result.errors.hasPrefix("error: "))
    }
  }

  @Test func trainingKeepsItsBytesAndItsEpisodes() throws {
    try withFolder { folder in
      let train = "train ppo CartPole --steps 8192 --seed 4 --no-progress --output"
      #expect(try run("\(train) logged --log-rollouts", in: folder).code == 0)
      #expect(try run("\(train) plain", in: folder).code == 0)
      func file(_ name: String) throws -> Data {
        try Data(contentsOf: folder.appendingPathComponent(name))
      }
      #expect(
        try file("logged/final/policy.safetensors") == file("plain/final/policy.safetensors"))
      let rows = String(decoding: try file("plain/monitor.csv"), as: UTF8.self)
        .split(separator: "\n").dropFirst(2).map {
          $0.split(separator: ",").compactMap { Double($0) }
        }
      let logged = try episodes(folder.appendingPathComponent("logged/rollouts"))
      #expect(rows.map { $0[0] } == logged.filter { !$0.isUnfinished }.map(\.episodicReturn))
      #expect(logged.reduce(0) { $0 + $1.length } == 8192)
      let verify = try run("log verify logged", in: folder)
      #expect(verify.code == 0 && verify.output.contains("8,192 steps"))
      // A model's name is enough in the run's directory.
      let inside = folder.appendingPathComponent("logged")
      #expect(
        try run("evaluate final --episodes 2 --seed 1 --json", in: inside).output
          == run("evaluate logged/final --episodes 2 --seed 1 --json", in: folder).output)
      #expect(try run("evaluate best --episodes 2", in: inside).code == 0)
      #expect(try run("evaluate nothing", in: inside).errors.contains("nothing"))
      // What a trained model does is collected, too.
      let collect = try run(
        "collect logged --episodes 3 --seed 1 --output play --stochastic", in: folder)
      #expect(collect.code == 0)
      #expect(try run("log verify play", in: folder).code == 0)
    }
  }

  @Test func killedRunsLeaveTheirLogsWhole() throws {
    try withFolder { folder in
      let train =
        "train dqn CartPole --steps 9000 --seed 4 --no-progress --log-rollouts --checkpoint-every 1000 --output"
      let begin = ContinuousClock.now
      #expect(try run("\(train) whole", in: folder).code == 0)
      let duration = Double((ContinuousClock.now - begin).components.seconds) + 1
      let whole = try episodes(folder.appendingPathComponent("whole/rollouts"))
      for share in [0.1, 0.4, 0.7] {
        let (process, output, errors) = try Program.start(
          "\(train) killed".split(separator: " ").map(String.init), in: folder)
        Thread.sleep(forTimeInterval: share * duration)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        withExtendedLifetime((output, errors)) {}
        let run = folder.appendingPathComponent("killed")
        let log = run.appendingPathComponent("rollouts")
        if FileManager.default.fileExists(atPath: log.path + "/data/metadata.json") {
          let left = try episodes(log)
          #expect(left == Array(whole.prefix(left.count)))
        }
        let states = try? FileManager.default.contentsOfDirectory(
          atPath: run.path + "/checkpoints")
        if !(states ?? []).filter({ !$0.contains(".") }).isEmpty {
          #expect(try self.run("train --resume killed --no-progress", in: folder).code == 0)
          #expect(try episodes(log) == whole)
        }
        try FileManager.default.removeItem(at: run)
      }
    }
  }

  @Test func aFullDiskIsAnErrorAndLeavesTheLogWhole() throws {
    try withFolder { folder in
      /// Runs the program where files may have so many blocks of 512 bytes.
      func limited(_ blocks: Int, _ words: String) throws -> (code: Int32, errors: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "ulimit -f \(blocks); exec \(Program.path) \(words)"]
        process.currentDirectoryURL = folder
        let pipe = Pipe()
        process.standardError = pipe
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        let text = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let code = process.terminationReason == .exit ? process.terminationStatus : -1
        return (code, String(decoding: text, as: UTF8.self))
      }
      let collect = try limited(100, "collect --random Pendulum --episodes 50 --output x-v0")
      #expect(collect.code == 1)
      #expect(collect.errors.contains("error: Cannot write"), "\(collect.errors)")
      #expect(try episodes(folder.appendingPathComponent("x-v0")).isEmpty)
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/x-v0/data")
      #expect(Set(names) == ["main_data.hdf5", "metadata.json"])
      // Shards that are there stay: the next one does not fit.
      let train =
        "train ppo CartPole --steps 20480 --seed 1 --no-progress --set rolloutSteps=512 --log-rollouts --evaluate-every 1000000"
      let small = try limited(800, "\(train) --checkpoint-every 2048 --output run")
      #expect(small.code == 0, "\(small.errors)")
      let log = folder.appendingPathComponent("run/rollouts")
      let before = try episodes(log)
      let large = try limited(800, "\(train) --checkpoint-every 20480 --output other")
      #expect(large.code == 1 && large.errors.contains("Cannot write"), "\(large.errors)")
      // As if it had been killed just before its end; a run that is over writes nothing.
      try FileManager.default.removeItem(atPath: folder.path + "/run/summary.json")
      let resumed = try limited(8, "train --resume run --no-progress")
      #expect(resumed.code == 1 && resumed.errors.contains("Cannot write"), "\(resumed.errors)")
      // All but the unfinished ones, which come after the last checkpoint.
      let left = try episodes(log)
      #expect(left == before.filter { !$0.isUnfinished } && left.count > 50)
    }
  }

  @Test func damagedFilesAreErrorsAndNothingElse() throws {
    try withFolder { folder in
      #expect(
        try run("collect --random Blackjack --episodes 20 --seed 1 --output log-v0", in: folder)
          .code == 0)
      var rng = SeededGenerator(seed: 12)
      var refused = 0
      for number in 0..<90 {
        let name = ["shard_0.hdf5", "main_data.hdf5", "metadata.json"][number % 3]
        let path = folder.path + "/log-v0/data/" + name
        let intact = try FileStore.read(path)
        var bytes = intact
        switch rng.integer(below: 4) {
        case 0: bytes.removeLast(1 + rng.integer(below: bytes.count))
        case 1:
          let start = rng.integer(below: bytes.count)
          for i in start..<min(bytes.count, start + 8) { bytes[i] = 0xff }
        default:
          for _ in 0...rng.integer(below: 20) {
            bytes[rng.integer(below: bytes.count)] = UInt8(rng.integer(below: 256))
          }
        }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let result = try run("log info log-v0", in: folder)
        // Some changes do no harm, or pass as other numbers.
        #expect(result.code == 0 || result.code == 1, "\(number): \(result.code)")
        if result.code == 1 {
          refused += 1
          #expect(result.errors.contains("error: "), "\(number)")
        }
        try Data(intact).write(to: URL(fileURLWithPath: path))
      }
      #expect(refused > 30)
      #expect(try run("log verify log-v0", in: folder).code == 0)
    }
  }

  @Test func aReplayBufferBeginsWithALog() throws {
    try withFolder { folder in
      #expect(
        try run("collect --random Pendulum --episodes 6 --seed 1 --output p-v0", in: folder).code
          == 0)
      #expect(
        try run("collect --random Taxi --episodes 6 --seed 1 --output t-v0", in: folder).code == 0
      )
      for (agent, settings) in [
        ("sac Pendulum", "actorWidths=[8] criticWidths=[8]"), ("td3 Pendulum", "environments=2"),
      ] {
        let words =
          "train \(agent) --steps 200 --seed 1 --no-progress --from-log p-v0 --set learningStarts=10"
          + settings.split(separator: " ").map { " --set \($0)" }.joined()
        let name = agent.split(separator: " ")[0]
        let result = try run("\(words) --output \(name)", in: folder)
        #expect(result.code == 0, "\(result.errors)")
        #expect(result.errors.contains("1,200 transitions from p-v0"), "\(result.errors)")
      }
      let dqn = try run(
        "train dqn Taxi --steps 200 --seed 1 --no-progress --from-log t-v0 --output d", in: folder
      )
      #expect(dqn.code == 0 && dqn.errors.contains("transitions from t-v0"))
      let wrong = try run("train dqn CartPole --from-log t-v0 --output e", in: folder)
      #expect(wrong.code == 1 && wrong.errors.contains("its observations are Discrete(500)"))
      #expect(!FileManager.default.fileExists(atPath: folder.path + "/e"))
    }
  }
}
