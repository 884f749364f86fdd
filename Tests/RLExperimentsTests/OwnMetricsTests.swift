import Foundation
import RLAgents
import RLExperiments
import RLSupport
import TestSupport
import Testing

/// Observers that add numbers of their own to a run's logs, change settings and stop.
@Suite struct OwnMetricsTests {
  private func rows(_ run: String) throws -> [[String]] {
    String(decoding: try FileStore.read(run + "/progress.csv"), as: UTF8.self)
      .split(separator: "\n")
      .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
  }

  /// A column without its name; `nil` if there is none.
  private func column(_ name: String, of run: String) throws -> [String]? {
    let rows = try rows(run)
    #expect(Set(rows.map(\.count)).count == 1)
    return rows.first?.firstIndex(of: name).map { place in rows.dropFirst().map { $0[place] } }
  }

  /// Logs the steps from the third update on, something at the first evaluation, and numbers that are none.
  private func observe(_ run: TrainingRun, _ event: RunEvent, until step: Int = .max) throws
    -> TrainingDirective
  {
    if case .update(let report) = event {
      if report.stepsDone > 512 { try run.log("mine/steps", Double(report.stepsDone)) }
      if report.stepsDone == 1024 { try run.log("mine/odd", .infinity) }
      return report.stepsDone >= step ? .stop : .proceed
    }
    if case .evaluation(let evaluation) = event { try run.log("mine/at", Double(evaluation.step)) }
    return .proceed
  }

  @Test func numbersStandInTheRowOfTheirUpdate() throws {
    try withFolder { folder in
      var options = TrainingRun.Options()
      options.evaluateEvery = 1024
      options.writesEvents = true
      let path = folder + "/a"
      let run = try shortRun(path, options: options)
      try run.train { try observe(run, $0) }
      let steps = ["", "", "768.0", "1024.0", "1280.0", "1536.0", "1792.0", "2048.0"]
      #expect(try column("mine/steps", of: path) == steps)
      #expect(try column("mine/odd", of: path) == steps.map { _ in "" })
      // What was said at the evaluation after the fourth update stands in the row of the fifth.
      #expect(try column("mine/at", of: path) == ["", "", "", "", "1024.0", "", "", ""])
      #expect(try column("time/total_timesteps", of: path)?.last == "2048")
      let lines = String(decoding: try FileStore.read(path + "/progress.json"), as: UTF8.self)
      #expect(lines.contains("\"mine/at\": 1024.0") && !lines.contains("mine/odd"))
      let names = try FileManager.default.contentsOfDirectory(atPath: path)
      let events = try #require(names.first { $0.hasPrefix("events.out.tfevents.") })
      let bytes = try FileStore.read(path + "/" + events)
      #expect(String(decoding: bytes, as: UTF8.self).contains("mine/steps"))
      for name in ["", "a,b", "mine/\"", "time/fps"] {
        #expect(throws: ExperimentError.self) { try run.log(name, 1) }
      }
    }
  }

  /// Checkpoints before and after a column was added, in whose place the file is longer than they know.
  @Test(arguments: [256, 512, 768, 1024, 1280])
  func aRunThatWasKilledHasTheSameColumns(checkpoint: Int) throws {
    try withFolder { folder in
      var options = TrainingRun.Options()
      options.evaluateEvery = 1024
      options.checkpointEvery = 256
      options.keptCheckpoints = .max
      let (whole, part) = (folder + "/whole", folder + "/part")
      do {
        let run = try shortRun(whole, options: options)
        try run.train { try observe(run, $0) }
      }
      do {
        let run = try shortRun(part, options: options)
        try run.train { try observe(run, $0, until: 1536) }
      }
      // A kill leaves logs that are further than the checkpoint.
      let checkpoints = try FileManager.default.contentsOfDirectory(atPath: part + "/checkpoints")
      for name in checkpoints where Int(name.dropFirst(5)) ?? 0 > checkpoint {
        try FileManager.default.removeItem(atPath: part + "/checkpoints/" + name)
      }
      let run = try shortRun(part, options: options)
      #expect(run.stepsDone == checkpoint)
      try run.train { try observe(run, $0) }
      let names = try #require(try rows(whole).first)
      #expect(try rows(part).first == names)
      for name in names where !["time/time_elapsed", "time/fps"].contains(name) {
        #expect(try column(name, of: part) == column(name, of: whole), "\(name)")
      }
      #expect(try model(part) == model(whole))
    }
  }

  @Test func anObserverLogsChangesTheLearningRateAndStops() throws {
    try withFolder { folder in
      let path = folder + "/a"
      do {
        let run = try shortRun(path)
        let ending = try run.train { event in
          guard case .update(let report) = event else { return .proceed }
          try run.log("mine/episodes", Double(report.episodes.count))
          if report.stepsDone == 512 { try run.agent.change(to: ["learning_rate": 1e-5]) }
          return report.stepsDone == 1024 ? .stop : .proceed
        }
        #expect(ending == .stopped)
      }
      #expect(
        try column("train/learning_rate", of: path) == ["0.0003", "0.0003", "1e-05", "1e-05"])
      #expect(try column("mine/episodes", of: path)?.count == 4)
      // Reading events, too.
      let second = try shortRun(path)
      for event in second.events() {
        if case .update(let report) = event {
          try second.log("mine/late", Double(report.iterations))
          if report.stepsDone == 1536 { break }
        }
      }
      #expect(try column("mine/late", of: path) == ["", "", "", "", "5.0", "6.0"])
    }
  }
}
