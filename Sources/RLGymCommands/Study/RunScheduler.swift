internal import ArgumentParser
internal import Foundation
internal import RLGym

/// Trains many runs, several at a time, each in a process of its own.
protocol RunScheduler: AnyObject {
  var display: StudyDisplay { get }
  /// What runs now.
  var processes: [RunProcess] { get }

  /// Takes note of what ended and starts what can be started; `false` if nothing is left to do.
  func advance() throws -> Bool

  /// How far everything is.
  ///
  /// - Parameter elapsed: Seconds since the first run was started.
  func state(_ elapsed: Double) -> StudyDisplay.State
}

extension RunScheduler {
  /// Trains until nothing is left to do. Whatever happens, no run goes on afterwards.
  ///
  /// - Parameter command: What goes on after a signal, such as `tune --output search`.
  /// - Throws: `ExitCode` after a signal.
  func run(goingOnWith command: String) throws {
    // The right to a run must not end before the run does.
    defer { stop() }
    let begin = ContinuousClock.now
    func now() -> StudyDisplay.State { state(begin.duration(to: .now).seconds) }
    while true {
      if let number = Interruption.signalNumber {
        display.show(now())
        stop()
        Output.note(
          "Stopped; everything is saved. Go on with:\n  \(Context.program) \(command)")
        throw ExitCode(128 + number)
      }
      guard try advance() else { break }
      if display.isDue { display.show(now()) }
      Thread.sleep(forTimeInterval: 0.02)
    }
    display.show(now())
  }

  private func stop() {
    for process in processes { process.stop() }
    for process in processes { _ = try? process.end() }
  }
}
