import Foundation
import RLGym
import Testing

import class TestSupport.MarkupReader

/// `rlgym tune` as a user starts it.
@Suite struct TuneCommandTests {
  private func tune(_ arguments: [String], in folder: URL) throws -> Program {
    try Program.run(["tune"] + arguments + ["--no-progress"], in: folder)
  }

  private func text(_ path: String, in folder: URL) throws -> String {
    try String(contentsOf: folder.appendingPathComponent(path), encoding: .utf8)
  }

  /// What happened in a search.
  private func events(_ directory: String, in folder: URL) throws -> [Substring] {
    try text(directory + "/trials.jsonl", in: folder).split(separator: "\n")
  }

  @Test func aSearchFindsWhatTrainTakes() throws {
    try withFolder { folder in
      let plan = ["ppo", "CartPole", "--trials", "12", "--steps", "2048", "--confirm", "3"]
      let result = try tune(plan + ["--jobs", "1", "--output", "s", "--json"], in: folder)
      #expect(result.code == 0, "\(result.errors)")
      struct Summary: Decodable {
        var trials, best: Int
        var settings: [String: String]
        var config: String
      }
      let summary = try JSONDecoder().decode(Summary.self, from: Data(result.output.utf8))
      #expect(summary.trials == 12 && summary.config == "s/best.yaml")
      #expect(try text("s/best.yaml", in: folder).contains(/the preset(,| by|\.)/))

      // The best configuration trains as it was trained in the search.
      let trained = try Program.run(
        [
          "train", "ppo", "CartPole", "--config", "s/best.yaml", "--seed", "1001",
          "--evaluate-every", "102", "--no-progress", "--output", "again",
        ], in: folder)
      #expect(trained.code == 0, "\(trained.errors)")
      let number = String(repeating: "0", count: 3 - "\(summary.best)".count) + "\(summary.best)"
      let run = "s/confirmation/\(number)/seed-1001/"
      #expect(
        try FileStore.read(folder.path + "/again/final/policy.safetensors")
          == FileStore.read(folder.path + "/" + run + "final/policy.safetensors"))
      let config = try text("again/config.yaml", in: folder)
      for (key, word) in summary.settings {
        #expect(config.contains("\(key): \(word)\n"), "\(key)")
      }

      let rows = try text("s/results.csv", in: folder).split(separator: "\n")
      #expect(rows.count == 13 && rows[1].hasPrefix("0,start,complete,"))
      #expect(rows.dropFirst(11).allSatisfy { $0.contains(",tpe,") })
      let page = try MarkupReader(text("s/overview.html", in: folder))
      #expect(page.named("h2").map(\.text).contains("Trials"))
      #expect(page.named("svg").count { $0.has("chart") } >= 11 + 4)
      #expect(page.coordinates.allSatisfy { $0.value.isFinite && $0.isInside })
      #expect(!page.named("text").contains { $0.text.contains("nan") || $0.text.contains("inf") })

      // The same seed searches the same way; another seed another way.
      #expect(try tune(plan + ["--jobs", "1", "--output", "t"], in: folder).code == 0)
      #expect(try events("t", in: folder) == events("s", in: folder))
      let other = try tune(
        plan + ["--seed", "1", "--jobs", "1", "--output", "u"], in: folder)
      #expect(other.code == 0)
      #expect(try events("u", in: folder) != events("s", in: folder))

      // More trials go on with what is there; another search is refused.
      let more = try tune(["--trials", "14", "--jobs", "1", "--output", "s"], in: folder)
      #expect(more.code == 0 && more.output.contains("14 trials"), "\(more.errors)")
      #expect(
        try events("s", in: folder).prefix(30) == events("t", in: folder).prefix(30))
      let refused = try tune(["sac", "Pendulum", "--output", "s"], in: folder)
      #expect(refused.code == 2 && refused.errors.contains("holds another search"))
      let fewer = try tune(["--trials", "3", "--output", "s"], in: folder)
      #expect(fewer.code == 2 && fewer.errors.contains("14 trials already"))
    }
  }

  @Test(arguments: ["median", "halving"])
  func aKilledSearchGoesOn(_ pruner: String) throws {
    try withFolder { folder in
      let plan = [
        "ppo", "CartPole", "--trials", "9", "--steps", "20480", "--confirm", "2", "--jobs", "1",
        "--pruner", pruner, "--set", "epochs=4",
      ]
      #expect(try tune(plan + ["--output", "whole"], in: folder).code == 0)
      for (number, signal) in [SIGKILL, SIGTERM, SIGKILL].enumerated() {
        let (process, _, _) = try Program.start(
          ["tune"] + (number == 0 ? plan : ["--jobs", "1"]) + ["--output", "part"], in: folder)
        let log = folder.appendingPathComponent("part/trials.jsonl")
        func count() -> Int { (try? Data(contentsOf: log))?.count { $0 == 10 } ?? 0 }
        // Amid a run, a few events further each time.
        let goal = 3 + 4 * number
        waitUntil { !process.isRunning || count() >= goal }
        Thread.sleep(forTimeInterval: 0.15)
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        if signal == SIGKILL {
          // The power went out while a line was written.
          let handle = try FileHandle(forWritingTo: log)
          try handle.seekToEnd()
          try handle.write(contentsOf: Data("{\"event\":\"run\",\"tri".utf8))
          try handle.close()
        }
      }
      let rest = try tune(["--jobs", "1", "--output", "part"], in: folder)
      #expect(rest.code == 0, "\(rest.errors)")
      let (part, whole) = (try events("part", in: folder), try events("whole", in: folder))
      let other = zip(part, whole).first { $0 != $1 }
      #expect(part == whole, "\(other.map { "\($0.0) instead of \($0.1)" } ?? "another count")")
      func best(_ name: String) throws -> [Substring] {
        try text(name + "/best.yaml", in: folder).split(separator: "\n").filter {
          !$0.hasPrefix("#")
        }
      }
      #expect(try best("part") == best("whole"))
      let states = try text("whole/results.csv", in: folder)
      #expect(states.contains(pruner == "median" ? ",pruned," : ",paused,"))
    }
  }

  @Test func rangesAndFixedValuesAreKept() throws {
    try withFolder { folder in
      let file = """
        learningRate: {low: 1e-4, high: 1e-3, scale: log}
        batchSize: {choices: [64, 128]}
        activation: relu
        valueCoefficient: {low: 0, high: 1}
        policyWidths: [32]
        """
      try FileStore.write(Array(file.utf8), to: folder.path + "/space.yaml")
      let result = try tune(
        [
          "ppo", "CartPole", "--trials", "12", "--steps", "1024", "--confirm", "0", "--config",
          "space.yaml", "--set", "gaeLambda=0.8", "--sampler", "random", "--pruner", "none",
          "--seeds-per-trial", "1", "--no-preset", "--output", "s",
        ], in: folder)
      #expect(result.code == 0, "\(result.errors)")
      #expect(result.errors.contains("One seed a trial"))
      #expect(result.output.contains("better than the defaults with what is fixed"))
      #expect(result.output.contains("not tested"))
      let rows = try text("s/results.csv", in: folder).split(separator: "\n").map {
        $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      }
      #expect(rows.count == 13)
      func column(_ name: String) throws -> [String] {
        let place = try #require(rows[0].firstIndex(of: name))
        return rows.dropFirst(2).map { $0[place] }
      }
      let rates = try column("learningRate").compactMap(Double.init)
      #expect(rates.count == 11 && rates.allSatisfy { (1e-4...1e-3).contains($0) })
      #expect(Set(try column("batchSize")).isSubset(of: ["64", "128"]))
      let weights = try column("valueCoefficient").compactMap(Double.init)
      #expect(weights.count == 11 && weights.contains { $0 != $0.rounded() })
      #expect(!rows[0].contains("activation") && !rows[0].contains("gaeLambda"))
      let config = try text("s/best.yaml", in: folder)
      for line in ["activation: relu", "gaeLambda: 0.8", "policyWidths: [32]"] {
        #expect(config.contains(line), "\(line)")
      }
    }
  }

  /// What `also` names shares a value and has no range of its own, however it was built in.
  @Test(arguments: [("discount", "gaeLambda"), ("gamma", "gae_lambda")])
  func hyperparametersShareWhatAFileSays(_ name: String, _ other: String) throws {
    try withFolder { folder in
      let file = """
        \(name): {low: 0.9, high: 0.99, also: [\(other)]}
        valueWidths: {ordered: [[16], [32]]}
        """
      try FileStore.write(Array(file.utf8), to: folder.path + "/space.yaml")
      let result = try tune(
        [
          "ppo", "CartPole", "--trials", "4", "--steps", "512", "--confirm", "0", "--config",
          "space.yaml", "--seeds-per-trial", "1", "--output", "s",
        ], in: folder)
      #expect(result.code == 0, "\(result.errors)")
      struct Event: Decodable {
        var settings: [String: String]?
      }
      let drawn = try events("s", in: folder).compactMap {
        try JSONDecoder().decode(Event.self, from: Data($0.utf8)).settings
      }.filter { !$0.isEmpty }
      #expect(drawn.count == 3)
      for settings in drawn {
        #expect(settings["discount"] != nil && settings["gaeLambda"] == settings["discount"])
        #expect(["[16]", "[32]"].contains(settings["valueWidths"]))
        #expect(settings["policyWidths"] != nil)
      }
      let head = try text("s/results.csv", in: folder).split(separator: "\n")[0]
      #expect(!head.contains("gaeLambda") && head.contains(",valueWidths"))
    }
  }

  @Test func failedTrialsAreTheWorst() throws {
    try withFolder { folder in
      try FileStore.write(
        Array("valueCoefficient: {ordered: [0.5, 1e38]}\n".utf8), to: folder.path + "/space.yaml")
      let result = try tune(
        [
          "ppo", "CartPole", "--trials", "8", "--steps", "1024", "--confirm", "2", "--config",
          "space.yaml", "--set", "normalizeRewards=false", "--output", "s",
        ], in: folder)
      #expect(result.code == 0, "\(result.errors)")
      #expect(result.errors.contains("failed:"))
      let rows = try text("s/results.csv", in: folder).split(separator: "\n")
      let failed = rows.filter { $0.contains(",failed,") }
      #expect(!failed.isEmpty && failed.allSatisfy { $0.contains("1e+38") })
      #expect(!(try text("s/best.yaml", in: folder)).contains("1e+38"))
    }
  }

  @Test func nothingIsConfirmedWhereNothingIsComplete() throws {
    try withFolder { folder in
      let result = try tune(
        [
          "ppo", "CartPole", "--trials", "2", "--steps", "1024", "--confirm", "2", "--set",
          "valueCoefficient=1e38", "--set", "normalizeRewards=false", "--output", "s",
        ], in: folder)
      #expect(result.code == 1 && result.errors.contains("None of 2 trials"), "\(result.errors)")
      #expect(!result.errors.contains("confirming"), "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder.path + "/s/confirmation"))
    }
  }

  /// A full disk is no fault of what is trained.
  @Test(arguments: [
    (["tune", "--trials", "2", "--seeds-per-trial", "1", "--confirm", "0"], "trials/000/seed-0"),
    (["benchmark", "--seeds", "2"], "runs/ppo/CartPole-v1/seed-0"),
  ])
  func aFullDiskStopsEverything(_ words: [String], _ run: String) throws {
    try withFolder { folder in
      let plan =
        words.prefix(1) + ["ppo", "CartPole", "--steps", "200000"] + words.dropFirst()
        + ["--jobs", "1", "--output", "s", "--no-progress"]
      let path = folder.path + "/s/" + run
      // A limit on files' sizes stands in for the full disk.
      let shell = ["-c", "trap '' XFSZ; ulimit -f 40; exec \"$0\" \"$@\"", Program.path]
      let full = try Program.run(shell + plan, in: folder, program: "/bin/bash")
      #expect(full.code == 1 && full.errors.contains("File too large"), "\(full.errors)")
      #expect(full.errors.contains(run) && full.errors.contains("with the same command"))
      #expect(!FileManager.default.fileExists(atPath: path + ".failed"))
      let rest = try Program.run(Array(plan), in: folder)
      #expect(rest.code == 0 && !rest.errors.contains("failed"), "\(rest.errors)")
      #expect(FileManager.default.fileExists(atPath: path + "/summary.json"))
    }
  }

  @Test(arguments: [
    (["ppo", "CartPol"], "CartPole"), (["pppo", "CartPole"], "Did you mean 'ppo'?"),
    (["dqn", "Pendulum"], "cannot learn"), (["ppo"], "in which environment"),
    ([], "holds no search"), (["ppo", "CartPole", "--trials", "0"], "from 1 to 100000 trials"),
    (["ppo", "CartPole", "--sampler", "grid"], "random or tpe"),
    (["ppo", "CartPole", "--set", "gama=1"], "gama"),
    (["ppo", "CartPole", "--set", "discount=2"], "discount"),
    (["ppo", "CartPole", "--steps", "3"], "20 steps or more"),
    (["ppo", "CartPole", "--confirm", "1"], "--confirm"),
    (["ppo", "CartPole", "--jobs", "0"], "--jobs"),
    (["--steps", "100"], "leave out --steps"),
  ])
  func mistakesAreTold(_ arguments: [String], _ words: String) throws {
    try withFolder { folder in
      let result = try tune(arguments + ["--output", "s"], in: folder)
      #expect(result.code == 2 && result.errors.contains(words), "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder.path + "/s"))
    }
  }

  @Test(arguments: [
    ("learningRate: {low: 1e-2, high: 1e-4, scale: log}", "empty range"),
    ("learningRate: {low: 0, high: 1e-4, scale: log}", "above 0"),
    ("learningRate: {low: 1e-5, high: 1e-4, scale: sqrt}", "unknown scale 'sqrt'"),
    ("learningRate: {low: 1e-5, hihg: 1e-4}", "Did you mean 'high'?"),
    ("learningRate: {low: 1e-5}", "needs 'low' and 'high'"),
    ("learningRat: {low: 1e-5, high: 1e-4}", "learningRate"),
    ("batchSize: {choices: []}", "no values"), ("batchSize: {choices: [64, 64]}", "twice"),
    ("batchSize: {choices: [64, many]}", "batchSize"),
    ("discount: {low: 0.5, high: 1.5}", "discount"),
    ("discount: {low: 0.5, high: 1, scale: complement}", "below 1"),
    ("rolloutSteps: {low: -9223372036854775808, high: 5}", "beyond 2^50"),
    ("learningRate: {low: -1.7e308, high: 1.7e308}", "beyond 1e300"),
    ("- a\n- b", "key: value"), ("a: &b 1", "anchor"),
  ])
  func mistakesInASpaceAreTold(_ yaml: String, _ words: String) throws {
    try withFolder { folder in
      try FileStore.write(Array(yaml.utf8), to: folder.path + "/space.yaml")
      let result = try tune(
        ["ppo", "CartPole", "--config", "space.yaml", "--output", "s"], in: folder)
      #expect(result.code == 2 && result.errors.contains(words), "\(result.errors)")
    }
  }

  @Test func damagedSearchesAreTold() throws {
    try withFolder { folder in
      let plan = ["ppo", "CartPole", "--trials", "2", "--steps", "512", "--confirm", "0"]
      #expect(try tune(plan + ["--output", "s"], in: folder).code == 0)
      let (log, file) = (folder.path + "/s/trials.jsonl", folder.path + "/s/tune.yaml")
      let (events, yaml) = (try FileStore.read(log), try FileStore.read(file))
      for (line, words) in [
        ("garbage\n", "line 1 is no event"), ("{\"event\":\"run\",\"trial\":5}\n", "cannot have"),
        ("{\"event\":\"begin\",\"trial\":0,\"goal\":-1}\n", "cannot have"),
      ] {
        try FileStore.write(Array(line.utf8) + events, to: log)
        let result = try tune(["--output", "s"], in: folder)
        #expect(result.code == 1 && result.errors.contains(words), "\(result.errors)")
      }
      try FileStore.write(events, to: log)
      for change in [
        ("trials: 2", "trials: x"), ("sampler: tpe", "sampler: best"),
        ("steps: 512", "stepps: 512"),
        ("space:", "spice:"), ("points: 20", "points: 0"), ("scale: log", "scale: logg"),
      ] {
        let damaged = String(decoding: yaml, as: UTF8.self).replacing(change.0, with: change.1)
        try FileStore.write(Array(damaged.utf8), to: file)
        let result = try tune(["--output", "s"], in: folder)
        #expect([1, 2].contains(result.code) && result.errors.contains("error:"), "\(change)")
      }
    }
  }

  // MARK: Runs

  @Test func aStudyOutlivesItsProgramFile() throws {
    try withFolder { folder in
      let copy = folder.appendingPathComponent("program")
      try FileManager.default.copyItem(at: URL(fileURLWithPath: Program.path), to: copy)
      let process = Process()
      process.executableURL = copy
      process.arguments = [
        "benchmark", "ppo", "CartPole", "--seeds", "6", "--steps", "40960", "--output", "s",
        "--jobs", "1",
      ]
      process.currentDirectoryURL = folder
      let errors = Pipe()
      (process.standardOutput, process.standardError) = (FileHandle.nullDevice, errors)
      try process.run()
      waitForFile(folder.path + "/s/runs/ppo/CartPole-v1/seed-0/progress.csv")
      try FileManager.default.removeItem(at: copy)
      let words = String(
        decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationStatus == 0, "\(words)")
      let runs = try FileManager.default.contentsOfDirectory(
        atPath: folder.path + "/s/runs/ppo/CartPole-v1")
      #expect(runs.sorted() == (0..<6).map { "seed-\($0)" })
    }
  }

  @Test func twoStudiesShareADirectory() throws {
    try withFolder { folder in
      let plan = [
        "benchmark", "ppo", "CartPole", "--seeds", "8", "--steps", "8192", "--no-progress",
      ]
      #expect(try Program.run(plan + ["--output", "one"], in: folder).code == 0)
      let started = try (0..<3).map { _ in
        try Program.start(plan + ["--output", "s", "--jobs", "2"], in: folder)
      }
      for result in started.map(Program.end) {
        #expect(result.code == 0, "\(result.errors)")
        #expect(!result.errors.contains("warning: ppo"), "\(result.errors)")
      }
      for seed in 0..<8 {
        let path = "/runs/ppo/CartPole-v1/seed-\(seed)"
        #expect(
          try FileStore.read(folder.path + "/s" + path + "/final/policy.safetensors")
            == FileStore.read(folder.path + "/one" + path + "/final/policy.safetensors"))
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/s" + path + ".lock"))
      }
    }
  }

  @Test func twoSearchesInADirectoryAreRefused() throws {
    try withFolder { folder in
      let plan = ["tune", "ppo", "CartPole", "--trials", "8", "--steps", "20000", "--output", "s"]
      let (process, _, _) = try Program.start(plan, in: folder)
      waitForFile(folder.path + "/s/trials.jsonl")
      // Whatever is asked for: nothing is read that the other process may be about to change.
      for asked in [[], ["--trials", "3"], ["sac", "Pendulum"]] {
        let second = try tune(asked + ["--output", "s"], in: folder)
        #expect(second.code == 1 && second.errors.contains("Another process searches"))
      }
      process.terminate()
      process.waitUntilExit()
    }
  }
}
