internal import ArgumentParser
internal import Foundation
internal import RLGym

/// `rlgym benchmark`
struct BenchmarkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark",
    abstract: "Compare agents over several seeds, with statistics that can be trusted.",
    discussion: """
      rlgym benchmark ppo,dqn CartPole,Acrobot --seeds 20 --steps 50000 --output study
      rlgym benchmark --config study.yaml --output study

      --env-set goes to every environment that is named; study.yaml gives each its own, as in
      environmentArguments: {FrozenLake: {is_slippery: false}}.

      A study that was stopped goes on with: rlgym benchmark --output study

      A run that fails counts as random actions. One that cannot write its files, as on a full disk, stops the \
      study, which goes on once it can.
      """,
    subcommands: [RunCommand.self, ReportCommand.self, MergeCommand.self, CompareCommand.self],
    defaultSubcommand: RunCommand.self)

  /// Works out the results of the runs that are there, writes and prints them.
  private static func report(_ study: Study, in directory: String) throws {
    let results = try study.results(in: directory, catalog: Context.catalog)
    try StudyReport(results).write(to: directory)
    try Output.result(StudyTable.text(results))
    if results.runCount < study.jobs.count {
      Output.warn("\(study.jobs.count - results.runCount) of \(study.jobs.count) runs are missing.")
    }
    Output.note("\nreport.html, results.json and results.csv lie in \(directory).")
  }

  /// `rlgym benchmark run`
  struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "run", abstract: "Train and evaluate what is to be compared.")

    @Argument(help: "Agents, such as ppo,dqn.") var agents: String?
    @Argument(help: "Environments, such as CartPole,Acrobot.") var environments: String?
    @OptionGroup var made: EnvironmentOptions
    @Option(help: "A YAML file that describes the study.", completion: .file(extensions: ["yaml"]))
    var config: String?
    @Option(help: "The study's directory.", completion: .directory) var output: String
    @Option(help: "How many seeds each agent is trained with (default: 10).", transform: whole)
    var seeds: Int?
    @Option(
      help: "The budget of each run in environment steps (default: the presets').", transform: whole
    )
    var steps: Int?
    @Flag(help: "Take the agents' defaults instead of the environments' presets.")
    var noPreset = false
    @Option(
      help: "How many runs at the same time, which share the cores (default: one a core).",
      transform: whole)
    var jobs: Int?
    @Option(help: "Train only part i of n, as in 2/8, for several machines.") var shard: String?
    @Flag(help: "Train failed runs again.") var retryFailed = false
    @Flag(help: "Show no progress.") var noProgress = false

    func run() throws {
      Interruption.install(
        saying: "Stopping; the runs save what they have. A second signal ends at once.\n")
      try requireOutput(output)
      try requirePositive(jobs, "--jobs")
      let study = try StudyDirectory.open(output, study: asked(), catalog: Context.catalog)
      let environment = ProcessInfo.processInfo.environment
      let part = try shard.map { try StudyShard($0) } ?? StudyShard.given(by: environment)
      let selected = part?.jobs(of: study) ?? study.jobs
      let words =
        part.map { ", part \($0.index + 1) of \($0.count): \(selected.count) runs" } ?? ""
      Output.note(
        "Studying \(study.tasks.count) task\(study.tasks.count == 1 ? "" : "s") with \(study.seeds) seed\(study.seeds == 1 ? "" : "s") each, \(study.jobs.count) runs\(words) -> \(output)"
      )
      if let caution = study.caution { Output.note(caution) }
      let isOver = try study.run(
        in: output, part: part, retriesFailures: retryFailed, jobs: jobs, launcher: .processes,
        catalog: Context.catalog, observer: StudyDisplay(isEnabled: !noProgress).observer)
      let options = shard.map { " --shard \($0)" } ?? ""
      guard isOver else {
        throw Interruption.exit(
          goingOnWith:
            "benchmark --output \(Invocation.quoted(output))\(options)\(jobs.map { " --jobs \($0)" } ?? "")"
        )
      }
      if part != nil {
        Output.note(
          "This part is done. When all are: \(Invocation.program) benchmark merge PART... --output DIR, or report DIR where they share a directory."
        )
        return
      }
      try BenchmarkCommand.report(study, in: output)
    }

    /// The study that the command line describes; `nil` if it is the one in the directory.
    private func asked() throws -> Study? {
      if let config {
        guard !noPreset else {
          throw ExperimentError.invalid("\(config) says of each agent whether it takes the preset.")
        }
        guard made.envSet.isEmpty else {
          throw ExperimentError.invalid(
            "Arguments of environments are in \(config), as environmentArguments; leave out --env-set."
          )
        }
        guard agents == nil else {
          throw ExperimentError.invalid(
            "Agents and environments are in \(config); leave them out here.")
        }
        return try Study(
          yaml: String(
            decoding: FileStore.read(config, limit: ConfigurationFile.sizeLimit), as: UTF8.self),
          name: config,
          seeds: seeds, steps: steps, catalog: Context.catalog, warn: { Output.warn($0) })
      }
      guard let agents else {
        guard steps == nil, !noPreset, made.envSet.isEmpty else {
          throw ExperimentError.invalid(
            "A study goes on as it was planned, with more --seeds at most; leave out --steps, --no-preset and --env-set."
          )
        }
        guard let seeds else { return nil }
        var study = try Study(reading: output, catalog: Context.catalog)
        study.seeds = seeds
        return study
      }
      guard let environments else {
        throw ExperimentError.invalid(
          "Say in which environments, as in: \(Invocation.program) benchmark ppo,dqn CartPole --output study"
        )
      }
      func words(_ text: String) -> [String] {
        text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
      }
      let contenders = words(agents).map {
        Study.Contender($0, name: $0.lowercased(), usesPreset: !noPreset)
      }
      let arguments = try made.arguments
      // Each environment has to take them all; a file gives every environment its own.
      let byName = arguments.isEmpty ? [] : words(environments).map { ($0, arguments) }
      return try Study(
        contenders, in: words(environments),
        arguments: Dictionary(byName, uniquingKeysWith: { $1 }), steps: steps, seeds: seeds ?? 10,
        catalog: Context.catalog, warn: { Output.warn($0) })
    }
  }

  /// `rlgym benchmark report DIR`
  struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "report", abstract: "Work out the results of the runs that are there.")

    @Argument(help: "The study's directory.", completion: .directory) var directory: String

    func run() throws {
      try BenchmarkCommand.report(
        Study(reading: directory, catalog: Context.catalog), in: directory)
    }
  }

  /// `rlgym benchmark merge A B --output C`
  struct MergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "merge", abstract: "Join the parts of a study that several machines trained.")

    @Argument(help: "The directories of the parts.", completion: .directory)
    var parts: [String]
    @Option(help: "The directory of the whole.", completion: .directory) var output: String

    func run() throws {
      try requireOutput(output)
      let study = try StudyDirectory.merge(parts, into: output, catalog: Context.catalog)
      try BenchmarkCommand.report(study, in: output)
    }
  }

  /// `rlgym benchmark compare A B`
  struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "compare",
      abstract:
        "Say whether a second study is better or worse than a first one, or show runs side by side.",
      discussion: """
        rlgym benchmark compare study-before study-after
        rlgym benchmark compare runs/slow runs/fast

        Of studies, exit code 3 means that the second is worse beyond the 95% interval.

        Runs need no study: a run is a side of its own, and a directory that holds runs, such as one setting with \
        several seeds, is one side. Their figures come without a verdict.
        """)

    @Argument(help: "The directory of the first study, run or runs.", completion: .directory)
    var first: String
    @Argument(help: "The directory of the second one.", completion: .directory)
    var second: String
    @Flag(help: "Print JSON: of studies an array of tasks, of runs one object.") var json = false

    func run() throws {
      let studies = [first, second].filter(StudyDirectory.isStudy)
      if studies.isEmpty {
        let comparison = try RunComparison(first, second)
        comparison.remarks.forEach(Output.warn)
        try Output.result(json ? JSONText.encode(comparison) : comparison.text)
        return
      }
      guard studies.count == 2 else {
        throw ExperimentError.invalid(
          "'\(studies[0])' is a study, and the other side is none; compare studies, or runs, such as those in \(studies[0])/runs/AGENT/ENV."
        )
      }
      let comparison = try StudyComparison(
        StudyResults(reading: first + "/results.json"),
        StudyResults(reading: second + "/results.json"))
      try Output.result(json ? JSONText.encode(comparison.rows) : comparison.text)
      if comparison.isWorse { throw ExitCode(3) }
    }
  }
}
