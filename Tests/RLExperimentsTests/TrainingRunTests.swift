import Foundation
import RLAgents
import RLCore
import RLExperiments
import RLSupport
import TestSupport
import Testing

/// A short training of PPO, in which every number is fixed.
func shortRun(
  _ directory: String, seed: UInt64? = 3, steps: Int = 2_048,
  options: TrainingRun.Options = TrainingRun.Options()
) throws -> TrainingRun {
  try TrainingRun(
    PPO.self, in: "CartPole", usesPreset: false, steps: steps, seed: seed, directory: directory,
    options: options
  ) {
    $0.rolloutSteps = 256
    $0.epochs = 2
    $0.policyWidths = [16]
    $0.valueWidths = [16]
  }
}

func model(_ run: String) throws -> [UInt8] {
  try FileStore.read(run + "/final/policy.safetensors")
}

@Suite struct TrainingRunTests {
  @Test func eventsTellWhatHappens() throws {
    try withFolder { folder in
      var options = TrainingRun.Options()
      options.evaluateEvery = 512
      options.checkpointEvery = 1024
      let run = try shortRun(folder + "/a", options: options)
      var steps: [Int] = []
      var evaluations: [RunEvent.Evaluation] = []
      var checkpoints = 0
      var last: RunSummary?
      for event in run.events() {
        switch event {
        case .update(let report): steps.append(report.stepsDone)
        case .evaluation(let evaluation): evaluations.append(evaluation)
        case .checkpoint: checkpoints += 1
        case .finished(let summary): last = summary
        case .failed(let error): Issue.record("\(error)")
        case .solved, .trained: break
        }
      }
      #expect(steps == [256, 512, 768, 1024, 1280, 1536, 1792, 2048])
      #expect(evaluations.map(\.step) == [512, 1024, 1536, 2048])
      #expect(evaluations[0].isBest && evaluations.allSatisfy { $0.result.returns.count == 20 })
      #expect(checkpoints == 2)
      #expect(last?.steps == 2048 && last?.evaluation.episodes == 100)
      #expect(last?.evaluation.mean == run.finalEvaluation?.mean)
      #expect(try RunSummary(reading: folder + "/a").evaluation.mean == last?.evaluation.mean)
    }
  }

  @Test func aRunThatWasLeftGoesOnToTheSameBytes() throws {
    try withFolder { folder in
      #expect(try shortRun(folder + "/whole").train() == .finished)
      // A loop that is left, and an observer that says stop.
      for event in try shortRun(folder + "/parts").events() {
        if case .update(let report) = event, report.stepsDone >= 512 { break }
      }
      let second = try shortRun(folder + "/parts")
      #expect(second.stepsDone == 512)
      let ending = try second.train { event in
        if case .update(let report) = event, report.stepsDone >= 1024 { return .stop }
        return .proceed
      }
      #expect(ending == .stopped && second.summary == nil)
    }
    try withFolder { folder in
      try shortRun(folder + "/whole").train()
      do {
        let first = try shortRun(folder + "/parts")
        try first.train { if case .update = $0 { .stop } else { .proceed } }
        #expect(first.stepsDone == 256)
      }
      // The seed that lies there counts.
      let rest = try shortRun(folder + "/parts", seed: nil)
      #expect(rest.plan.seed == 3)
      try rest.train()
      #expect(try model(folder + "/parts") == model(folder + "/whole"))
    }
  }

  @Test func aDirectoryHoldsOneRun() throws {
    try withFolder { folder in
      try shortRun(folder + "/a", steps: 256).train()
      #expect(throws: ExperimentError.self) { try shortRun(folder + "/a", seed: 4, steps: 256) }
      #expect(throws: ExperimentError.self) { try shortRun(folder + "/a", steps: 512) }
      #expect(try shortRun(folder + "/a", steps: 256).stepsDone == 256)
    }
  }

  /// The bytes of every file of a run but its lock.
  private func files(_ path: String) throws -> [String: [UInt8]] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: path)
    var files: [String: [UInt8]] = [:]
    for name in names where name != "lock" {
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: path + "/" + name, isDirectory: &isFolder)
      if !isFolder.boolValue { files[name] = try FileStore.read(path + "/" + name) }
    }
    return files
  }

  /// What is asked for may be another run than the one that lies there, which then stays as it is; so does a
  /// finished one.
  @Test func runsThatAreNotContinuedStayAsTheyAre() throws {
    try withFolder { folder in
      let path = folder + "/a"
      var options = TrainingRun.Options()
      options.logsRollouts = true
      do {
        let run = try shortRun(path, steps: 1024, options: options)
        var updates = 0
        try run.train { event in
          if case .update = event { updates += 1 }
          return updates == 2 ? .stop : .proceed
        }
      }
      var before = try files(path)
      #expect(throws: ExperimentError.self) { try shortRun(path, seed: 9, steps: 1024) }
      #expect(try files(path) == before)
      try shortRun(path, steps: 1024).train()
      before = try files(path)
      let again = try shortRun(path, steps: 1024)
      #expect(try again.train() == .finished)
      #expect(again.finalEvaluation?.returns.count == 100)
      #expect(try files(path) == before)
    }
  }

  /// A run that ended before its first checkpoint begins anew.
  @Test func runsWithoutACheckpointBeginAnew() throws {
    try withFolder { folder in
      let path = folder + "/a"
      _ = try shortRun(path, steps: 256)
      #expect(try shortRun(path, steps: 256).train() == .finished)
      try shortRun(folder + "/b", steps: 256).train()
      #expect(try model(path) == model(folder + "/b"))
    }
  }

  @Test func optionsThatMakeNoSenseAreRefused() throws {
    try withFolder { folder in
      let paths: [WritableKeyPath<TrainingRun.Options, Int?>] = [
        \.evaluateEvery, \.recordEvery, \.checkpointEvery, \.keptCheckpoints,
      ]
      for path in paths {
        var options = TrainingRun.Options()
        options[keyPath: path] = 0
        #expect(throws: ExperimentError.self) {
          try TrainingRun("ppo", in: "CartPole", directory: folder + "/a", options: options)
        }
      }
      #expect(!FileManager.default.fileExists(atPath: folder + "/a"))
    }
  }

  @Test func aFinishedRunTrainsOn() throws {
    try withFolder { folder in
      try shortRun(folder + "/a", steps: 512).train()
      let before = try model(folder + "/a")
      #expect(throws: ExperimentError.self) {
        try TrainingRun(resuming: folder + "/a", steps: 512)
      }
      do {
        let run = try TrainingRun(resuming: folder + "/a", steps: 1024)
        #expect(run.stepsDone == 512 && run.plan.steps == 1024)
        // What was final is so no longer.
        #expect(!FileManager.default.fileExists(atPath: folder + "/a/summary.json"))
        #expect(try run.train() == .finished)
        #expect(run.summary?.steps == 1024)
        #expect(try model(folder + "/a") != before)
      }
      let log = String(decoding: try FileStore.read(folder + "/a/progress.csv"), as: UTF8.self)
      #expect(log.split(separator: "\n").count == 5)
      // The larger budget is the run's from now on.
      #expect(try TrainingRun(resuming: folder + "/a").plan.steps == 1024)
    }
  }

  @Test func checkpointsAreKept() throws {
    try withFolder { folder in
      var options = TrainingRun.Options()
      options.checkpointEvery = 256
      for (kept, count) in [(nil, 2), (3, 3), (.max, 4)] as [(Int?, Int)] {
        options.keptCheckpoints = kept
        let path = folder + "/\(count)-\(kept ?? 0)"
        try shortRun(path, steps: 1024, options: options).train()
        let names = try FileManager.default.contentsOfDirectory(atPath: path + "/checkpoints")
        #expect(names.count { $0.hasPrefix("step-") && !$0.contains(".") } == count)
      }
    }
  }

  /// A program that is killed between two renames leaves the old checkpoint under another name.
  @Test func aCheckpointThatWasBeingReplacedIsRead() throws {
    try withFolder { folder in
      do {
        let first = try shortRun(folder + "/a")
        try first.train { if case .update = $0 { .stop } else { .proceed } }
      }
      let checkpoints = folder + "/a/checkpoints"
      for name in try FileManager.default.contentsOfDirectory(atPath: checkpoints) {
        try FileManager.default.moveItem(
          atPath: checkpoints + "/" + name, toPath: checkpoints + "/" + name + ".old")
      }
      #expect(try shortRun(folder + "/a").stepsDone == 256)
    }
  }

  /// Options of a run hold after a resume, unless others are given.
  @Test func checkpointOptionsHoldAfterAResume() throws {
    try withFolder { folder in
      var options = TrainingRun.Options()
      (options.checkpointEvery, options.keptCheckpoints) = (256, .max)
      try shortRun(folder + "/a", steps: 1024, options: options).train()
      let count = {
        try FileManager.default.contentsOfDirectory(atPath: folder + "/a/checkpoints").count
      }
      #expect(try count() == 4)
      try TrainingRun(resuming: folder + "/a", steps: 2048).train()
      #expect(try count() == 8)
      options.keptCheckpoints = 1
      try TrainingRun(resuming: folder + "/a", steps: 2304, options: options).train()
      #expect(try count() == 1)
    }
  }

  /// A run that is over keeps its model though its checkpoints are gone.
  @Test func aRunWithoutCheckpointsIsNotClearedOnceItIsOver() throws {
    try withFolder { folder in
      let path = folder + "/a"
      try shortRun(path, steps: 256).train()
      try FileManager.default.removeItem(atPath: path + "/checkpoints")
      let before = try files(path)
      #expect(throws: ExperimentError.self) { try shortRun(path, steps: 256) }
      #expect(try files(path) == before)
      _ = try TrainedPolicy(run: path)
    }
  }

  /// The same object trains on after it was stopped, and changes nothing once it is over.
  @Test func aRunIsTrainedInParts() throws {
    try withFolder { folder in
      let path = folder + "/a"
      let run = try shortRun(path, steps: 1024)
      #expect(
        try run.train { if case .update = $0 { .stop } else { .proceed } } == .stopped
          && run.stepsDone == 256)
      let first = run.wallSeconds
      #expect(try run.train() == .finished && run.wallSeconds > first && first > 0)
      let before = try files(path)
      #expect(try run.train() == .finished)
      #expect(try files(path) == before)
      try shortRun(folder + "/whole", steps: 1024).train()
      #expect(try model(path) == model(folder + "/whole"))
    }
  }

  /// A folder that holds what a run would overwrite stays as it is.
  @Test(arguments: [
    "progress.csv", "monitor.csv", "best", "evaluations.npz", "events.out.tfevents.1.host.2.0",
    "checkpoints/step-000000000000512",
  ])
  func foreignFilesAreNotOverwritten(_ name: String) throws {
    try withFolder { folder in
      let first = String(name.prefix { $0 != "/" })
      try FileManager.default.createDirectory(
        atPath: folder + "/checkpoints", withIntermediateDirectories: true)
      try FileStore.write(Array("mine".utf8), to: folder + "/" + name)
      #expect {
        try shortRun(folder)
      } throws: {
        "\($0)".contains("'\(first)'")
      }
      #expect(try FileStore.read(folder + "/" + name) == Array("mine".utf8))
    }
    #expect(throws: ExperimentError.self) { try shortRun("") }
  }

  /// A run that cannot go on keeps its model and its summary.
  @Test func aRunThatCannotGoOnStaysAsItIs() throws {
    try withFolder { folder in
      let path = folder + "/a"
      try shortRun(path, steps: 512).train()
      for name in try FileManager.default.contentsOfDirectory(atPath: path + "/checkpoints") {
        try FileManager.default.removeItem(atPath: "\(path)/checkpoints/\(name)/manifest.json")
      }
      let before = try files(path)
      #expect(throws: FileError.self) { try TrainingRun(resuming: path, steps: 1024) }
      #expect(try files(path) == before)
    }
  }

  /// A process may be killed after the last checkpoint of a run, before its end is written.
  @Test func aSolvedRunThatDidNotSayItEndsTheSame() throws {
    try withFolder { folder in
      let path = folder + "/a"
      var options = TrainingRun.Options()
      (options.evaluateEvery, options.stopsAtThreshold, options.threshold) = (256, true, 5)
      #expect(try shortRun(path, options: options).train() == .solved)
      let (before, steps) = (try model(path), try RunSummary(reading: path).steps)
      #expect(steps < 2_048)
      for name in ["summary.json", "final"] {
        try FileManager.default.removeItem(atPath: path + "/" + name)
      }
      #expect(try TrainingRun(resuming: path).train() == .solved)
      #expect(try model(path) == before && RunSummary(reading: path).steps == steps)

      // Another threshold, which is not reached, or another budget: the run is no longer over.
      var higher = TrainingRun.Options()
      higher.threshold = 1e6
      let run = try TrainingRun(resuming: path, options: higher)
      #expect(throws: FileError.self) { try RunSummary(reading: path) }
      #expect(RunRecord(reading: path)?.state == .running)
      #expect(try run.train() == .finished && run.stepsDone == 2_048)
    }
    try withFolder { folder in
      var options = TrainingRun.Options()
      (options.evaluateEvery, options.stopsAtThreshold, options.threshold) = (256, true, 5)
      try shortRun(folder + "/a", options: options).train()
      #expect(throws: ExperimentError.self) {
        try TrainingRun(resuming: folder + "/a", steps: 3072, options: options)
      }
      let longer = try TrainingRun(resuming: folder + "/a", steps: 3072)
      #expect(try longer.train() == .finished && longer.stepsDone == 3072)
    }
  }

  @Test func aRunStopsAtNoThresholdThatIsNone() throws {
    try withFolder { folder in
      var options = TrainingRun.Options()
      options.stopsAtThreshold = true
      func run() throws -> TrainingRun {
        try TrainingRun(
          "ppo", in: "Pendulum", settings: ["rolloutSteps": 256], steps: 256,
          directory: folder + "/a", options: options)
      }
      #expect {
        try run()
      } throws: {
        "\($0)" == "Pendulum-v1 has no threshold to stop at; give one with --threshold."
      }
      options.threshold = .nan
      #expect(throws: ExperimentError.self) { try run() }
      #expect(!FileManager.default.fileExists(atPath: folder + "/a"))
      options = .init()
      try run().train()
      options.stopsAtThreshold = true
      #expect(throws: ExperimentError.self) {
        try TrainingRun(resuming: folder + "/a", options: options)
      }
      options.threshold = -2000
      #expect(try TrainingRun(resuming: folder + "/a", options: options).threshold == -2000)
    }
  }

  /// Without a summary it is not over, and a new run does not take the place of its model.
  @Test func aFinalModelIsNotOverwritten() throws {
    try withFolder { folder in
      let path = folder + "/a"
      try shortRun(path, steps: 256).train()
      #expect(RunRecord(reading: path)?.state == .finished)
      for name in ["summary.json", "checkpoints"] {
        try FileManager.default.removeItem(atPath: path + "/" + name)
      }
      #expect(RunRecord(reading: path)?.state == .stopped)
      let before = try model(path)
      #expect(throws: ExperimentError.self) { try shortRun(path, steps: 256) }
      #expect(try model(path) == before)
    }
  }

  /// Numbers in files that no run writes, and links in circles.
  @Test func damagedRunsAreListed() throws {
    try withFolder { folder in
      try shortRun(folder + "/a", steps: 256).train()
      for word in ["nan", "inf", "1e300"] {
        try FileStore.write(
          Array("time/iterations,time/total_timesteps\n1,\(word)\n".utf8),
          to: folder + "/a/progress.csv")
        #expect(RunRecord(reading: folder + "/a") != nil)
      }
      #expect(Format.count(.min) == "-9,223,372,036,854,775,808")
      #expect(Format.duration(.infinity).hasSuffix("min"))
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/loop", withDestinationPath: folder)
      #expect(RunRecord.all(in: folder).count == 1)
    }
  }

  /// What is no model is not taken for the one beside it.
  @Test func onlyModelsAreTakenForModels() throws {
    try withFolder { folder in
      let path = folder + "/a"
      try shortRun(path, steps: 256).train()
      #expect(throws: ExperimentError.self) { try TrainedPolicy(run: path + "/monitor.csv") }
      _ = try TrainedPolicy(run: path + "/final/policy.safetensors")
      #expect {
        try TrainingRun(resuming: path + "/final")
      } throws: {
        "\($0)".contains("It lies in the run '\(path)'")
      }
    }
  }

  @Test func aPolicyIsReadBackAndActs() throws {
    try withFolder { folder in
      let run = try shortRun(folder + "/a", steps: 512)
      try run.train()
      let policy = try TrainedPolicy(run: folder + "/a")
      #expect(try policy.evaluate(episodes: 100) == run.finalEvaluation)
      #expect(throws: ExperimentError.self) { try policy.evaluate(episodes: 0) }
      #expect(policy.plan.yaml == run.plan.yaml)
      let action = policy.action(for: [0, 0, 0.1, 0])
      #expect(action == [0] || action == [1])
      for name in ["final", "final/policy.safetensors", "best", ""] {
        let same = try TrainedPolicy(run: folder + "/a/" + name)
        if name != "best" {
          #expect(try same.evaluate(episodes: 5) == policy.evaluate(episodes: 5))
        }
      }
      #expect(throws: ExperimentError.self) { try TrainedPolicy(run: folder) }
      let video = try policy.record(to: folder + "/a.apng")
      #expect(video?.returns.count == 1)
    }
  }

  @Test func settingsByNameAreThoseByType() throws {
    try withFolder { folder in
      let run = try TrainingRun(
        "ppo", in: "CartPole",
        settings: [
          "rolloutSteps": .int(256), "epochs": .int(2), "policyWidths": .array([.int(16)]),
          "valueWidths": .array([.int(16)]),
        ],
        usesPreset: false, steps: 256, seed: 3, directory: folder + "/a")
      #expect(try run.plan.yaml == shortRun(folder + "/b", steps: 256).plan.yaml)
      #expect(throws: (any Error).self) {
        try TrainingRun("ppo", in: "CartPole", settings: ["epoch": 3])
      }
    }
  }

  @Test(arguments: ["ppo", "dqn", "sac", "td3"])
  func aRunBeginsWithTheWeightsOfAnother(agent: String) throws {
    try withFolder { folder in
      let environment = agent == "ppo" || agent == "dqn" ? "CartPole" : "Pendulum"
      let small: [String: JSONValue] = ["learningRate": .double(1e-9)]
      func run(_ name: String, steps: Int, seed: UInt64, from: String? = nil) throws -> TrainingRun
      {
        var options = TrainingRun.Options()
        options.weightsOf = from.map { folder + "/" + $0 }
        return try TrainingRun(
          agent, in: environment, settings: small, usesPreset: false, steps: steps, seed: seed,
          directory: folder + "/" + name, options: options)
      }
      try run("a", steps: 64, seed: 1).train()
      let source = try TrainedPolicy(run: folder + "/a")
      let same = try run("b", steps: 64, seed: 2, from: "a")
      let seed = TrainingRun.evaluationSeed(2, .final)
      #expect(try same.evaluate(episodes: 3) == source.evaluate(episodes: 3, seed: seed))
      #expect(same.stepsDone == 0)
      #expect(try same.train() == .finished)
    }
  }

  @Test func runsAreListed() throws {
    try withFolder { folder in
      var options = TrainingRun.Options()
      options.name = "first"
      options.tags = ["paper", "short"]
      try shortRun(folder + "/x/a", steps: 256, options: options).train()
      try shortRun(folder + "/x/b", seed: 4, steps: 512).train { event in
        if case .update = event { .stop } else { .proceed }
      }
      let runs = RunRecord.all(in: folder)
      #expect(
        runs.map(\.path) == [folder + "/x/a", folder + "/x/b"])
      #expect(runs.map(\.state) == [.finished, .stopped])
      #expect(runs[0].name == "first" && runs[0].tags == ["paper", "short"] && runs[1].name == nil)
      #expect(runs.map(\.stepsDone) == [256, 256] && runs.map(\.steps) == [256, 512])
      let mean = try RunSummary(reading: folder + "/x/a").evaluation.mean
      #expect(runs[0].meanReturn == mean && runs.map(\.seed) == [3, 4])
      #expect(RunRecord.differences(among: runs).values.allSatisfy { $0.isEmpty })
      let held = try shortRun(folder + "/x/c", steps: 256)
      #expect(RunRecord(reading: held.path)?.state == .running)
    }
  }

  @Test func theCommitOfAWorkingTreeIsRead() throws {
    try withFolder { folder in
      let commit = String(repeating: "0123abcd", count: 5)
      let write = { (name: String, text: String) in
        try FileManager.default.createDirectory(
          atPath: folder + "/" + name.split(separator: "/").dropLast().joined(separator: "/"),
          withIntermediateDirectories: true)
        try FileStore.write(Array((text + "\n").utf8), to: folder + "/" + name)
      }
      try write(".git/HEAD", "ref: refs/heads/main")
      #expect(GitCommit.commit(of: folder) == nil)
      try write(".git/packed-refs", "# pack-refs\n\(commit) refs/heads/main")
      #expect(GitCommit.commit(of: folder) == commit)
      let other = String(commit.reversed())
      try write(".git/refs/heads/main", other)
      try write("deep/er/file", "")
      #expect(GitCommit.commit(of: folder + "/deep/er") == other)
      try write("tree/.git", "gitdir: ../.git/worktrees/tree")
      try write(".git/worktrees/tree/HEAD", "ref: refs/heads/main")
      try write(".git/worktrees/tree/commondir", "../..")
      #expect(GitCommit.commit(of: folder + "/tree") == other)
    }
  }
}
