internal import Foundation
internal import RLAgents
internal import RLCore
internal import RLSupport

/// A training in a process of its own, which goes on from its checkpoint if it has one.
///
/// A run that is over has a `summary.json`, one that failed a file of its path and `.failed` that says why.
final class RunProcess {
  /// How a run ended.
  enum Ending: Equatable {
    case finished
    /// By a signal that asked for it; its state is saved.
    case stopped
    case failed(String)
  }

  let path: String
  private let claim: RunClaim
  private let process: Process
  private var isStopped = false

  static func isFinished(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: path + "/" + RunSummary.file)
  }

  /// Why a run failed, or `nil`.
  static func problem(of path: String) -> String? {
    guard let bytes = try? FileStore.read(path + ".failed") else { return nil }
    return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Starts a training.
  ///
  /// - Parameters:
  ///   - plan: What to train; ignored where a checkpoint says it.
  ///   - claim: The right to the run at `path`, which is kept until the process is gone.
  ///   - options: Of `train`, for a run that begins.
  init(
    _ plan: () throws -> RunPlan, at path: String, claim: RunClaim, options: [String],
    threads: Int
  ) throws {
    (self.path, self.claim) = (path, claim)
    let manager = FileManager.default
    var arguments = ["train"]
    if !RunDirectory.checkpoints(of: path).isEmpty {
      arguments += ["--resume", path]
    } else {
      try? manager.removeItem(atPath: path)
      // The plan as a file keeps words and numbers apart that look alike on a command line.
      let plan = try plan()
      try FileStore.write(Array(plan.yaml.utf8), to: path + ".yaml")
      arguments += [
        plan.kind.name, plan.entry.id, "--config", path + ".yaml", "--no-preset", "--output", path,
      ]
      arguments += options
    }
    arguments += ["--threads", "\(threads)", "--no-progress", "--json"]
    process = Process()
    process.executableURL = URL(fileURLWithPath: try Self.executable())
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging([
      Invocation.parentKey: "\(getpid())", Invocation.launcherKey: Invocation.program,
    ]) { $1 }
    process.standardInput = claim.handle
    process.standardOutput = FileHandle.nullDevice
    let log = path + ".log"
    guard manager.createFile(atPath: log, contents: nil),
      let handle = FileHandle(forWritingAtPath: log)
    else { throw FileError.unwritable(log) }
    process.standardError = handle
    do {
      try process.run()
    } catch {
      throw ExperimentError.failed("Cannot start '\(Invocation.program)' for a run: \(error).")
    }
  }

  /// The program itself, even if its file was replaced meanwhile.
  private static func executable() throws -> String {
    let own = "/proc/\(getpid())/exe"
    if FileManager.default.isExecutableFile(atPath: own) { return own }
    guard let path = Bundle.main.executablePath else {
      throw ExperimentError.failed(
        "The program does not know where it lies, and cannot start runs.")
    }
    return path
  }

  var isRunning: Bool { process.isRunning }

  /// Asks the run to save its state and end.
  func stop() {
    isStopped = true
    if process.isRunning { process.terminate() }
  }

  /// Waits for the end of the process and says how it was; clears away what a finished run no longer needs.
  ///
  /// - Parameter isCancelled: Whether whoever started it was told to end.
  /// - Throws: `ExperimentError` if the run could not write its files. That is no failure of what it trains, and
  ///   with room on the disk it goes on.
  func end(isCancelled: Bool) throws -> Ending {
    process.waitUntilExit()
    let manager = FileManager.default
    let hasExited = process.terminationReason == .exit
    if hasExited, process.terminationStatus == 0, Self.isFinished(path) {
      try? manager.removeItem(atPath: path + ".log")
      try? manager.removeItem(atPath: path + ".yaml")
      return .finished
    }
    // Control-C reaches the run too.
    if isStopped || isCancelled { return .stopped }
    let text = String(decoding: (try? FileStore.read(path + ".log")) ?? [], as: UTF8.self)
    let errors = text.split(separator: "\n").filter { $0.hasPrefix("error:") }
    let problem =
      hasExited
      ? errors.last.map { String($0.dropFirst(7)) }
        ?? "It ended with exit code \(process.terminationStatus)."
      : "It was ended by signal \(process.terminationStatus)."
    if hasExited, process.terminationStatus == EX_IOERR {
      throw ExperimentError.failed(
        "The run '\(path)' had to stop: \(problem) Everything goes on with the same command once that is mended."
      )
    }
    try FileStore.write(Array((problem + "\n").utf8), to: path + ".failed")
    return .failed(problem)
  }

  /// Steps of a run that is going on, as its log has them.
  static func stepsDone(_ path: String) -> Double {
    guard let handle = FileHandle(forReadingAtPath: path + "/progress.csv") else { return 0 }
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
}
