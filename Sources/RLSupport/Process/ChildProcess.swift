internal import Glibc

/// A program that runs beside this one, started without a shell.
///
/// Files of this process stay closed in it, but for those that it is given.
package final class ChildProcess {
  /// Where one of the three standard files leads.
  package enum File {
    /// Nowhere.
    case null
    /// The same as this process'.
    case same
    /// A descriptor of this process, which stays open here.
    case descriptor(Int32)
    /// The file of that path, which is made or emptied; no link is followed.
    case path(String)
  }

  /// How a program ended.
  package enum Ending: Equatable {
    /// By itself, with a code.
    case code(Int32)
    /// By a signal.
    case signal(Int32)
  }

  /// A program that could not be started.
  package struct StartError: Error, CustomStringConvertible {
    /// What the system says.
    package var description: String
  }

  /// The process' number.
  package let id: Int32
  private var ending: Ending?

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - command: The path of the program and its arguments.
  ///   - environment: The variables, `NAME=value` each; those of this process if `nil`.
  ///   - hasOwnGroup: Whether signals from the terminal, such as control-C's, do not reach it.
  package init(
    _ command: [String], environment: [String]? = nil, input: File = .null, output: File = .null,
    errors: File = .null, hasOwnGroup: Bool = false
  ) throws(StartError) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (number, file) in zip(Int32(0)..., [input, output, errors]) {
      let flags = number == 0 ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW
      switch file {
      case .null: posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0)
      case .same: break
      case .descriptor(let own): posix_spawn_file_actions_adddup2(&actions, own, number)
      case .path(let path): posix_spawn_file_actions_addopen(&actions, number, path, flags, 0o644)
      }
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    if hasOwnGroup { posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP)) }
    var words = command.map { strdup($0) } + [nil]
    var variables = (environment ?? []).map { strdup($0) } + [nil]
    defer { for word in words + variables { free(word) } }
    var id: pid_t = 0
    let problem =
      environment == nil
      ? posix_spawn(&id, command[0], &actions, &attributes, &words, environ)
      : posix_spawn(&id, command[0], &actions, &attributes, &words, &variables)
    guard problem == 0 else { throw StartError(description: String(cString: strerror(problem))) }
    self.id = id
  }

  /// How the program ended; `nil` while it runs.
  ///
  /// Where this process ignores the signals of its children, the system reaps them and nothing is known of
  /// their end: it counts as code 0.
  package func poll() -> Ending? { reap(WNOHANG) }

  /// Waits for the program's end.
  @discardableResult package func wait() -> Ending {
    while true { if let ending = reap(0) { return ending } }
  }

  /// Sends a signal, unless the program has ended.
  package func send(_ signal: Int32) { if poll() == nil { kill(id, signal) } }

  /// Ends the program, whatever it does, unless it has ended.
  @discardableResult package func end() -> Ending {
    send(SIGKILL)
    return wait()
  }

  private func reap(_ options: Int32) -> Ending? {
    if let ending { return ending }
    var status: Int32 = 0
    let ended = waitpid(id, &status, options)
    guard ended == id || (ended < 0 && errno == ECHILD) else { return nil }
    let signal = status & 0x7f
    ending = signal == 0 ? .code(status >> 8 & 0xff) : .signal(signal)
    return ending
  }
}
