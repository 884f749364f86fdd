import Foundation
import RLAgents
import RLCore
import RLExperiments
import RLSupport
import TestSupport
import Testing

/// Runs that go on, in this process or in another.
@Suite struct ResumedRunTests {
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
}
