internal import Foundation
internal import RLAgents
internal import RLSupport

extension TrainingRun {
  /// Whether the run has something saved to go on from.
  public var hasCheckpoint: Bool { !RunDirectory.checkpoints(of: path).isEmpty }

  /// Whether it is time to save: after so many steps if the run has been told so, otherwise after half a minute, or
  /// more where saving takes long. Each update that is too long to wait for is saved, as the next may be left.
  func isCheckpointDue(_ step: Int) -> Bool {
    let isLong = lastReport.duration(to: .now) > options.patience
    let pause = max(.seconds(isLong ? 0 : 30), lastCheckpoint.saving * 20)
    let isTime = lastCheckpoint.time.duration(to: .now) > pause
    guard let every = record.checkpointEvery else { return isTime }
    return step - lastCheckpoint.step >= every || isLong && isTime
  }

  /// Brings the files of the run up to date.
  func flush() throws {
    try directory.flush()
    try record.evaluations.write(to: directory.path)
    lastFlush = .now
  }

  func checkpoint() throws {
    let start = ContinuousClock.now
    try flush()
    var extra = StateArchive()
    // What the checkpoint speaks of must be on disk.
    try rollouts?.synchronize(&extra)
    record.seconds = seconds
    record.logSizes = directory.logSizes
    record.progressLines = directory.progress.lineCount
    record.save(to: &extra)
    try directory.saveCheckpoint(
      agent, extra: extra, of: plan, kept: record.keptCheckpoints ?? 2)
    lastCheckpoint = (.now, agent.stepsDone, start.duration(to: .now))
  }
}
