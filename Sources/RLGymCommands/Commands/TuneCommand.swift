internal import ArgumentParser
internal import Foundation
internal import RLGym

/// `rlgym tune ALGO ENV`
struct TuneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tune",
    abstract: "Search for the hyperparameters with which an agent learns best.",
    discussion: """
      rlgym tune ppo CartPole --trials 50 --steps 20000 --output search
      rlgym train ppo CartPole --config search/best.yaml

      Each trial is trained with several seeds, and the best are trained again with new ones, beside the \
      preset (or, with --no-preset, the agent's defaults), where the search starts. A search that was stopped goes on with: \
      rlgym tune --output search

      A configuration with which the training fails is worse than all others. A run that cannot write its files, \
      as on a full disk, says nothing about its configuration: it stops the search, which goes on once it can.
      """)

  @Argument(
    help: "The agent, such as ppo.", completion: .list(Context.catalog.agents.names))
  var agent: String?
  @Argument(
    help: "The environment, such as CartPole.",
    completion: .list(Context.catalog.environments.names))
  var environment: String?
  @OptionGroup var made: EnvironmentOptions
  @Option(help: "The search's directory.", completion: .directory) var output: String
  @Option(help: "How many configurations to try (default: 50).", transform: whole) var trials: Int?
  @Option(
    help: "The budget of each run in environment steps (default: the preset's).", transform: whole)
  var steps: Int?
  @Option(help: "What chooses the next trial: tpe or random (default: tpe).")
  var sampler: String?
  @Option(help: "What cuts off bad trials: median, halving or none (default: median).")
  var pruner: String?
  @Option(
    help:
      "What counts: last, the mean return of the last fifth of the evaluations, or area, of all (default: last)."
  )
  var objective: String?
  @Option(help: "How many seeds each trial is trained with (default: 2).", transform: whole)
  var seedsPerTrial: Int?
  @Option(
    help: "How many new seeds the best are trained with in the end (default: 10).", transform: whole
  )
  var confirm: Int?
  @Option(help: "The seed of the search (default: 0).", transform: whole) var seed: UInt64?
  @Option(
    help: "A YAML file of fixed hyperparameters and of ranges.",
    completion: .file(extensions: ["yaml", "yml"]))
  var config: String?
  @Option(help: "A fixed hyperparameter as key=value; may be repeated.") var set: [String] = []
  @Flag(help: "Start from the agent's defaults instead of the environment's preset.")
  var noPreset = false
  @Option(
    help: "How many runs at the same time, which share the cores (default: one a core).",
    transform: whole)
  var jobs: Int?
  @Flag(help: "Show no progress.") var noProgress = false
  @Flag(help: "Print one JSON object at the end.") var json = false

  func run() throws {
    Interruption.install(
      saying: "Stopping; the runs save what they have. A second signal ends at once.\n")
    try requireOutput(output)
    try requirePositive(jobs, "--jobs")
    let directory = try TuningDirectory(
      output, plan: asked(), trials: trials, catalog: Context.catalog)
    let plan = directory.plan
    Output.note(
      "Searching \(plan.searched.count) hyperparameters of \(plan.agent) in \(plan.environment): \(plan.trials) trials of \(plan.seedsPerTrial) x \(Format.count(plan.steps)) steps -> \(output)"
    )
    if plan.seedsPerTrial == 1 {
      Output.note(
        "One seed a trial: what is found may be luck; --seeds-per-trial 2 or more is better.")
    }
    let observer = StudyDisplay(isEnabled: !noProgress).observer
    guard let results = try directory.run(jobs: jobs, launcher: .processes, observer: observer)
    else {
      throw Interruption.exit(
        goingOnWith:
          "tune --output \(Invocation.quoted(output))\(jobs.map { " --jobs \($0)" } ?? "")")
    }
    try TuningReport(results).write(to: output)
    try Output.result(json ? results.json(output) : results.text)
    Output.note(
      "\noverview.html and results.csv lie in \(output). Train with:\n  \(Invocation.program) train \(plan.agent) \(plan.environment) --config \(Invocation.quoted(output + "/best.yaml"))"
    )
  }

  /// The search that the command line describes; `nil` if it is the one in the directory.
  private func asked() throws -> TuningPlan? {
    guard let agent else {
      let others: KeyValuePairs = [
        "--steps": steps != nil, "--sampler": sampler != nil, "--pruner": pruner != nil,
        "--objective": objective != nil, "--seeds-per-trial": seedsPerTrial != nil,
        "--confirm": confirm != nil, "--seed": seed != nil, "--config": config != nil,
        "--set": !set.isEmpty, "--no-preset": noPreset,
        "--env-set": !made.envSet.isEmpty,
      ]
      if let other = others.first(where: \.value)?.key {
        throw ExperimentError.invalid(
          "A search goes on as it was planned, with more --trials at most; leave out \(other).")
      }
      return nil
    }
    guard let environment else {
      throw ExperimentError.invalid(
        "Say in which environment, as in: \(Invocation.program) tune ppo CartPole --output search")
    }
    var plan = try TuningPlan(
      agent, in: environment, arguments: made.arguments, steps: steps, trials: trials ?? 50,
      usesPreset: !noPreset, settings: ConfigurationFile.assignments(set), file: config,
      catalog: Context.catalog, warn: { Output.warn($0) })
    plan.sampler = try Self.word(sampler, "--sampler") ?? plan.sampler
    plan.pruner = try Self.word(pruner, "--pruner") ?? plan.pruner
    plan.objective = try Self.word(objective, "--objective") ?? plan.objective
    plan.seedsPerTrial = seedsPerTrial ?? plan.seedsPerTrial
    plan.confirm = confirm ?? plan.confirm
    plan.seed = seed ?? plan.seed
    try plan.check()
    if sampler != nil, plan.sampler == .tpe, plan.trials <= Sampler.startupTrials {
      Output.warn(
        "The first \(Sampler.startupTrials) trials are drawn at random, so with \(plan.trials) trials --sampler tpe has no effect."
      )
    }
    return plan
  }

  /// One of a few words.
  private static func word<Word: RawRepresentable<String> & CaseIterable>(
    _ text: String?, _ option: String
  ) throws -> Word? {
    guard let text else { return nil }
    if let word = Word(rawValue: text.lowercased()) { return word }
    let known = Word.allCases.map(\.rawValue)
    throw ExperimentError.invalid(
      "\(option) takes \(known.dropLast().joined(separator: ", ")) or \(known.last ?? ""), not '\(text)'."
    )
  }
}
