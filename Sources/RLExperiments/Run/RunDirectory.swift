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
  private let progress: LogFile
  private let monitor: LogFile
  private let lines: LogFile
  private var events: LogFile?
  /// When the run began, in seconds since 1970.
  private let startTime: Double
  /// The columns of `progress.csv`.
  private var columns: [String] = []
  /// The columns of `monitor.csv` beyond return, length and time: what environments say of episodes.
  private var episodeColumns: [String] = []

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
    try FileStore.write(Array(metadata.utf8), to: self.path + "/metadata.json")
    startTime = Date().timeIntervalSince1970
    progress = try LogFile(creating: self.path + "/progress.csv")
    monitor = try LogFile(creating: self.path + "/monitor.csv")
    lines = try LogFile(creating: self.path + "/progress.json")
    episodeColumns = plan.environment.spec.infos.map(\.name)
    monitor.append(
      "#{\"t_start\": \(startTime), \"env_id\": \"\(plan.environment.id)\"}\n"
        + (["r", "l", "t"] + episodeColumns).joined(separator: ",") + "\n")
    if options.writesEvents {
      let name = "\(Self.eventsPrefix)\(Int(startTime)).\(Machine.hostName).\(getpid()).0"
      events = try LogFile(creating: self.path + "/" + name)
      events?.append(TensorBoardEvents.header(time: startTime))
    }
    try flush()
  }

  /// Files and folders that a new run writes.
  private static let contents = [
    "config.yaml", "metadata.json", "progress.csv", "monitor.csv", "progress.json",
    EvaluationLog.file,
    RunSummary.file, "best", "final", "rollouts",
  ]

  /// Throws if a new run in a directory would take the place of something.
  private static func requireRoom(in path: String) throws {
    guard !path.isEmpty else {
      throw ExperimentError.invalid("The run's directory has no name; say where it is to lie.")
    }
    let manager = FileManager.default
    if manager.fileExists(atPath: path + "/config.yaml") {
      let remedy =
        !checkpoints(of: path).isEmpty
        ? ", or go on with --resume \(Invocation.quoted(path))"
        : isOver(path) ? "" : ", or remove it, as the run ended before its first checkpoint"
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

  /// Whether a run came to its end, whose model and results are there.
  static func isOver(_ path: String) -> Bool {
    [RunSummary.file, "final"].contains {
      FileManager.default.fileExists(atPath: path + "/" + $0)
    }
  }

  /// Opens the directory of a run that is to go on.
  init(resuming path: String) throws {
    self.path = path
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

  /// Makes room for a run in place of one that ended before its first checkpoint.
  static func clear(_ path: String) throws {
    let lock = try lock(path)
    defer { close(lock) }
    let manager = FileManager.default
    let events = (try? manager.contentsOfDirectory(atPath: path)) ?? []
    for name in events.filter({ $0.hasPrefix(eventsPrefix) }) + contents.reversed() {
      try? manager.removeItem(atPath: path + "/" + name)
    }
  }

  /// Notes that the run goes on by another plan.
  func replace(_ plan: RunPlan) throws {
    let file = path + "/metadata.json"
    if case .object(var metadata) = JSONValue(text: (try? FileStore.read(file)) ?? []) {
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

  // MARK: Logs

  /// Adds what a report says to the logs. Names that `progress.csv` has no column for get one.
  ///
  /// - Parameter values: Numbers as text, empty where there are none.
  func logProgress(_ values: [(name: String, value: String)], step: Int, seconds: Double) throws {
    let new = values.map(\.name).filter { !columns.contains($0) }
    if !new.isEmpty { try addColumns(new) }
    let row = Dictionary(values.map { ($0.name, $0.value) }) { $1 }
    progress.append(columns.map { row[$0] ?? "" }.joined(separator: ",") + "\n")
    logNumbers(values, step: step, seconds: seconds)
  }

  /// Adds columns to `progress.csv`, empty in the rows so far.
  private func addColumns(_ names: [String]) throws {
    columns += names
    let header = columns.joined(separator: ",") + "\n"
    if progress.isEmpty { return progress.append(header) }
    try progress.flush()
    let rows = String(decoding: try FileStore.read(progress.path), as: UTF8.self)
      .split(separator: "\n").dropFirst()
    let cells = String(repeating: ",", count: names.count) + "\n"
    try progress.replace(with: Array((header + rows.map { $0 + cells }.joined()).utf8))
  }

  /// Adds what an evaluation found to the logs but `progress.csv`, whose columns are fixed.
  func logEvaluation(_ evaluation: Evaluation, step: Int, seconds: Double) {
    var values = [
      ("time/total_timesteps", "\(step)"), ("time/time_elapsed", Self.number(seconds)),
      ("eval/mean_reward", Self.number(evaluation.mean)),
      ("eval/mean_ep_length", Self.number(evaluation.meanLength)),
    ]
    values += evaluation.meanInfos.sorted { $0.key < $1.key }
      .map { ("eval/" + InfoField($0.key).meanName, Self.number($0.value)) }
    logNumbers(values, step: step, seconds: seconds)
  }

  /// Adds a line to `progress.json`, and scalars for TensorBoard if they are wanted.
  private func logNumbers(
    _ values: [(name: String, value: String)], step: Int, seconds: Double
  ) {
    let known = values.compactMap { name, text in
      Double(text).flatMap { $0.isFinite ? (name: name, text: text, number: $0) : nil }
    }
    lines.append(
      "{" + known.map { "\"\($0.name)\": \($0.text)" }.joined(separator: ", ") + "}\n")
    events?.append(
      TensorBoardEvents.scalars(
        known.map { ($0.name, $0.number) }, step: step, time: startTime + seconds))
  }

  /// Adds an episode to `monitor.csv`.
  func logEpisode(_ episode: TrainingReport.Episode, seconds: Double) {
    let numbers = episodeColumns.map { "," + (episode.infos[$0].map(Self.number) ?? "") }
    monitor.append(
      "\(Self.number(episode.episodicReturn)),\(episode.length),\(Self.number(seconds))"
        + numbers.joined() + "\n")
  }

  /// Six decimals at most.
  static func number(_ value: Double) -> String {
    let rounded = (value * 1e6).rounded() / 1e6
    return rounded == rounded.rounded() && abs(rounded) < 1e15 ? "\(Int(rounded))" : "\(rounded)"
  }

  private var logs: [LogFile] { [progress, monitor, lines] + (events.map { [$0] } ?? []) }

  /// The sizes of the logs, for a checkpoint.
  var logSizes: [Int] { logs.map(\.size) }

  /// Writes what was logged to the files.
  func flush() throws {
    for log in logs { try log.flush() }
  }

  /// Cuts the logs back to what they were at a checkpoint.
  ///
  /// - Parameters:
  ///   - sizes: The bytes that they had.
  ///   - step: The environment steps done then.
  func rewindLogs(to sizes: [Int], step: Int) throws {
    guard sizes.count == logs.count else {
      throw FileError.damaged(path, reason: "the checkpoint knows of other logs than there are")
    }
    for (log, size) in zip(logs, sizes) {
      try log.rewind(to: log === progress ? max(size, progressSize(at: step)) : size)
    }
    columns = Self.cells(of: progress, line: 0)
    episodeColumns = Array(Self.cells(of: monitor, line: 1).dropFirst(3))
  }

  /// The bytes of `progress.csv` up to a step: more than a checkpoint knew of, if columns were added later.
  private func progressSize(at step: Int) -> Int {
    let lines = ((try? FileStore.read(progress.path)) ?? []).split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let names = Self.cells(of: progress, line: 0)
    guard let place = names.firstIndex(of: "time/total_timesteps") else { return 0 }
    // What follows the last line feed is a row that was cut off.
    let done = lines.dropFirst().dropLast().prefix { line in
      let cells = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
      return cells.count == names.count
        && Int(String(decoding: cells[place], as: UTF8.self)).map { $0 <= step } ?? false
    }
    return done.reduce(lines[0].count + 1) { $0 + $1.count + 1 }
  }

  /// The words in a line of a file.
  private static func cells(of log: LogFile, line: Int) -> [String] {
    let text = String(decoding: (try? FileStore.read(log.path)) ?? [], as: UTF8.self)
    let lines = text.split(separator: "\n", maxSplits: line + 1)
    return lines.indices.contains(line)
      ? lines[line].split(separator: ",").map(String.init) : []
  }

  // MARK: Checkpoints

  /// Saves a state as the newest checkpoint.
  ///
  /// - Parameter kept: How many are kept, the newest.
  func saveCheckpoint(_ agent: any Agent, extra: StateArchive, kept: Int) throws {
    // The logs must not be shorter on disk than the checkpoint says.
    for log in logs { log.sync() }
    let name = String(format: "step-%015ld", agent.stepsDone)
    try Checkpoint.write(agent, extra: extra, to: "\(path)/checkpoints/\(name)")
    for old in checkpoints.dropLast(max(1, kept)) {
      try? FileManager.default.removeItem(atPath: "\(path)/checkpoints/\(old)")
    }
  }

  private var checkpoints: [String] { Self.checkpoints(of: path) }

  /// The names of a run's checkpoints, oldest first.
  static func checkpoints(of path: String) -> [String] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: path + "/checkpoints")) ?? []
    return all.filter { $0.hasPrefix("step-") && !$0.contains(".") }.sorted()
  }

  /// Saves a model that is to be kept.
  func saveModel(_ agent: any Agent, name: String) throws {
    try Checkpoint.writePolicy(agent, to: "\(path)/\(name)")
  }

  /// Reads the newest checkpoint that is intact.
  ///
  /// - Parameter warn: Told of what is not intact.
  func readCheckpoint(warn: (String) -> Void) throws -> (agent: StateArchive, extra: StateArchive) {
    var problem: (any Error)?
    for name in checkpoints.reversed() {
      do {
        return try Checkpoint.read("\(path)/checkpoints/\(name)")
      } catch {
        problem = problem ?? error
        warn("\(error) Trying the checkpoint before it.")
      }
    }
    if let problem { throw problem }
    throw ExperimentError.failed(
      "'\(path)' has no checkpoint to resume from; start the training anew.")
  }
}
