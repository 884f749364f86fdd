internal import Foundation
internal import RLAgents
internal import RLCore
internal import RLDatasets
internal import RLSupport

/// The rollout log of a training run, in its directory's `rollouts`.
///
/// A checkpoint speaks of the episodes that were on disk when it was made, and holds the open ones. A resumed
/// run discards what was logged after that, as it plays it again.
struct RolloutLogging {
  let writer: RolloutLogWriter
  private let recorder: RolloutRecorder

  /// Starts the log, or goes on with it.
  ///
  /// - Parameter counts: What the checkpoint says; `nil` for a new run.
  init(
    _ recorder: RolloutRecorder, plan: RunPlan, run: String,
    from counts: (episodes: Int, steps: Int)?, warn: @escaping @Sendable (String) -> Void
  ) throws {
    var options = RolloutLogWriter.Options()
    options.warn = warn
    let path = run + "/rollouts"
    if let counts,
      counts.episodes > 0 || FileManager.default.fileExists(atPath: path + "/data/metadata.json")
    {
      writer = try RolloutLogWriter(
        continuing: path, episodes: counts.episodes, steps: counts.steps, options: options)
    } else {
      let name = URL(fileURLWithPath: run).lastPathComponent
      let metadata = try RolloutLogMetadata(
        datasetID: RolloutLogMetadata.name(from: name), spec: plan.environment.spec,
        algorithm: plan.agent.name,
        description:
          "The training of \(plan.agent.name) in \(plan.environment.id), \(plan.steps) steps, seed \(plan.seed)"
      )
      writer = try RolloutLogWriter(creating: path, metadata, options: options)
    }
    self.recorder = recorder
    recorder.expectAnnotations()
    recorder.attach(writer)
  }

  /// Hands the episodes that ended since the last report to the log, with what the agent knew.
  func note(_ report: TrainingReport) {
    recorder.annotate(
      logProbabilities: report.rollout?.logProbabilities ?? [],
      values: report.rollout?.values ?? [])
  }

  /// Waits until everything is on disk, and notes in a checkpoint how much that is.
  func synchronize(_ checkpoint: inout StateArchive) throws {
    let counts = try writer.synchronize()
    checkpoint.set("rollouts", .int([Int64(counts.episodes), Int64(counts.steps)]))
  }

  /// What a checkpoint says of the log; `nil` if the run kept none.
  static func counts(in checkpoint: StateArchive) throws(StateError) -> (
    episodes: Int, steps: Int
  )? {
    guard checkpoint.entries["rollouts"] != nil else { return nil }
    let counts = try checkpoint.ints("rollouts", count: 2)
    try StateRange.counts.check(counts, "rollouts")
    return (Int(counts[0]), Int(counts[1]))
  }

  /// Adds the open episodes as unfinished ones, and waits until everything is on disk.
  func finish() throws {
    recorder.finish()
    try writer.synchronize()
  }
}
