internal import ArgumentParser
internal import Foundation
internal import RLGym
internal import Synchronization

/// Notes SIGINT and SIGTERM, so that training can stop between two updates. A second one exits at once.
///
/// A process that a study started also stops, as for SIGTERM, when the study is gone.
enum Interruption {
  private static let received = Atomic<Int32>(0)
  private static let parent = ProcessInfo.processInfo.environment[Invocation.parentKey].flatMap {
    Int32($0)
  }

  /// Whether a study started this process.
  static var hasParent: Bool { parent != nil }

  static func install() {
    _ = received.load(ordering: .relaxed)
    // A parent may have started this process with the signals blocked.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        if Interruption.received.exchange(number, ordering: .relaxed) != 0 { _exit(128 + number) }
      }
    }
  }

  /// Says how a study or a search goes on that a signal stopped.
  ///
  /// - Parameter command: What goes on with it, such as `tune --output search`.
  static func exit(goingOnWith command: String) -> ExitCode {
    Output.note("Stopped; everything is saved. Go on with:\n  \(Invocation.program) \(command)")
    return ExitCode(128 + (signalNumber ?? SIGINT))
  }

  /// The signal that came, or `nil`.
  static var signalNumber: Int32? {
    let number = received.load(ordering: .relaxed)
    if number == 0, let parent, getppid() != parent { return SIGTERM }
    return number == 0 ? nil : number
  }
}
