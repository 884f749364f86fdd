internal import Foundation
internal import RLAgents
internal import RLCore
internal import RLSupport

/// The files of a training run.
///
/// `config.yaml` says what is trained, `metadata.json` where and how, `progress.csv` and `monitor.csv` how
/// it went (with Stable-Baselines3's columns), `progress.json` the same with the evaluations as JSON Lines,
/// `events.out.tfevents.*` for TensorBoard if asked for; `checkpoints/` keeps the last two states, `best`
/// and `final` the models.
final class RunDirectory {
  let path: String
  private let lock: Int32
  let progress: LogFile
  let monitor: LogFile
  let lines: LogFile
  private(set) var events: LogFile?
  /// When the run began, in seconds since 1970.
  let startTime: Double
  /// The columns of `progress.csv`.
  var columns: [String] = []
  /// The columns of `monitor.csv` beyond return, length and time: what environments say of episodes.
  var episodeColumns: [String] = []

  /// Makes a new directory.
  ///
  /// - Parameters:
  ///   - path: Where, or `nil` for a name of its own under `runs/`.
  ///   - options: Whether TensorBoard is to be able to read it, its name and its tags.
  init(creating path: String?, plan: RunPlan, options: TrainingRun.Options) throws {
    let manager = FileManager.default
    if let path {
      self.path = path
      try Self.requireRoom(in: path)
    } else {
      let base = "runs/\(plan.agent.name)-\(plan.environment.id)-\(plan.seed)"
      var candidate = base
      var number = 2
      while manager.fileExists(atPath: candidate) {
        candidate = "\(base)-\(number)"
        number += 1
      }
      self.path = candidate
    }
    try manager.makeOutput(self.path + "/checkpoints")
    lock = try Self.lock(self.path)
    try FileStore.write(Array(plan.yaml.utf8), to: self.path + "/config.yaml")
    let metadata = try JSONText.encode(RunMetadata(plan, options), isPretty: true) + "\n"
    try FileStore.write(Array(metadata.utf8), to: self.path + "/" + RunMetadata.file)
    startTime = Date().timeIntervalSince1970
    progress = try LogFile(creating: self.path + "/progress.csv")
    monitor = try LogFile(creating: self.path + "/monitor.csv")
    lines = try LogFile(creating: self.path + "/progress.json")
    monitor.append(monitorHeader(plan.environment.spec, startTime: startTime))
    if options.writesEvents { makeEvents(startTime: startTime) }
    try flush()
  }

  /// Begins a file for TensorBoard.
  func makeEvents(startTime: Double) {
    let name = "\(Self.eventsPrefix)\(Int(startTime)).\(Machine.hostName).\(getpid()).0"
    events = LogFile(continuing: path + "/" + name)
    events?.append(TensorBoardEvents.header(time: startTime))
  }

  /// Files and folders that a new run writes.
  private static let contents = [
    "config.yaml", RunMetadata.file, "progress.csv", "monitor.csv", "progress.json",
    EvaluationLog.file,
    RunSummary.file, "best", "final", "rollouts",
  ]

  /// Throws if a new run in a directory would take the place of something.
  private static func requireRoom(in path: String) throws {
    guard !path.isEmpty else {
      throw ExperimentError.invalid("The run's directory has no name; say where it is to lie.")
    }
    let manager = FileManager.default
    if isUnbegun(path) { try clear(path) }
    if manager.fileExists(atPath: path + "/config.yaml") {
      let remedy =
        checkpoints(of: path).isEmpty ? "" : ", or go on with --resume \(Invocation.quoted(path))"
      throw ExperimentError.invalid(
        "'\(path)' already holds a run; choose another --output\(remedy).")
    }
    let names = (try? manager.contentsOfDirectory(atPath: path)) ?? []
    let others = names.filter { $0.hasPrefix(eventsPrefix) || contents.contains($0) }.sorted()
    if let name = others.first ?? (checkpoints(of: path).isEmpty ? nil : "checkpoints") {
      throw ExperimentError.invalid(
        "'\(path)' has a '\(name)', which a run there would overwrite; choose another --output.")
    }
  }

  /// Whether a directory is that of a run that ended before it saved anything, and that nobody trains.
  private static func isUnbegun(_ path: String) -> Bool {
    func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path + "/" + name) }
    // A configuration alone may be anybody's file.
    guard let run = RunRecord(reading: path), run.state == .stopped, has("lock"), has("checkpoints")
    else { return false }
    return checkpoints(of: path).isEmpty && !has("best") && !has("final")
  }

  /// Whether a run came to its end: its summary, which is written last, is there.
  static func isOver(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: path + "/" + RunSummary.file)
  }

  /// Opens the directory of a run that is to go on.
  init(resuming path: String) throws {
    self.path = path
    try FileStore.requireAccess(path + "/config.yaml")
    guard !path.isEmpty, FileManager.default.fileExists(atPath: path + "/config.yaml") else {
      let root = try? TrainedPolicy.find(path).root
      throw ExperimentError.invalid(
        "'\(path)' is no run directory: it has no config.yaml."
          + (root.map { " It lies in the run '\($0)'." } ?? ""))
    }
    lock = try Self.lock(path)
    progress = LogFile(continuing: path + "/progress.csv")
    monitor = LogFile(continuing: path + "/monitor.csv")
    lines = LogFile(continuing: path + "/progress.json")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let name = names.filter { $0.hasPrefix(Self.eventsPrefix) }.min()
    events = name.map { LogFile(continuing: path + "/" + $0) }
    startTime =
      name.flatMap { $0.dropFirst(Self.eventsPrefix.count).split(separator: ".").first }
      .flatMap { Double($0) } ?? 0
  }

  deinit { close(lock) }

  /// Makes room for a run in place of one that ended before its first checkpoint. A final model stays, and
  /// keeps the new run away.
  static func clear(_ path: String) throws {
    let lock = try lock(path)
    defer { close(lock) }
    let manager = FileManager.default
    let events = (try? manager.contentsOfDirectory(atPath: path)) ?? []
    let own = contents.reversed().filter { $0 != "final" }
    for name in events.filter({ $0.hasPrefix(eventsPrefix) }) + own {
      try? manager.removeItem(atPath: path + "/" + name)
    }
  }

  /// Notes that the run goes on by another plan.
  func replace(_ plan: RunPlan) throws {
    let file = path + "/" + RunMetadata.file
    if case .object(var metadata) = JSONValue(
      text: (try? FileStore.read(file, limit: FileStore.textLimit)) ?? [])
    {
      metadata["steps"] = .int(plan.steps)
      try FileStore.write(
        Array((JSONValue.object(metadata).text(isPretty: true) + "\n").utf8), to: file)
    }
    try FileStore.write(Array(plan.yaml.utf8), to: path + "/config.yaml")
  }

  /// Removes what a run leaves at its end, as it goes on.
  func reopen() {
    for name in [RunSummary.file, "final"] {
      try? FileManager.default.removeItem(atPath: path + "/" + name)
    }
  }

  private static let eventsPrefix = "events.out.tfevents."

  private static func lock(_ path: String) throws -> Int32 {
    let file = open(path + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw FileError.unwritable(path) }
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      close(file)
      throw ExperimentError.failed(
        "Another process is training in '\(path)'; wait for it, or train elsewhere.")
    }
    return file
  }

  /// Whether some process trains in a directory now.
  static func isLocked(_ path: String) -> Bool {
    let file = open(path + "/lock", O_RDWR | O_CLOEXEC)
    if file < 0 { return false }
    defer { close(file) }
    return flock(file, LOCK_EX | LOCK_NB) != 0
  }
}
