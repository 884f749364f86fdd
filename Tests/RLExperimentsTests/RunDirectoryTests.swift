import Foundation
import RLAgents
import RLCore
import RLExperiments
import RLSupport
import TestSupport
import Testing

/// What lies in the directory of a run, and what is never overwritten there.
@Suite struct RunDirectoryTests {
  @Test func aDirectoryHoldsOneRun() throws {
    try withFolder { folder in
      try shortRun(folder + "/a", steps: 256).train()
      #expect(throws: ExperimentError.self) { try shortRun(folder + "/a", seed: 4, steps: 256) }
      #expect(throws: ExperimentError.self) { try shortRun(folder + "/a", steps: 512) }
      #expect(try shortRun(folder + "/a", steps: 256).stepsDone == 256)
    }
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

  @Test func asManyCheckpointsAreKeptAsAskedFor() throws {
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
}
