internal import Foundation
internal import RLAgents
internal import RLSupport

/// How the runs of a study or a search are started.
public enum RunLauncher: Sendable {
  /// Each in a process of its own: this program, which understands `train` as `rlgym` does.
  case processes
  /// Each on a thread of this process.
  case threads

  /// Starts a training.
  ///
  /// - Parameters:
  ///   - plan: What to train; ignored where a checkpoint says it.
  ///   - path: The run's directory.
  ///   - claim: The right to the run, which is kept until it has ended.
  ///   - options: For a run that begins, and the number of threads.
  func start(
    _ plan: () throws -> RunPlan, at path: String, claim: RunClaim, catalog: Catalog,
    options: TrainingRun.Options
  ) throws -> any RunJob {
    let begun = !RunDirectory.checkpoints(of: path).isEmpty
    if !begun { try? FileManager.default.removeItem(atPath: path) }
    let plan = begun ? nil : try plan()
    return switch self {
    case .processes: try RunProcess(plan, at: path, claim: claim, options: options)
    case .threads:
      RunThread(plan, at: path, claim: claim, catalog: catalog, options: options)
    }
  }

  /// Why a run failed, or `nil`.
  static func problem(of path: String) -> String? {
    guard let bytes = try? FileStore.read(path + ".failed", limit: FileStore.textLimit) else {
      return nil
    }
    return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  static func note(_ problem: String, of path: String) throws -> RunEnding {
    try FileStore.write(Array((problem + "\n").utf8), to: path + ".failed")
    return .failed(problem)
  }

  /// What is wrong if a run could not write its files.
  static func unwritable(_ path: String, _ problem: String) -> ExperimentError {
    .failed(
      "The run '\(path)' had to stop: \(problem) Everything goes on with the same command once that is mended."
    )
  }

  /// Steps of a run that is going on, as its log has them.
  static func stepsDone(_ path: String) -> Double {
    let text = String(
      decoding: FileStore.tail(of: path + "/progress.csv", count: 4096), as: UTF8.self)
    // The second column is `time/total_timesteps`; the last line may be incomplete.
    let lines = text.split(separator: "\n")
    let line = text.hasSuffix("\n") ? lines.last : lines.dropLast().last
    let cells = line?.split(separator: ",", omittingEmptySubsequences: false) ?? []
    return cells.count > 1 ? Double(cells[1]) ?? 0 : 0
  }
}
