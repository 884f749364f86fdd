internal import Dispatch
internal import Foundation
internal import RLAgents
internal import RLSupport
internal import Synchronization

/// A training on a thread of this process.
final class RunThread: RunJob {
  private let path: String
  private let claim: RunClaim
  private let shared = Shared()

  /// What the training's thread and its starter share.
  private final class Shared: Sendable {
    let isStopped = Atomic<Bool>(false)
    let outcome = Locked<Result<TrainingRun.Ending, any Error>?>(nil)
    let isOver = DispatchSemaphore(value: 0)
  }

  /// - Parameter plan: What to train; `nil` for a run that goes on.
  init(
    _ plan: RunPlan?, at path: String, claim: RunClaim, catalog: Catalog,
    options: TrainingRun.Options
  ) {
    (self.path, self.claim) = (path, claim)
    var options = options
    let shared = shared
    let isCancelled = options.isCancelled
    options.isCancelled = { shared.isStopped.load(ordering: .relaxed) || isCancelled() }
    let own = options
    let body = Thread {
      let outcome = Result {
        try
          (plan.map { try TrainingRun($0, newIn: path, options: own) }
          ?? TrainingRun(resuming: path, catalog: catalog, options: own)).train()
      }
      shared.outcome.withLock { $0 = outcome }
      shared.isOver.signal()
    }
    body.stackSize = 8 << 20
    body.start()
  }

  var isRunning: Bool { shared.outcome.withLock { $0 == nil } }

  func stop() { shared.isStopped.store(true, ordering: .relaxed) }

  func end(isCancelled: Bool) throws -> RunEnding {
    shared.isOver.wait()
    switch shared.outcome.withLock({ $0 }) {
    case .success(.stopped), nil: return .stopped
    case .success: return .finished
    case .failure(let error):
      if case .unwritable = error as? FileError { throw RunLauncher.unwritable(path, "\(error)") }
      return try RunLauncher.note("\(error)", of: path)
    }
  }
}
