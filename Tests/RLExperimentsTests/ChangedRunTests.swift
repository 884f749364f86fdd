import Foundation
import RLAgents
import RLExperiments
import RLSupport
import Synchronization
import TestSupport
import Testing

/// Files of a run that were changed by hand, by chance or by another program.
@Suite struct ChangedRunTests {
  private func replace(_ old: String, by new: String, in path: String) throws {
    let text = String(decoding: try FileStore.read(path), as: UTF8.self)
    let changed = text.replacing(old, with: new)
    #expect(changed != text, "'\(path)' has no '\(old)'")
    try FileStore.write(Array(changed.utf8), to: path)
  }

  /// What is wrong with what the closure does; empty if nothing.
  private func problem(_ body: () throws -> Void) -> String {
    do { try body() } catch { return "\(error)" }
    return ""
  }

  /// A run that was stopped after its first checkpoint.
  private func stoppedRun(_ path: String) throws {
    var options = TrainingRun.Options()
    options.checkpointEvery = 256
    let run = try shortRun(path, options: options)
    try run.train { if case .checkpoint = $0 { .stop } else { .proceed } }
  }

  /// An edit of what a run is made of is named, with what it was.
  @Test(arguments: [
    ("discount: 0.99", "discount: 0.9", "discount was 0.99 and is 0.9"),
    ("seed: 3", "seed: 4", "seed was 3 and is 4"),
    ("CartPole-v1", "CartPole-v0", "environment was CartPole-v1 and is CartPole-v0"),
    ("valueWidths: [16]", "valueWidths: [16, 16]", "valueWidths was [16] and is [16, 16]"),
  ]) func anEditOfWhatCannotChangeIsNamed(_ old: String, _ new: String, _ words: String) throws {
    try withFolder { folder in
      let path = folder + "/a"
      try stoppedRun(path)
      try replace(old, by: new, in: path + "/config.yaml")
      let resumed = problem { _ = try TrainingRun(resuming: path) }
      #expect(resumed.contains(words) && resumed.contains("--from \(path)"), "\(resumed)")
      let evaluated = problem { _ = try TrainedPolicy(run: path) }
      #expect(evaluated.contains(words) && evaluated.contains("Put it back"), "\(evaluated)")
      try replace(new, by: old, in: path + "/config.yaml")
      try TrainingRun(resuming: path).train()
      _ = try TrainedPolicy(run: path)
    }
  }

  /// Settings of learning may change between two updates, and so in the file; the change is told.
  @Test func anEditOfWhatMayChangeIsToldAndTaken() throws {
    try withFolder { folder in
      let path = folder + "/a"
      try stoppedRun(path)
      try replace("learningRate: 0.0003", by: "learningRate: 0.001", in: path + "/config.yaml")
      try replace("steps: 2048", by: "steps: 1024", in: path + "/config.yaml")
      final class Words: @unchecked Sendable { var all: [String] = [] }
      let told = Words()
      var options = TrainingRun.Options()
      options.warn = { told.all.append($0) }
      let run = try TrainingRun(resuming: path, options: options)
      #expect(told.all.count == 1)
      #expect(told.all.first?.contains("learningRate was 0.0003 and is 0.001, steps was") ?? false)
      try run.train()
      #expect(run.stepsDone == 1024)
      _ = try TrainedPolicy(run: path)
    }
  }

  /// A budget that a resume gave is no edit, also where the run was killed before its next checkpoint.
  @Test func aNewBudgetIsNoEdit() throws {
    try withFolder { folder in
      let path = folder + "/a"
      try stoppedRun(path)
      _ = try TrainingRun(resuming: path, steps: 4096)
      let told = Mutex<[String]>([])
      var options = TrainingRun.Options()
      options.warn = { words in told.withLock { $0.append(words) } }
      do {
        let run = try TrainingRun(resuming: path, options: options)
        #expect(run.plan.steps == 4096 && told.withLock { $0.isEmpty })
      }
      try replace("steps: 4096", by: "steps: 1024", in: path + "/config.yaml")
      _ = try TrainingRun(resuming: path, options: options)
      #expect(told.withLock { $0.first?.contains("steps was 2048 and is 1024") } == true)
    }
  }

  /// Checkpoints of version 0.1.0 do not say how they were trained.
  @Test func checkpointsWithoutNotesAreTaken() throws {
    try withFolder { folder in
      let path = folder + "/a"
      try stoppedRun(path)
      for name in try FileManager.default.contentsOfDirectory(atPath: path + "/checkpoints") {
        let manifest = path + "/checkpoints/\(name)/manifest.json"
        guard
          case .object(var all) = try JSONText.decode(
            FileStore.read(manifest), as: JSONValue.self)
        else { continue }
        all["notes"] = nil
        try FileStore.write(Array(JSONText.encode(JSONValue.object(all)).utf8), to: manifest)
      }
      try replace("discount: 0.99", by: "discount: 0.9", in: path + "/config.yaml")
      try TrainingRun(resuming: path).train()
    }
  }

  /// Errors of files name the file and say what can be done.
  @Test func errorsNameTheFile() throws {
    try withFolder { folder in
      let path = folder + "/a"
      try stoppedRun(path)
      try replace("activation: tanh", by: "activation: tahn", in: path + "/config.yaml")
      let named = problem { _ = try TrainedPolicy(run: path) }
      #expect(named.hasPrefix("'\(path)/config.yaml' cannot be used: "), "\(named)")
      try replace("activation: tahn", by: "activation: tanh", in: path + "/config.yaml")

      let name = try #require(
        try FileManager.default.contentsOfDirectory(atPath: path + "/checkpoints").max())
      let checkpoint = path + "/checkpoints/" + name
      let state = try Checkpoint.read(checkpoint)
      for (key, values) in [
        ("counters", StateArchive.Values.int([-1, 0, 0])), ("collector/lengths", .int([.max])),
      ] {
        var bad = state.agent.removing("policy/")
        bad.merge(state.extra, prefix: "run/")
        bad.set(key, values)
        try FileStore.writeDirectory(
          [
            (
              "policy.safetensors",
              try FileStore.read(checkpoint + "/policy.safetensors")
            ), ("training.safetensors", Safetensors.encode(bad)),
          ], to: checkpoint)
        let refused = problem { _ = try TrainingRun(resuming: path) }
        #expect(
          refused.hasPrefix("Cannot use '\(checkpoint)/training.safetensors': The saved '\(key)'"),
          "\(refused)")
        #expect(refused.contains("Remove its folder to go on from the checkpoint before it"))
      }
    }
  }

  /// What a run remembers is as impossible as any other state.
  @Test(arguments: [
    ("nextEvaluation", JSONValue.int(-1)), ("evaluateEvery", .int(0)), ("seconds", .double(-1)),
    ("evaluatesStochastically", .bool(true)), ("logSizes", .array([.int(-5)])),
    ("curve", .array([.object(["step": .int(.min), "value": .int(0)])])),
    ("solvedAtStep", .int(.max)), ("recentReturns", .array(Array(repeating: 1, count: 200))),
  ]) func impossibleRecordsAreRefused(_ key: String, _ value: JSONValue) throws {
    try withFolder { folder in
      let path = folder + "/a"
      var options = TrainingRun.Options()
      (options.checkpointEvery, options.evaluateEvery) = (256, 256)
      try shortRun(path, options: options).train {
        if case .checkpoint = $0 { .stop } else { .proceed }
      }
      let name = try #require(
        try FileManager.default.contentsOfDirectory(atPath: path + "/checkpoints").max())
      let checkpoint = path + "/checkpoints/" + name
      let state = try Checkpoint.read(checkpoint)
      var bad = state.agent.removing("policy/")
      bad.merge(state.extra, prefix: "run/")
      guard
        case .object(var record) = try JSONText.decode(
          try #require(bad.values["run/record"]).utf8, as: JSONValue.self)
      else { return }
      record[key] = value
      bad.set("run/record", json: try JSONText.encode(JSONValue.object(record)))
      let policy = try FileStore.read(checkpoint + "/policy.safetensors")
      try FileStore.writeDirectory(
        [("policy.safetensors", policy), ("training.safetensors", Safetensors.encode(bad))],
        to: checkpoint)
      let refused = problem { _ = try TrainingRun(resuming: path) }
      #expect(refused.contains("The saved 'record' cannot be used"), "\(refused)")
    }
  }

  /// A study's runs are what the study says, and their files belong together.
  @Test func runsThatAreNotTheStudysAreNamed() throws {
    try withFolder { folder in
      let small: [String: JSONValue] = [
        "rolloutSteps": 128, "epochs": 1, "policyWidths": [8], "valueWidths": [8],
      ]
      let study = try Study(
        [.init("ppo", settings: small, usesPreset: false)], in: ["CartPole"], steps: 512, seeds: 2,
        points: 4)
      #expect(try study.run(in: folder, jobs: 1))
      _ = try study.results(in: folder)
      let runs = study.jobs.map { folder + "/" + $0.path }
      func check(_ file: String, _ old: String, _ new: String, _ words: String) throws {
        let before = try FileStore.read(file)
        try replace(old, by: new, in: file)
        let changed = try Study(reading: folder)
        let found = problem { _ = try changed.results(in: folder) }
        #expect(found.contains(words), "\(found)")
        try FileStore.write(before, to: file)
      }
      try check(folder + "/study.yaml", "steps: 512", "steps: 100", "steps was 100 and is 512")
      try check(folder + "/study.yaml", "epochs: 1", "epochs: 2", "epochs was 2 and is 1")
      try check(runs[0] + "/config.yaml", "discount: 0.99", "discount: 0.9", "config.yaml")
      try check(runs[0] + "/summary.json", "\"episodes\":100", "\"episodes\":90", "summary.json")
      // Files of another run.
      for file in ["summary.json", "evaluations.npz"] {
        let before = try FileStore.read(runs[0] + "/" + file)
        try FileStore.write(FileStore.read(runs[1] + "/" + file), to: runs[0] + "/" + file)
        #expect(!problem { _ = try study.results(in: folder) }.isEmpty, "\(file)")
        try FileStore.write(before, to: runs[0] + "/" + file)
      }
      _ = try study.results(in: folder)
    }
  }
}
