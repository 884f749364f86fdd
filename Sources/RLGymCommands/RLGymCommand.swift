public import ArgumentParser
internal import Foundation
public import RLGym

/// The command `rlgym`.
///
/// A package of your own gets all of it, with its own environments:
/// `RLGymCommand.main(registry)` in its `main.swift`.
public struct RLGymCommand: ParsableCommand {
  /// Name, abstract and subcommands.
  public static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "rlgym",
      abstract: "Train, evaluate and compare reinforcement-learning agents.",
      discussion: "Start with: rlgym train ppo CartPole", version: version,
      subcommands: [
        TrainCommand.self, EvaluateCommand.self, WatchCommand.self, PlayCommand.self,
        RecordCommand.self, BenchmarkCommand.self, TuneCommand.self, PlotCommand.self,
        RunsCommand.self,
        EnvironmentsCommand.self,
        AgentsCommand.self, CheckCommand.self, CollectCommand.self, LogCommand.self,
        SpeedCommand.self, DoctorCommand.self, ReadLogCommand.self,
      ])
  }

  /// The version of rlgym.
  public static let version = rlgymVersion

  /// A command without a subcommand, which shows the help.
  public init() {}

  /// Runs the command line of this process and exits.
  ///
  /// - Parameters:
  ///   - registry: The environments it knows.
  ///   - agents: The agents it knows.
  public static func main(
    _ registry: @autoclosure () -> EnvironmentRegistry = .builtIn,
    agents: @autoclosure () -> AgentRegistry = .builtIn
  ) -> Never {
    // Before anything else takes memory.
    MemoryLimit.requireStart()
    StandardStream.openMissing()
    Context.start(Catalog(registry(), agents: agents()))
    // A reader that has gone is an error of the one write. Programs that are started begin without the handler.
    signal(SIGPIPE) { _ in }
    // A limit on file sizes is to be an error like a full disk, not a sudden end.
    signal(SIGXFSZ, SIG_IGN)
    do {
      var command = try parseAsRoot(Array(CommandLine.arguments.dropFirst()))
      try requireMemory(for: command)
      #if DEBUG
        warnOfDebugBuild()
      #endif
      try command.run()
      Foundation.exit(0)
    } catch {
      Foundation.exit(report(error))
    }
  }

  /// The least addresses that a command needs beside those of the program and its libraries: without them, the Swift
  /// runtime ends the process.
  private static let leastMemory = 32e6

  /// Throws if a limit on addresses (`ulimit -v`) leaves no room to work in.
  private static func requireMemory(for command: any ParsableCommand) throws {
    // The reader of logs has a limit that its parent has made for the file.
    guard !(command is ReadLogCommand),
      let needed = MemoryLimit.neededAddresses(for: leastMemory),
      let (limit, left) = MemoryLimit.addresses
    else { return }
    func bytes(_ count: Double) -> String { Format.bytes(Int(clamping: count)) }
    throw ExperimentError.failed(
      "The process may have \(bytes(limit)) of addresses (ulimit -v), of which its start leaves \(bytes(left)), and \(bytes(leastMemory)) are the least to work in; raise it to \(needed) or more."
    )
  }

  #if DEBUG
    /// Says once, not in the processes of a study's runs, what a debug build is like.
    private static func warnOfDebugBuild() {
      if Interruption.hasParent || CommandLine.arguments.dropFirst().first == "_read-log" { return }
      let name = CommandLine.arguments[0].split(separator: "/").last ?? "rlgym"
      let words = ["swift run -c release", String(name)] + CommandLine.arguments.dropFirst()
      Output.warn(
        "This is a debug build, which trains some hundred times slower; better: \(words.joined(separator: " "))"
      )
    }
  #endif

  /// Prints an error, or the help that was asked for, and returns the exit code: 0, 1, or 2 for wrong usage.
  /// A study is told by `EX_IOERR` of a file that its run could not write.
  private static func report(_ error: any Error) -> Int32 {
    if let code = error as? ExitCode { return code.rawValue }
    if isUsageError(error) {
      Output.error("\(error)")
      return 2
    }
    let code = exitCode(for: error)
    if code.isSuccess {
      do { try Output.result(fullMessage(for: error)) } catch {
        Output.error("\(error)")
        return 1
      }
      return 0
    }
    if code == .validationFailure {
      let lines = fullMessage(for: error).split(separator: "\n")
      let problem = lines.first.map(String.init) ?? "Wrong usage."
      Output.error(String(problem.trimmingPrefix("Error: ")))
      let see = lines.last { $0.contains("--help") }.map { $0.trimmingPrefix("  ") }
      Output.note(String(see ?? "See 'rlgym --help' for more information."))
      return 2
    }
    Output.error("\(error)")
    if case .unwritable = error as? FileError, Interruption.hasParent { return EX_IOERR }
    return 1
  }

  private static func isUsageError(_ error: any Error) -> Bool {
    if case .unknownFormat = error as? RecordingError { return true }
    if case .invalid = error as? ExperimentError { return true }
    return error is RegistryError || error is SettingsError || error is AgentRegistryError
  }
}

/// Throws if what was given for `--output` is empty.
func requireOutput(_ path: String) throws {
  if path.isEmpty { throw ExperimentError.invalid("--output has no name; say where to write.") }
}

/// Throws if a number that was given for an option is not 1 or more.
func requirePositive(_ number: Int?, _ option: String) throws {
  if let number, number < 1 {
    throw ExperimentError.invalid("\(option) must be 1 or more, not \(number).")
  }
}
