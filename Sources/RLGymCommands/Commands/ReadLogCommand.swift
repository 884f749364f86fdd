internal import ArgumentParser
internal import Foundation
internal import RLGym

/// The process in which a rollout log is read, as it may be anybody's.
struct ReadLogCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "_read-log", shouldDisplay: false)

  @Argument(parsing: .captureForPassthrough) var words: [String] = []

  func run() throws {
    // Whoever asked may be gone.
    signal(SIGPIPE, SIG_DFL)
    throw ExitCode(RolloutLog.serve(words))
  }

  /// What starts this program as such a process.
  static var command: [String] {
    let path =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      ?? Bundle.main.executablePath ?? CommandLine.arguments[0]
    return [path, "_read-log"]
  }
}
