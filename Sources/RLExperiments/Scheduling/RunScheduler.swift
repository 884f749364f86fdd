internal import Foundation
internal import RLSupport

/// Trains many runs, several at a time.
protocol RunScheduler: AnyObject {
  /// What runs now.
  var jobsRunning: [any RunJob] { get }

  /// Takes note of what ended and starts what can be started; `false` if nothing is left to do.
  func advance() throws -> Bool

  /// How far everything is.
  ///
  /// - Parameter elapsed: Seconds since the first run was started.
  func state(_ elapsed: Double) -> StudyProgress
}

extension RunScheduler {
  /// Trains until nothing is left to do. Whatever happens, no run goes on afterwards.
  ///
  /// - Returns: Whether it came to its end, rather than being cancelled.
  func run(_ observer: StudyObserver) throws -> Bool {
    // The right to a run must not end before the run does.
    defer { stop() }
    let begin = ContinuousClock.now
    var lastTold: ContinuousClock.Instant?
    func tell() {
      guard observer.interval != nil else { return }
      lastTold = .now
      observer.tell(.progress(state(begin.duration(to: .now).seconds)))
    }
    while true {
      if observer.isCancelled() {
        tell()
        return false
      }
      guard try advance() else { break }
      if let interval = observer.interval,
        lastTold.map({ $0.duration(to: .now) >= interval }) ?? true
      {
        tell()
      }
      Thread.sleep(forTimeInterval: 0.02)
    }
    tell()
    return true
  }

  private func stop() {
    for job in jobsRunning { job.stop() }
    for job in jobsRunning { _ = try? job.end(isCancelled: true) }
  }
}
