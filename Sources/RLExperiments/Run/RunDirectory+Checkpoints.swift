internal import Foundation
internal import RLAgents
internal import RLSupport

extension RunDirectory {
  /// Saves a state as the newest checkpoint.
  ///
  /// - Parameters:
  ///   - agent: Who is trained.
  ///   - extra: What the run remembers.
  ///   - plan: What the run is.
  ///   - kept: How many are kept, the newest.
  func saveCheckpoint(_ agent: any Agent, extra: StateArchive, of plan: RunPlan, kept: Int) throws {
    // The logs must not be shorter on disk than the checkpoint says.
    for log in logs { log.sync() }
    let name = Self.checkpointName(agent.stepsDone)
    try Checkpoint.write(
      agent, extra: extra, to: "\(path)/checkpoints/\(name)", notes: plan.checkpointNotes)
    // The state before the first step is only for runs that have no other.
    let first = Self.checkpointName(0)
    let all = checkpoints.filter { $0 != first || name == first }
    for old in (name == first ? [] : [first]) + all.dropLast(max(1, kept)) {
      for name in [old, old + ".old"] {
        try? FileManager.default.removeItem(atPath: "\(path)/checkpoints/\(name)")
      }
    }
  }

  private static func checkpointName(_ step: Int) -> String { String(format: "step-%015ld", step) }

  private var checkpoints: [String] { Self.checkpoints(of: path) }

  /// The names of a run's checkpoints, oldest first.
  static func checkpoints(of path: String) -> [String] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: path + "/checkpoints")) ?? []
    // One that was being replaced when the program was killed is there under its old name only.
    let names = all.map { $0.hasSuffix(".old") ? String($0.dropLast(4)) : $0 }
    return Set(names.filter { $0.hasPrefix("step-") && !$0.contains(".") }).sorted()
  }

  /// Saves a model that is to be kept.
  func saveModel(_ agent: any Agent, of plan: RunPlan, name: String) throws {
    try Checkpoint.writePolicy(agent, to: "\(path)/\(name)", notes: plan.checkpointNotes)
  }

  /// Reads the newest checkpoint that is intact.
  ///
  /// - Parameter warn: Told of what is not intact.
  /// - Returns: Its directory, and what it holds.
  func readCheckpoint(warn: (String) -> Void) throws -> (
    path: String, agent: StateArchive, extra: StateArchive
  ) {
    var problem: (any Error)?
    let names = checkpoints
    for (i, name) in names.enumerated().reversed() {
      let path = "\(path)/checkpoints/\(name)"
      do {
        let state = try Checkpoint.read(path)
        return (path, state.agent, state.extra)
      } catch {
        problem = problem ?? error
        if i > 0 {
          warn("\(error) Trying the checkpoint before it.")
        } else if names.count > 1 {
          warn("\(error)")
        }
      }
    }
    if let problem = problem as? FileError {
      throw problem.advising(
        "no checkpoint of the run is whole, so begin a new one; --from \(Invocation.quoted(path + "/best")) begins with its best weights"
      )
    }
    if let problem { throw problem }
    throw ExperimentError.failed(
      "'\(path)' has no checkpoint to resume from, as the run ended before its first one; begin it anew with train and --output \(Invocation.quoted(path))."
    )
  }
}
