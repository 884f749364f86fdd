import Foundation
import RLAgents
import RLDatasets
import RLExperiments
import RLSupport
import Synchronization
import TestSupport
import Testing

/// Stops in the middle of updates, and runs that have lost something.
@Suite struct StopTests {
  /// Counts how often a training was asked whether it is to end.
  private final class Questions: Sendable {
    let count = Atomic<Int>(0)
  }

  private func options(askedUntil most: Int? = nil, every evaluation: Int) -> (
    TrainingRun.Options, Questions
  ) {
    var options = TrainingRun.Options()
    let questions = Questions()
    options.threads = 2
    options.evaluateEvery = evaluation
    options.logsRollouts = (try? RolloutLogWriter.requireLibrary()) != nil
    options.patience = .zero
    options.isCancelled = {
      questions.count.add(1, ordering: .relaxed).newValue > most ?? .max
    }
    return (options, questions)
  }

  private func run<A: Agent>(
    _ type: A.Type, _ environment: String, _ path: String, _ steps: Int,
    _ options: TrainingRun.Options
  ) throws -> TrainingRun {
    try TrainingRun(
      type, in: environment, usesPreset: false, steps: steps, seed: 4, directory: path,
      options: options
    ) {
      if var settings = $0 as? PPOSettings {
        (settings.rolloutSteps, settings.epochs, settings.batchSize) = (64, 3, 32)
        $0 = settings as? A.Settings ?? $0
      } else if var settings = $0 as? DQNSettings {
        (settings.learningStarts, settings.trainFrequency, settings.gradientSteps) = (50, 40, 20)
        (settings.widths, settings.bufferSize) = ([16], 500)
        $0 = settings as? A.Settings ?? $0
      } else if var settings = $0 as? SACSettings {
        (settings.learningStarts, settings.actorWidths, settings.criticWidths) = (50, [16], [16])
        (settings.batchSize, settings.bufferSize) = (16, 500)
        $0 = settings as? A.Settings ?? $0
      }
    }
  }

  /// Stops a training again and again wherever it is, and compares it with one that nobody stopped.
  private func check<A: Agent>(_ type: A.Type, _ environment: String, steps: Int) throws {
    try withFolder { folder in
      let (free, questions) = options(every: steps / 3)
      try run(type, environment, folder + "/whole", steps, free).train()
      let total = questions.count.load(ordering: .relaxed)
      // The agent asks between minibatches and steps, and evaluations ask, too.
      #expect(total > steps / 8)
      let part = folder + "/part"
      var stops = 0
      var ending = TrainingRun.Ending.stopped
      while ending == .stopped {
        let (options, _) = options(askedUntil: (stops + 1) * total / 5, every: steps / 3)
        let run =
          try stops == 0
          ? run(type, environment, part, steps, options)
          : TrainingRun(resuming: part, options: options)
        let before = run.stepsDone
        ending = try run.train()
        guard ending == .stopped else { break }
        stops += 1
        #expect(run.hasCheckpoint && run.stepsDone >= before && run.stepsDone <= steps)
        if run.hasLeftUpdate {
          #expect(throws: ExperimentError.self) { try run.train() }
        }
        try #require(stops < 20)
      }
      #expect(stops > 1)
      for file in ["final/policy.safetensors", "best/policy.safetensors"] {
        #expect(
          try FileStore.read("\(folder)/whole/\(file)") == FileStore.read("\(part)/\(file)"))
      }
      #expect(try episodes(folder + "/whole") == episodes(part))
    }
  }

  /// The returns and lengths in `monitor.csv`.
  private func episodes(_ run: String) throws -> [[Substring]] {
    String(decoding: try FileStore.read(run + "/monitor.csv"), as: UTF8.self)
      .split(separator: "\n").dropFirst(2).map { Array($0.split(separator: ",").prefix(2)) }
  }

  @Test func ppoGoesOnFromTheMiddleOfAnUpdate() throws {
    try check(PPO.self, "CartPole", steps: 1024)
  }
  @Test func dqnGoesOnFromTheMiddleOfAnUpdate() throws {
    try check(DQN.self, "CartPole", steps: 400)
  }
  @Test func sacGoesOnFromTheMiddleOfAnUpdate() throws {
    try check(SAC.self, "Pendulum", steps: 420)
  }

  @Test func aRunThatEndsAtOnceHasItsFirstState() throws {
    try withFolder { folder in
      var options = TrainingRun.Options()
      options.isCancelled = { true }
      options.patience = .zero
      options.stopsAtThreshold = true
      options.threshold = 400
      do {
        let run = try shortRun(folder + "/a", options: options)
        #expect(try run.train() == .stopped)
        #expect(run.hasLeftUpdate && run.stepsDone == 0 && run.hasCheckpoint)
      }
      // What only the options said is kept, too.
      #expect(try TrainingRun(resuming: folder + "/a").threshold == 400)
    }
  }

  @Test func aRunThatWasKilledBeforeItsFirstStateBeginsAnew() throws {
    try withFolder { folder in
      let path = folder + "/a"
      let manager = FileManager.default
      do { _ = try shortRun(path) }
      #expect(!manager.fileExists(atPath: path + "/checkpoints/step-000000000000000"))
      #expect(throws: ExperimentError.self) { try TrainingRun(resuming: path) }
      let plan = try RunPlan(
        agent: "ppo", environment: "CartPole", steps: 512, seed: 9, catalog: .builtIn)
      try TrainingRun(plan, newIn: path).train()
      // One that has a state, and a folder that is no run, stay as they are.
      #expect(throws: ExperimentError.self) { try TrainingRun(plan, newIn: path) }
      try manager.createDirectory(atPath: folder + "/b", withIntermediateDirectories: true)
      try manager.copyItem(atPath: path + "/config.yaml", toPath: folder + "/b/config.yaml")
      #expect(throws: ExperimentError.self) { try TrainingRun(plan, newIn: folder + "/b") }
      #expect(manager.fileExists(atPath: folder + "/b/config.yaml"))
    }
  }

  @Test func lostLogsBeginAnewAndAreTold() throws {
    try withFolder { folder in
      let path = folder + "/a"
      var options = TrainingRun.Options()
      options.writesEvents = true
      try shortRun(path, steps: 1024, options: options).train()
      let whole = try shortRun(folder + "/whole", steps: 2048, options: options)
      try whole.train()
      let manager = FileManager.default
      let names = try manager.contentsOfDirectory(atPath: path)
      let events = try #require(names.first { $0.hasPrefix("events.out.tfevents.") })
      for name in ["monitor.csv", "progress.csv", events] {
        try manager.removeItem(atPath: path + "/" + name)
      }
      let lines = try FileStore.read(path + "/progress.json")
      try Data(lines.prefix(lines.count * 2 / 3)).write(
        to: URL(fileURLWithPath: path + "/progress.json"))
      let told = Mutex<[String]>([])
      options.warn = { words in told.withLock { $0.append(words) } }
      let run = try TrainingRun(resuming: path, steps: 2048, options: options)
      try run.train()
      let warnings = told.withLock { $0 }
      for name in ["monitor.csv", "progress.csv", "events.out.tfevents.", "progress.json"] {
        #expect(warnings.count { $0.contains(name) } == 1, "\(name): \(warnings)")
      }
      #expect(try model(path) == model(folder + "/whole"))
      // What was played after that is there, under the lines that such files begin with.
      let rows = String(decoding: try FileStore.read(path + "/monitor.csv"), as: UTF8.self)
        .split(separator: "\n")
      #expect(rows[0].hasPrefix("#{\"t_start\"") && rows[1] == "r,l,t")
      let all = try episodes(folder + "/whole")
      #expect(try episodes(path).count > 5 && all.suffix(rows.count - 2) == episodes(path)[...])
      let progress = String(decoding: try FileStore.read(path + "/progress.csv"), as: UTF8.self)
        .split(separator: "\n")
      #expect(progress.count == 1 + 4 && progress[0].hasPrefix("time/iterations,"))
      let json = String(decoding: try FileStore.read(path + "/progress.json"), as: UTF8.self)
        .split(separator: "\n")
      #expect(json.count > 6 && json.allSatisfy { JSONValue(text: Array($0.utf8)) != nil })
    }
  }
  /// A stop in the final evaluation is one after the training, which is told once.
  @Test func aStopInTheFinalEvaluationLeavesThat() throws {
    try withFolder { folder in
      let path = folder + "/a"
      let isAsked = Mutex(false)
      var options = TrainingRun.Options()
      options.patience = .zero
      options.isCancelled = { isAsked.withLock { $0 } }
      do {
        let run = try shortRun(path, steps: 512, options: options)
        var endings: [TrainingRun.Ending] = []
        let ending = try run.train { event in
          if case .trained(let ending) = event {
            endings.append(ending)
            isAsked.withLock { $0 = true }
          }
          return .proceed
        }
        #expect(ending == .stopped && endings == [.finished])
        #expect(run.hasLeftEvaluation && !run.hasLeftUpdate && run.stepsDone == 512)
        #expect(run.summary == nil && run.finalEvaluation == nil)
      }
      let left = try model(path)
      let run = try TrainingRun(resuming: path)
      #expect(try run.train() == .finished && !run.hasLeftEvaluation)
      #expect(run.summary != nil && run.stepsDone == 512)
      #expect(try model(path) == left)
    }
  }

  /// `monitor.csv` has no episode without the two lines that it begins with, however long it is.
  @Test(arguments: ["", "#{\"t_start\": 1", "#{}\n", String(repeating: "x", count: 9000)])
  func aMonitorWithoutItsFirstLinesBeginsAnew(_ left: String) throws {
    try withFolder { folder in
      let path = folder + "/a"
      try shortRun(path, steps: 512).train()
      try FileStore.write(Array(left.utf8), to: path + "/monitor.csv")
      try TrainingRun(resuming: path, steps: 1024).train()
      let rows = String(decoding: try FileStore.read(path + "/monitor.csv"), as: UTF8.self)
        .split(separator: "\n")
      #expect(rows[0].hasPrefix("#{\"t_start\"") && rows[1] == "r,l,t")
      #expect(
        rows.count > 2 && rows.dropFirst(2).allSatisfy { $0.split(separator: ",").count == 3 })
    }
  }
}
