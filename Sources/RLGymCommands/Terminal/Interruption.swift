internal import ArgumentParser
internal import Foundation
internal import RLGym
internal import Synchronization

/// Notes SIGINT, SIGTERM and SIGHUP, so that work can stop where it can go on later. A second one exits at once.
///
/// A process that a study started also stops, as for SIGTERM, when the study is gone.
enum Interruption {
  private static let received = Atomic<Int32>(0)
  /// What to say at once when a signal comes: the address of a text that ends in 0, or 0 for nothing.
  private static let words = Atomic<UInt>(0)
  private static let parent = ProcessInfo.processInfo.environment[Invocation.parentKey].flatMap {
    Int32($0)
  }

  /// Whether a study started this process.
  static var hasParent: Bool { parent != nil }

  /// From here on signals are noted.
  ///
  /// - Parameter saying: What to say at once when one comes.
  static func install(saying: StaticString = "") {
    words.store(
      saying.utf8CodeUnitCount > 0 ? UInt(bitPattern: saying.utf8Start) : 0, ordering: .relaxed)
    _ = received.load(ordering: .relaxed)
    // A parent may have started this process with the signals blocked.
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      // `nohup` lets a process outlive its terminal.
      var before = sigaction()
      sigaction(number, nil, &before)
      if number == SIGHUP, isIgnoring(before) { continue }
      sigaddset(&signals, number)
      signal(number) { number in Interruption.note(number) }
    }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    if let parent { watch(parent) }
  }

  private static func isIgnoring(_ action: sigaction) -> Bool {
    unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  /// What a signal does, at a moment when nothing may be allocated.
  private static func note(_ number: Int32) {
    // A terminal that closes sends this one more than once.
    if number == SIGHUP, received.load(ordering: .relaxed) != 0 { return }
    if received.exchange(number, ordering: .relaxed) != 0 { _exit(128 + number) }
    let problem = errno
    if let words = UnsafePointer<UInt8>(bitPattern: words.load(ordering: .relaxed)) {
      _ = write(STDERR_FILENO, words, length(words))
    }
    errno = problem
  }

  private static func length(_ words: UnsafePointer<UInt8>) -> Int {
    var length = 0
    while words[length] != 0 { length += 1 }
    return length
  }

  /// Looks every second whether the study that started this process is there.
  private static func watch(_ parent: Int32) {
    let thread = Thread {
      while getppid() == parent { sleep(1) }
      _ = received.compareExchange(expected: 0, desired: SIGTERM, ordering: .relaxed)
    }
    thread.start()
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
    return number == 0 ? nil : number
  }
}
