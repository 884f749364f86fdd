internal import FoundationEssentials
internal import Glibc
internal import RLSupport

/// A program that reads bytes from its standard input: fed, listened to and reaped without ever
/// waiting for ever.
///
/// Its input is a socket, not a pipe: writing to one whose reader is gone can be told to be an error,
/// while a pipe would send SIGPIPE to the whole process.
package final class EncoderProcess {
  enum Failure: Error {
    /// It could not be started.
    case notStarted(String)
    /// It ended with an error, or too early; what it said.
    case failed(String)
    /// It did nothing for so many seconds.
    case stalled(Int)
  }

  private var process: ChildProcess?
  private var input: Int32 = -1
  private var errors: Int32 = -1
  private var message: [UInt8] = []
  private let patience: Int

  /// Finds a program in the folders of `PATH`.
  package static func find(_ name: String) -> String? {
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
        throw .notStarted(String(cString: strerror(errno)))
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

    do throws(ChildProcess.StartError) {
      // In a group of its own, so that Ctrl-C is this process' matter alone.
      process = try ChildProcess(
        command, input: .descriptor(itsInput), errors: .descriptor(itsErrors), hasOwnGroup: true)
    } catch {
      throw .notStarted("\(error)")
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
  func stop() { process?.end() }

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
    var ending: ChildProcess.Ending?
    while true {
      ending = process?.poll()
      if ending != nil { break }
      listen()
      if ContinuousClock.now > deadline {
        stop()
        throw .stalled(patience)
      }
      var ear = pollfd(fd: errors, events: Int16(POLLIN), revents: 0)
      poll(&ear, errors < 0 ? 0 : 1, 5)
    }
    listen()
    switch ending {
    case .code(0), nil: break
    case .code(let code): throw .failed(words ?? "it ended with code \(code)")
    case .signal(let signal): throw .failed(words ?? "signal \(signal) ended it")
    }
  }

  /// The last lines that the program said, or `nil`.
  var words: String? {
    let lines = String(decoding: message, as: UTF8.self).split(whereSeparator: \.isNewline)
    guard !lines.isEmpty else { return nil }
    return lines.suffix(3).joined(separator: "; ")
  }
}
