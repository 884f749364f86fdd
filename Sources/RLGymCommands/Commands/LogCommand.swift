internal import ArgumentParser
internal import Foundation
internal import RLGym

/// `rlgym log`
struct LogCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log", abstract: "Look at rollout logs and other Minari datasets, and join them.",
    // Their names are given as deriving them from the types takes time at each start of the program.
    subcommands: [Info.self, Verify.self, Pack.self, Merge.self])

  /// Opens a log as one that a stranger may have written.
  static func open(_ path: String) throws -> RolloutLog {
    let manager = FileManager.default
    // A run directory stands for the log in it.
    let isRun =
      manager.fileExists(atPath: path + "/config.yaml")
      && !manager.fileExists(atPath: path + "/data/metadata.json")
    guard !isRun || manager.fileExists(atPath: path + "/rollouts/data/metadata.json") else {
      throw ExperimentError.failed(
        "The run '\(path)' keeps no rollout log; train with --log-rollouts, or collect episodes: \(Invocation.program) collect \(Invocation.quoted(path)) --output data"
      )
    }
    return try RolloutLog(
      isRun ? path + "/rollouts" : path, access: .isolated(command: ReadLogCommand.command))
  }

  /// The environment that a log is of.
  static func environment(of log: RolloutLog) throws -> EnvironmentRegistry.Entry {
    guard let name = log.metadata.environment else {
      throw ExperimentError.failed("'\(log.path)' does not say which environment it is of.")
    }
    return try Context.catalog.environment(name, log.metadata.environmentArguments)
  }

  struct Info: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "info", abstract: "Say what a log holds.")
    @Argument(help: "The log's directory, or a run with one.", completion: .directory)
    var path: String

    func run() throws {
      let log = try LogCommand.open(path)
      let metadata = log.metadata
      var (steps, seeded, unfinished) = (0, 0, 0)
      var returns: [Double] = []
      var (hasProbabilities, hasValues) = (false, false)
      var infos: [String: [Double]] = [:]
      try log.forEachEpisode { _, episode in
        steps += episode.length
        seeded += episode.seed != nil || episode.origin != nil ? 1 : 0
        unfinished += episode.isUnfinished ? 1 : 0
        returns.append(episode.episodicReturn)
        for (name, value) in episode.infos(metadata.infos) {
          infos[name, default: []].append(value)
        }
        hasProbabilities = hasProbabilities || !episode.logProbabilities.isEmpty
        hasValues = hasValues || !episode.values.isEmpty
      }
      let folder = log.path + "/data"
      let bytes = FileStore.byteCount(of: folder)
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      let arguments = metadata.environmentArguments.sorted { $0.key < $1.key }
        .map { ", \($0.key)=\($0.value.word)" }.joined()
      if !Self.isKnown(metadata) { seeded = 0 }
      let extras = (hasProbabilities ? ["log-probabilities"] : []) + (hasValues ? ["values"] : [])
      // Words of the file, which may be anybody's, stay on their line.
      func word(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ")
      }
      var lines = [
        "\(word(metadata.datasetID))  \(word(metadata.description ?? ""))", "",
        "  environment   \(word((metadata.environment ?? "not said") + arguments))",
        "  algorithm     \(word(metadata.algorithm ?? "not said"))",
        "  observations  \(metadata.observationSpace)", "  actions       \(metadata.actionSpace)",
        "  episodes      \(Format.count(log.count)), of which \(Format.count(seeded)) can be repeated"
          + (unfinished > 0 ? " and \(Format.count(unfinished)) are unfinished" : ""),
        "  steps         \(Format.count(steps))",
      ]
      if let least = returns.min(), let most = returns.max() {
        lines.append(
          "  return        \(Format.value(mean(of: returns))), from \(Format.value(least)) to \(Format.value(most))"
        )
      }
      let means = metadata.infos.compactMap { field in
        infos[field.name].map {
          "\(word(field.name)) \(Format.value(mean(of: $0)))"
        }
      }
      if !means.isEmpty {
        lines.append("  infos         \(means.joined(separator: ", ")), means over episodes")
      }
      lines.append("  extras        \(extras.isEmpty ? "none" : extras.joined(separator: ", "))")
      lines.append(
        "  size          \(Format.decimal(Double(bytes) / 1e6)) MB in \(names.count { $0.hasSuffix(".hdf5") }) files"
      )
      try Output.result(lines.joined(separator: "\n"))
      if steps != metadata.stepCount {
        throw ExperimentError.failed(
          "metadata.json speaks of \(metadata.stepCount) steps, but there are \(steps).")
      }
    }

    /// Whether the environment that a log names can be made as it was, as far as it is one of this program's.
    private static func isKnown(_ metadata: RolloutLogMetadata) -> Bool {
      do throws(RegistryError) {
        let entry = try Context.catalog.environment(
          metadata.environment ?? "", metadata.environmentArguments)
        return metadata.variant(of: entry.spec) == nil
      } catch {
        if case .argument = error { return false }
        return true
      }
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify",
      abstract: "Repeat the episodes from their seeds and actions, and report the first difference."
    )
    @Argument(help: "The log's directory, or a run with one.", completion: .directory)
    var path: String
    @Option(
      help: "The environment (default: the one that the log names).",
      completion: .list(Context.catalog.environments.names))
    var environment: String?

    func run() throws {
      let log = try LogCommand.open(path)
      let known = try environment.map { try Context.catalog.environment($0) } ?? recorded(log)
      let result = try LogVerification(log, in: known.spec, makeVector: known.makeVector)
      if result.skipped > 0 {
        Output.warn(
          "\(Format.count(result.skipped)) episodes cannot be repeated: it is not known how they started."
        )
      }
      if let difference = result.difference {
        try Output.result("Different: \(difference)")
        throw ExitCode(1)
      }
      guard result.episodes > 0 || log.count == 0 else {
        throw ExperimentError.failed("No episode of '\(log.path)' can be repeated.")
      }
      try Output.result(
        "\(Format.count(result.episodes)) episodes, \(Format.count(result.steps)) steps of \(known.id): every bit is the same."
      )
    }

    /// The environment of a log, made as it was.
    private func recorded(_ log: RolloutLog) throws -> EnvironmentRegistry.Entry {
      let entry: EnvironmentRegistry.Entry
      do {
        entry = try LogCommand.environment(of: log)
      } catch let error as RegistryError {
        guard case .argument = error else { throw error }
        throw unknown(log, "\(error)")
      }
      if let variant = log.metadata.variant(of: entry.spec) { throw unknown(log, variant + ".") }
      return entry
    }

    private func unknown(_ log: RolloutLog, _ reason: String) -> ExperimentError {
      .failed(
        "'\(log.path)' is of a variant of \(log.metadata.environment ?? "its environment") that is not known here: \(reason) No episode can be repeated; --environment compares it with another one."
      )
    }
  }

  struct Pack: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "pack",
      abstract: "Make a log one file; a run can then no longer go on with it.")
    @Argument(help: "The log's directory.", completion: .directory) var path: String

    func run() throws {
      let log = try LogCommand.open(path)
      try log.pack()
      try Output.result("\(Format.count(log.count)) episodes -> \(log.path)/data/main_data.hdf5")
    }
  }

  struct Merge: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "merge",
      abstract: "Join logs of one environment to a new one.")
    @Argument(help: "The logs' directories.", completion: .directory) var paths: [String]
    @Option(help: "The directory of the new log.", completion: .directory) var output: String
    @Option(help: ArgumentHelp("The name of the new dataset.", valueName: "name"))
    var datasetID: String?

    func run() throws {
      try requireOutput(output)
      guard paths.count > 1 else { throw ExperimentError.invalid("Give two logs or more to join.") }
      let logs = try paths.map { try LogCommand.open($0) }
      let folder = URL(fileURLWithPath: output).lastPathComponent
      try RolloutLog.join(
        logs, to: output, datasetID: datasetID ?? RolloutLogMetadata.name(from: folder))
      try Output.result("\(Format.count(logs.reduce(0) { $0 + $1.count })) episodes -> \(output)")
    }
  }
}
