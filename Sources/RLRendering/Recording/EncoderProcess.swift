internal import FoundationEssentials
internal import Glibc

/// A program that reads bytes from its standard input: fed, listened to and reaped without ever
/// waiting for ever.
///
/// Its input is a socket, not a pipe: writing to one whose reader is gone can be told to be an error,
/// while a pipe would send SIGPIPE to the whole process.
final class EncoderProcess {
  enum Failure: Error {
    /// It could not be started.
    case notStarted(String)
    /// It ended with an error, or too early; what it said.
    case failed(String)
    /// It did nothing for so many seconds.
    case stalled(Int)
  }

  private var process: pid_t = 0
  private var input: Int32 = -1
  private var errors: Int32 = -1
  private var message: [UInt8] = []
  private let patience: Int

  /// Finds a program in the folders of `PATH`.
  static func find(_ name: String) -> String? {
    let folders = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
    return folders.split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
  }

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - command: Its path and its arguments.
  ///   - patience: Seconds without any progress after which it is stopped.
  init(_ command: [String], patience: Int) throws(Failure) {
    self.patience = patience
    // Closed in the program but for its standard input and errors.
    func pair() throws(Failure) -> (own: Int32, other: Int32) {
      var files: [Int32] = [-1, -1]
      let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
      guard socketpair(AF_UNIX, kind, 0, &files) == 0 else {
        throw .notStarted(Self.reason(errno))
      }
      return (files[0], files[1])
    }
    let itsInput: Int32
    (input, itsInput) = try pair()
    defer { close(itsInput) }
    let itsErrors: Int32
    (errors, itsErrors) = try pair()
    defer { close(itsErrors) }
    _ = fcntl(errors, F_SETFL, O_NONBLOCK)

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, itsInput, STDIN_FILENO)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, itsErrors, STDERR_FILENO)
    // In a group of its own, so that Ctrl-C is this process' matter alone.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    posix_spawnattr_setpgroup(&attributes, 0)

    var words: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
    defer { for word in words { free(word) } }
    words.append(nil)
    let problem = posix_spawn(&process, command[0], &actions, &attributes, words, environ)
    guard problem == 0 else {
      process = 0
      throw .notStarted(Self.reason(problem))
    }
  }

  deinit {
    stop()
    for file in [input, errors] where file >= 0 { close(file) }
  }

  /// Sends bytes; returns when the program or the system has taken them all.
  func send(_ bytes: [UInt8]) throws(Failure) {
    var done = 0
    while done < bytes.count {
      let sent = bytes.withUnsafeBytes {
        Glibc.send(
          input, $0.baseAddress.map { $0 + done }, $0.count - done,
          Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
      }
      if sent > 0 {
        done += sent
      } else if errno == EAGAIN {
        try wait(for: input, Int16(POLLOUT))
      } else if errno != EINTR {
        // The reader is gone; the reason is in its last words.
        try end()
        throw .failed("it ended before the last frame")
      }
    }
    listen()
  }

  /// Says that there is no more, and waits for the program's end.
  func finish() throws(Failure) {
    close(input)
    input = -1
    try end()
  }

  /// Kills the program if it still runs.
  func stop() {
    guard process > 0 else { return }
    kill(process, SIGKILL)
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    process = 0
  }

  /// Waits until the file is ready, with an ear to what the program says.
  private func wait(for file: Int32, _ event: Int16) throws(Failure) {
    let deadline = ContinuousClock.now + .seconds(patience)
    while true {
      var files = [
        pollfd(fd: file, events: event, revents: 0),
        pollfd(fd: errors, events: Int16(POLLIN), revents: 0),
      ]
      // Once the program has closed its standard error that would be ready all the time.
      poll(&files, errors < 0 ? 1 : 2, 100)
      listen()
      if files[0].revents != 0 { return }
      if ContinuousClock.now > deadline {
        stop()
        throw .stalled(patience)
      }
    }
  }

  /// Reads what the program has said so far; the first 64 kB are kept.
  private func listen() {
    var buffer = Array(repeating: UInt8(0), count: 4096)
    while errors >= 0 {
      let count = read(errors, &buffer, buffer.count)
      if count > 0 {
        if message.count < 1 << 16 { message += buffer[..<count] }
      } else if count == 0 {
        close(errors)
        errors = -1
      } else {
        return
      }
    }
  }

  /// Waits for the program's end.
  private func end() throws(Failure) {
    let deadline = ContinuousClock.now + .seconds(patience)
    var status: Int32 = 0
    while true {
      let ended = waitpid(process, &status, WNOHANG)
      // Where the parent has SIGCHLD ignored, the system reaps and nothing is known of the status.
      if ended == process || (ended < 0 && errno == ECHILD) { break }
      listen()
      if ContinuousClock.now > deadline {
        stop()
        throw .stalled(patience)
      }
      var ear = pollfd(fd: errors, events: Int16(POLLIN), revents: 0)
      poll(&ear, errors < 0 ? 0 : 1, 5)
    }
    process = 0
    listen()
    if status != 0 { throw .failed(words ?? Self.ending(status)) }
  }

  /// The last lines that the program said, or `nil`.
  var words: String? {
    let lines = String(decoding: message, as: UTF8.self).split(whereSeparator: \.isNewline)
    guard !lines.isEmpty else { return nil }
    return lines.suffix(3).joined(separator: "; ")
  }

  private static func ending(_ status: Int32) -> String {
    let signal = status & 0x7f
    return signal == 0 ? "it ended with code \(status >> 8 & 0xff)" : "signal \(signal) ended it"
  }

  private static func reason(_ number: Int32) -> String { String(cString: strerror(number)) }
}
