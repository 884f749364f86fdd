internal import Foundation
internal import RLAgents
internal import RLCore
internal import RLSupport

/// A training in a process of its own.
final class RunProcess: RunJob {
  private let path: String
  private let claim: RunClaim
  private let process: ChildProcess
  private var isStopped = false

  /// - Parameter plan: What to train; `nil` for a run that goes on.
  init(_ plan: RunPlan?, at path: String, claim: RunClaim, options: TrainingRun.Options) throws {
    (self.path, self.claim) = (path, claim)
    let manager = FileManager.default
    var arguments = ["train"]
    if let plan {
      // The plan as a file keeps words and numbers apart that look alike on a command line.
      try FileStore.write(Array(plan.yaml.utf8), to: path + ".yaml")
      arguments += [
        plan.agent.name, plan.environment.id, "--config", path + ".yaml", "--no-preset", "--output",
        path,
      ]
      if let every = options.evaluateEvery { arguments += ["--evaluate-every", "\(every)"] }
      if options.evaluatesStochastically { arguments.append("--evaluate-stochastically") }
    } else {
      arguments += ["--resume", path]
    }
    arguments += ["--threads", "\(options.threads)", "--no-progress", "--json"]
    let variables = ProcessInfo.processInfo.environment.merging([
      Invocation.parentKey: "\(getpid())", Invocation.launcherKey: Invocation.program,
    ]) { $1 }
    let log = path + ".log"
    // In place of an older one, or of a link that somebody has put there.
    try? manager.removeItem(atPath: log)
    do {
      process = try ChildProcess(
        [try Self.executable()] + arguments, environment: variables.map { "\($0)=\($1)" },
        input: .descriptor(claim.file), errors: .path(log), hasOwnGroup: true)
    } catch let error as ChildProcess.StartError {
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

  var isRunning: Bool { process.poll() == nil }

  func stop() {
    isStopped = true
    process.send(SIGTERM)
  }

  /// Clears away what a finished run no longer needs.
  func end(isCancelled: Bool) throws -> RunEnding {
    let ending = process.wait()
    let manager = FileManager.default
    if ending == .code(0), RunDirectory.isOver(path) {
      try? manager.removeItem(atPath: path + ".log")
      try? manager.removeItem(atPath: path + ".yaml")
      return .finished
    }
    // Control-C reaches the run too.
    if isStopped || isCancelled { return .stopped }
    let text = String(decoding: (try? FileStore.read(path + ".log")) ?? [], as: UTF8.self)
    let errors = text.split(separator: "\n").filter { $0.hasPrefix("error:") }
    let problem =
      switch ending {
      case .code(let code):
        errors.last.map { String($0.dropFirst(7)) } ?? "It ended with exit code \(code)."
      case .signal(let signal): "It was ended by signal \(signal)."
      }
    if ending == .code(EX_IOERR) {
      throw RunLauncher.unwritable(path, problem)
    }
    return try RunLauncher.note(problem, of: path)
  }
}
