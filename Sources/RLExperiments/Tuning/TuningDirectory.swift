internal import Foundation
internal import RLSupport

/// The files of a search: `tune.yaml` with the plan, `trials.jsonl` with what happened, the runs under
/// `trials` and `confirmation`, and what was made of them.
public final class TuningDirectory {
  let path: String
  /// What is searched.
  public let plan: TuningPlan
  let catalog: Catalog
  /// The command that began the search.
  public let command: String
  private(set) var search: TuningState
  private let log: LogFile
  private let claim: RunClaim

  /// Begins a search in a directory, or goes on with the one that is there.
  ///
  /// - Parameters:
  ///   - path: The search's directory, which is made if it is missing.
  ///   - asked: The search that was asked for; `nil` for the one in the directory.
  ///   - trials: How many trials to come to, instead of what the plan says.
  ///   - catalog: The agents and environments there are.
  /// - Throws: `ExperimentError` if the directory holds another search, or none where none was asked for, or if another
  ///   process searches in it.
  public init(
    _ path: String, plan asked: TuningPlan?, trials: Int? = nil, catalog: Catalog = .builtIn
  ) throws {
    self.path = path
    self.catalog = catalog
    let file = path + "/tune.yaml"
    let manager = FileManager.default
    guard asked != nil || manager.fileExists(atPath: file) else {
      throw ExperimentError.invalid(
        "'\(path)' holds no search: it has no tune.yaml. Begin one with: \(Invocation.program) tune ppo CartPole --output \(Invocation.quoted(path))"
      )
    }
    try manager.makeOutput(path)
    // Before anything is read, which another process may be about to change.
    guard let claim = try RunClaim.takeDirectory(path) else {
      throw ExperimentError.failed(
        "Another process searches in '\(path)'; wait for it or choose another --output.")
    }
    self.claim = claim
    var plan: TuningPlan
    if let asked, !manager.fileExists(atPath: file) {
      plan = asked
    } else {
      plan = try TuningPlan(
        yaml: String(
          decoding: FileStore.read(file, limit: ConfigurationFile.sizeLimit), as: UTF8.self),
        name: file, catalog: catalog)
    }
    if var same = asked {
      // More trials of the same are the same search.
      same.trials = plan.trials
      guard same.isSame(as: plan) else {
        throw ExperimentError.invalid(
          "'\(path)' holds another search; choose another --output, or leave out the agent to go on with it."
        )
      }
    }
    let count = trials ?? plan.trials
    guard count >= plan.trials else {
      throw ExperimentError.invalid(
        "The search has \(plan.trials) trials already; it cannot have \(count).")
    }
    plan.trials = count
    try plan.check()
    self.plan = plan
    command = ConfigurationFile.comment(in: file) ?? Invocation.command
    try FileStore.write(Array("# \(command)\n\(plan.yaml)".utf8), to: file)
    search = try plan.search(catalog)
    let name = path + "/trials.jsonl"
    if manager.fileExists(atPath: name) {
      log = LogFile(continuing: name)
      for event in try Self.events(name) { try apply(event) }
    } else {
      log = try LogFile(creating: name)
    }
  }

  /// Reads what happened. A last line that a sudden end has cut short is removed.
  static func events(_ name: String) throws -> [TrialEvent] {
    let bytes = try FileStore.read(name)
    let whole = (bytes.lastIndex(of: 10) ?? -1) + 1
    if whole < bytes.count {
      guard truncate(name, off_t(whole)) == 0 else { throw FileError.unwritable(name) }
    }
    let lines = String(decoding: bytes[..<whole], as: UTF8.self).split(separator: "\n")
    return try lines.enumerated().map { i, line in
      guard let event = TrialEvent(line: line) else {
        throw FileError.damaged(name, reason: "line \(i + 1) is no event of a search")
      }
      return event
    }
  }

  private func apply(_ event: TrialEvent) throws {
    do {
      try search.apply(event)
    } catch {
      throw FileError.damaged(path + "/trials.jsonl", reason: "\(error)")
    }
  }

  /// Takes note of an event, so that it survives whatever comes.
  func add(_ event: TrialEvent) throws {
    try apply(event)
    log.append(try event.line)
    try log.flush()
    log.sync()
  }

  /// Searches, several runs at a time, confirms the best with new seeds, and writes what came of it.
  ///
  /// - Parameters:
  ///   - jobs: How many runs at a time; one a core if `nil`.
  ///   - launcher: How runs are started.
  ///   - observer: How it is watched and ended.
  /// - Returns: What came of it; `nil` if it was stopped.
  /// - Throws: `ExperimentError` if a run cannot write its files, or if no trial could be completed.
  public func run(
    jobs: Int? = nil, launcher: RunLauncher = .threads, observer: StudyObserver = StudyObserver()
  ) throws -> TuningResults? {
    let cores = ProcessInfo.processInfo.activeProcessorCount
    let jobsAtOnce = max(1, jobs ?? cores)
    let runner = try TuningRunner(
      self, jobsAtOnce: jobsAtOnce, cores: cores, launcher: launcher,
      observer: observer)
    guard try runner.run() else { return nil }
    let results = try TuningResults(
      plan, search, command: command, random: runner.random, catalog: catalog)
    try FileStore.write(Array(results.bestFile.utf8), to: path + "/best.yaml")
    try FileStore.write(Array(results.csv.utf8), to: path + "/results.csv")
    return results
  }

  // MARK: Runs

  private static func number(_ trial: Int) -> String { String(format: "%03d", trial) }

  /// The directory of a trial's run.
  func run(_ trial: Int, _ seed: Int) -> String {
    "\(path)/trials/\(Self.number(trial))/seed-\(plan.trainingSeed(seed))"
  }

  /// The directory of a run that confirms a trial.
  func confirmation(_ trial: Int, _ seed: Int) -> String {
    "\(path)/confirmation/\(Self.number(trial))/seed-\(plan.confirmingSeed(seed))"
  }
}
