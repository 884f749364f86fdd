internal import Foundation
internal import RLGym

/// Trains the runs of a study, several at a time, each in a process of its own.
///
/// A run that is over has a `summary.json`, one that failed a file of its path and `.failed` that says why.
/// What is neither goes on from its checkpoint, or begins anew.
final class StudyRunner {
  private let study: Study
  private let directory: String
  private let jobs: [Study.Job]
  private let processes: Int
  private let threads: Int
  private let retriesFailures: Bool
  private let display: StudyDisplay
  private var running: [(job: Study.Job, process: Process)] = []
  /// Steps and seconds of the runs that this process saw, by task, for the estimate of the time left.
  private var pace: [Int: (steps: Double, seconds: Double)] = [:]

  /// How a study ended.
  enum Ending: Equatable {
    case finished
    case interrupted(Int32)
  }

  /// - Parameters:
  ///   - jobs: The runs to train, of all that the study has.
  ///   - processes: How many at a time.
  ///   - threads: How many threads each.
  init(
    _ study: Study, in directory: String, jobs: [Study.Job], processes: Int, threads: Int,
    retriesFailures: Bool, showsProgress: Bool
  ) {
    self.study = study
    self.directory = directory
    self.jobs = jobs
    self.processes = processes
    self.threads = threads
    self.retriesFailures = retriesFailures
    display = StudyDisplay(isEnabled: showsProgress)
  }

  static func isFinished(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: path + "/summary.json")
  }

  /// Why a run failed, or `nil`.
  static func problem(of path: String) -> String? {
    guard let bytes = try? FileStore.read(path + ".failed") else { return nil }
    return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private func path(_ job: Study.Job) -> String { directory + "/" + job.path }

  /// Trains what is not over yet.
  func run() throws -> Ending {
    if retriesFailures {
      for job in jobs { try? FileManager.default.removeItem(atPath: path(job) + ".failed") }
    }
    var waiting = jobs.filter { !Self.isFinished(path($0)) && Self.problem(of: path($0)) == nil }
    waiting.reverse()
    let begin = ContinuousClock.now
    while !waiting.isEmpty || !running.isEmpty {
      if let number = Interruption.signalNumber {
        display.finish(state(begin))
        for (_, process) in running { process.terminate() }
        for (_, process) in running { process.waitUntilExit() }
        return .interrupted(number)
      }
      // A run whose study was killed still saves its state, or another study trains it.
      while running.count < processes,
        let next = waiting.lastIndex(where: { !RunDirectory.isLocked(path($0)) })
      {
        let job = waiting.remove(at: next)
        if !Self.isFinished(path(job)) { running.append((job, try start(job))) }
      }
      for i in running.indices.reversed() where !running[i].process.isRunning {
        let (job, process) = running.remove(at: i)
        try finish(job, process)
      }
      if display.isDue { display.show(state(begin)) }
      Thread.sleep(forTimeInterval: 0.02)
    }
    display.finish(state(begin))
    return .finished
  }

  private func start(_ job: Study.Job) throws -> Process {
    let (task, path) = (study.tasks[job.task], path(job))
    let manager = FileManager.default
    let checkpoints = (try? manager.contentsOfDirectory(atPath: path + "/checkpoints")) ?? []
    var arguments = ["train"]
    if checkpoints.contains(where: { $0.hasPrefix("step-") && !$0.contains(".") }) {
      arguments += ["--resume", path]
    } else {
      try? manager.removeItem(atPath: path)
      let parent = path[..<(path.lastIndex(of: "/") ?? path.endIndex)]
      do {
        try manager.createDirectory(
          atPath: String(parent), withIntermediateDirectories: true)
      } catch {
        throw RunError("Cannot make the directory '\(parent)'; choose another --output.")
      }
      // The plan as a file keeps words and numbers apart that look alike on a command line.
      let plan = try study.plan(task, seed: job.seed)
      try FileStore.write(Array(plan.yaml.utf8), to: path + ".yaml")
      arguments += [
        task.agent, task.environment, "--config", path + ".yaml", "--no-preset", "--output", path,
        "--evaluate-every", "\(study.evaluateEvery(task))", "--evaluate-stochastically",
      ]
    }
    arguments += ["--threads", "\(threads)", "--no-progress", "--json"]
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try Self.executable())
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging([
      Interruption.parentKey: "\(getpid())"
    ]) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    let log = path + ".log"
    guard manager.createFile(atPath: log, contents: nil),
      let handle = FileHandle(forWritingAtPath: log)
    else { throw FileError.unwritable(log, reason: String(cString: strerror(errno))) }
    process.standardError = handle
    do {
      try process.run()
    } catch {
      throw RunError("Cannot start '\(try Self.executable())' for a run: \(error).")
    }
    return process
  }

  /// The program itself.
  private static func executable() throws -> String {
    if let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") {
      return path
    }
    guard let path = Bundle.main.executablePath else {
      throw RunError("The program does not know where it lies, and cannot start runs.")
    }
    return path
  }

  private func finish(_ job: Study.Job, _ process: Process) throws {
    let path = path(job)
    let text = String(
      decoding: (try? FileStore.read(path + ".log")) ?? [], as: UTF8.self)
    let manager = FileManager.default
    if process.terminationReason == .exit, process.terminationStatus == 0,
      Self.isFinished(path)
    {
      note(job)
      try? manager.removeItem(atPath: path + ".log")
      try? manager.removeItem(atPath: path + ".yaml")
      return
    }
    if Interruption.signalNumber != nil { return }
    let errors = text.split(separator: "\n").filter { $0.hasPrefix("error:") }
    let problem =
      process.terminationReason == .uncaughtSignal
      ? "It was ended by signal \(process.terminationStatus)."
      : errors.last.map { String($0.dropFirst(7)) }
        ?? "It ended with exit code \(process.terminationStatus)."
    try FileStore.write(Array((problem + "\n").utf8), to: path + ".failed")
    let task = study.tasks[job.task]
    display.note(
      "warning: \(task.name) in \(task.environment), seed \(job.seed), failed: \(problem)")
  }

  // MARK: Progress

  private func note(_ job: Study.Job) {
    struct Summary: Decodable {
      var wallSeconds: Double
      var steps: Int
    }
    guard
      let bytes = try? FileStore.read(path(job) + "/summary.json"),
      let summary = try? JSONDecoder().decode(Summary.self, from: Data(bytes))
    else { return }
    pace[job.task, default: (0, 0)].steps += Double(summary.steps)
    pace[job.task, default: (0, 0)].seconds += summary.wallSeconds
  }

  /// Steps of a run that is going on, as its log has them.
  private func stepsDone(_ job: Study.Job) -> Double {
    guard let handle = FileHandle(forReadingAtPath: path(job) + "/progress.csv") else { return 0 }
    defer { try? handle.close() }
    let size = (try? handle.seekToEnd()) ?? 0
    let start = size > 4096 ? size - 4096 : 0
    try? handle.seek(toOffset: start)
    let text = String(
      decoding: (try? handle.readToEnd()) ?? Data(), as: UTF8.self)
    // The second column is `time/total_timesteps`; the last line may be incomplete.
    let lines = text.split(separator: "\n")
    let line = text.hasSuffix("\n") ? lines.last : lines.dropLast().last
    let cells = line?.split(separator: ",", omittingEmptySubsequences: false) ?? []
    return cells.count > 1 ? Double(cells[1]) ?? 0 : 0
  }

  private func state(_ begin: ContinuousClock.Instant) -> StudyDisplay.State {
    var rows = study.tasks.indices.map { task in
      StudyDisplay.Row(
        name: study.tasks[task].name, environment: study.tasks[task].environment, done: 0,
        failed: 0, running: 0, of: 0)
    }
    var left = 0.0
    var isKnown = true
    let elapsed = begin.duration(to: .now).seconds
    // Tasks that have not been seen are taken to be as slow as those that have.
    let seen = pace.values.reduce((0.0, 0.0)) { ($0.0 + $1.steps, $0.1 + $1.seconds) }
    func seconds(_ task: Int, _ steps: Double) -> Double? {
      if let own = pace[task], own.steps > 0 { return steps * own.seconds / own.steps }
      return seen.0 > 0 ? steps * seen.1 / seen.0 : nil
    }
    for job in jobs {
      rows[job.task].of += 1
      if Self.isFinished(path(job)) {
        rows[job.task].done += 1
        continue
      }
      if Self.problem(of: path(job)) != nil {
        rows[job.task].failed += 1
        continue
      }
      var steps = Double(study.tasks[job.task].steps)
      if running.contains(where: { $0.job == job }) {
        rows[job.task].running += 1
        steps -= min(steps, stepsDone(job))
      }
      if let more = seconds(job.task, steps) { left += more } else { isKnown = false }
    }
    return StudyDisplay.State(
      rows: rows.filter { $0.of > 0 }, elapsed: elapsed,
      left: isKnown ? left / Double(max(1, min(processes, jobs.count))) : nil)
  }
}
