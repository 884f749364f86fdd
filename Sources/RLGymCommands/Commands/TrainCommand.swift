internal import ArgumentParser
internal import Foundation
internal import RLGym

/// `rlgym train ALGO ENV`
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train an agent in an environment.",
    discussion: """
      Hyperparameters come from the agent's defaults, the environment's preset, --config and --set, in \
      this order. `rlgym agents NAME` lists them.
      """)

  @Argument(
    help: "The agent, such as ppo.", completion: .list(Context.catalog.agents.names))
  var agent: String?
  @Argument(
    help: "The environment, such as CartPole.",
    completion: .list(Context.catalog.environments.names))
  var environment: String?
  @Option(
    help: "The budget in environment steps; with --resume, more than the run has done.",
    transform: whole)
  var steps: Int?
  @Option(help: "The seed of everything random (default: a random one).", transform: whole)
  var seed: UInt64?
  @Option(help: "How many environments to step together.", transform: whole) var envs: Int?
  @Option(help: "The most threads to use; results do not depend on it.", transform: whole)
  var threads: Int?
  @Option(help: "A YAML file of hyperparameters.", completion: .file(extensions: ["yaml", "yml"]))
  var config: String?
  @Option(help: "A hyperparameter as key=value; may be repeated.") var set: [String] = []
  @OptionGroup var made: EnvironmentOptions
  @Flag(help: "Take the agent's defaults instead of the environment's preset.")
  var noPreset = false
  @Option(help: "The run directory (default: a new one under runs/).", completion: .directory)
  var output: String?
  @Option(help: "Go on with the run in this directory.", completion: .directory)
  var resume: String?
  @Option(
    help: ArgumentHelp(
      "Begin with the weights and the observation normalizer of this run, and its settings; ALGO and ENV may be left out.",
      valueName: "run"), completion: .directory)
  var from: String?
  @Option(help: "A name for the run, which `rlgym runs` shows.") var name: String?
  @Option(help: "A word to find the run by; may be repeated.") var tag: [String] = []
  @Option(
    parsing: .unconditional,
    help: "The mean return that counts as solved (default: the environment's).")
  var threshold: Double?
  @Option(help: "Steps between evaluations (default: a fiftieth of the budget).", transform: whole)
  var evaluateEvery: Int?
  @Flag(help: "Let evaluations in training also play with actions drawn at random.")
  var evaluateStochastically = false
  @Option(help: "Steps between checkpoints (default: every 30 seconds).", transform: whole)
  var checkpointEvery: Int?
  @Option(
    help: ArgumentHelp(
      "How many of the newest checkpoints to keep, or all (default: 2).", valueName: "n"))
  var keepCheckpoints: String?
  @Option(
    help: "Steps between videos of an episode, in the run's folder videos (default: none).",
    transform: whole)
  var recordEvery: Int?
  @Flag(help: "Stop when the threshold is reached.")
  var stopAtThreshold = false
  @Option(
    help: "Fill the replay buffer of dqn, sac or td3 from this log first.", completion: .directory)
  var fromLog: String?
  @Flag(help: "Keep every episode as a Minari dataset in the run directory's `rollouts`.")
  var logRollouts = false
  @Flag(help: "Also log for TensorBoard (tensorboard --logdir RUN).") var tensorboard = false
  @Flag(help: "Show no progress.") var noProgress = false
  @Flag(help: "Print one JSON object at the end.") var json = false

  func run() throws {
    Interruption.install(
      saying:
        "Stopping after this update; one that takes more than 5 seconds is left between two minibatches. A second signal ends at once.\n"
    )
    try requirePositive(threads, "--threads")
    try requirePositive(evaluateEvery, "--evaluate-every")
    try requirePositive(checkpointEvery, "--checkpoint-every")
    try requirePositive(recordEvery, "--record-every")
    let run = try resume.map { try resumed($0) } ?? started()
    let plan = run.plan
    if let count = run.rememberedTransitions, let fromLog {
      Output.note("The replay buffer has \(Format.count(count)) transitions from \(fromLog).")
    }
    for note in plan.notes { Output.note(note) }
    for warning in plan.warnings { Output.warn(warning) }
    Output.note(
      "Training \(plan.agent.name) in \(plan.environment.id): \(Format.count(plan.steps)) steps, \(plan.environments) environment\(plan.environments == 1 ? "" : "s"), seed \(plan.seed) -> \(run.path)"
    )
    if let learner = run.agent as? any ReplayLearner {
      Output.note(
        "The replay buffer grows to \(Format.bytes(learner.replayByteCount)) of memory as it fills."
      )
    }
    let display = ProgressDisplay(isEnabled: !noProgress)
    let ending = try trainOn(run, display)
    if ending == .stopped {
      let words =
        if run.hasLeftEvaluation {
          "Stopped in the final evaluation; the training is over, and the final model is saved."
        } else if run.hasLeftUpdate {
          "Stopped in the middle of an update, which is left out; everything up to \(Format.count(run.stepsDone)) steps is saved."
        } else {
          "Stopped after \(Format.count(run.stepsDone)) steps; everything is saved."
        }
      Output.note("\(words) Go on with:\n  \(Self.goingOn(run.path))")
      throw ExitCode(128 + (Interruption.signalNumber ?? SIGINT))
    }
    guard let summary = run.summary, let evaluation = run.finalEvaluation else { return }
    try Output.result(json ? JSONText.encode(summary) : RunSummary.text(run, evaluation))
  }

  /// Trains, and says how the run goes on if its files cannot be written.
  private func trainOn(_ run: TrainingRun, _ display: ProgressDisplay) throws -> TrainingRun.Ending
  {
    do {
      return try run.train { event in
        switch event {
        case .update: if display.isDue { display.show(run.progress) }
        case .trained: display.finish(run.progress)
        default: break
        }
        return .proceed
      }
    } catch let problem where Self.isUnwritable(problem) && !Interruption.hasParent {
      Output.error("\(problem)")
      Output.note(
        run.hasCheckpoint
          ? "What was saved before is whole. Once this is mended, go on with:\n  \(Self.goingOn(run.path))"
          : "Nothing is saved yet. Once this is mended, the same command begins anew.")
      throw ExitCode(1)
    }
  }

  private static func isUnwritable(_ error: any Error) -> Bool {
    switch error {
    case FileError.unwritable, RolloutLogError.file(.unwritable): true
    default: false
    }
  }

  /// What goes on with a run.
  private static func goingOn(_ path: String) -> String {
    "\(Invocation.program) train --resume \(Invocation.quoted(path))"
  }

  private func options() throws -> TrainingRun.Options {
    var options = TrainingRun.Options()
    options.threads = threads ?? options.threads
    options.stopsAtThreshold = stopAtThreshold
    options.threshold = threshold
    options.evaluateEvery = evaluateEvery
    options.evaluatesStochastically = evaluateStochastically
    options.checkpointEvery = checkpointEvery
    options.recordEvery = recordEvery
    (options.name, options.tags, options.weightsOf) = (name, tag, from)
    if let keepCheckpoints {
      let count = Int(whole: keepCheckpoints)
      guard keepCheckpoints == "all" || count.map({ $0 > 0 }) ?? false else {
        throw ExperimentError.invalid(
          "--keep-checkpoints must be 1 or more, or all, not '\(keepCheckpoints)'.")
      }
      options.keptCheckpoints = count ?? .max
    }
    options.writesEvents = tensorboard
    options.logsRollouts = logRollouts
    if let fromLog { options.fromLog = { try LogCommand.open(fromLog) } }
    options.begin = Context.startTime
    options.isCancelled = { Interruption.signalNumber != nil }
    options.warn = { Output.warn($0) }
    return options
  }

  private func resumed(_ path: String) throws -> TrainingRun {
    let others: KeyValuePairs = [
      "ALGO": agent != nil, "ENV": environment != nil,
      "--seed": seed != nil, "--envs": envs != nil, "--config": config != nil,
      "--output": output != nil, "--set": !set.isEmpty, "--env-set": !made.envSet.isEmpty,
      "--from-log": fromLog != nil, "--from": from != nil, "--name": name != nil,
      "--tag": !tag.isEmpty,
      "--no-preset": noPreset, "--tensorboard": tensorboard,
      "--evaluate-stochastically": evaluateStochastically,
    ]
    if let other = others.first(where: \.value)?.key {
      throw ExperimentError.invalid(
        "--resume goes on with the run as it was planned; leave out \(other).")
    }
    try requirePositive(steps, "--steps")
    let run = try TrainingRun(
      resuming: path, steps: steps, catalog: Context.catalog, options: options())
    if let steps {
      let share = 100 * Double(run.stepsDone) / Double(steps)
      Output.note(
        "Schedules run over the whole budget of \(Format.count(steps)) steps; they go on at \(Format.decimal(share, 0))% of it."
      )
    }
    return run
  }

  private func started() throws -> TrainingRun {
    var file = try config.map { try ConfigurationFile.read($0) } ?? [:]
    if from != nil, noPreset {
      throw ExperimentError.invalid(
        "--from takes the settings of that run instead of a preset; leave out --no-preset.")
    }
    let source = try from.map { try TrainedPolicy(run: $0, catalog: Context.catalog).plan }
    if let source {
      if let agent, try Context.catalog.agents.named(agent).name != source.agent.name {
        throw ExperimentError.invalid(
          "'\(from ?? "")' is a run of \(source.agent.name), with whose weights \(agent) cannot begin."
        )
      }
      let settings = try ConfigurationFile.parse(source.yaml, name: "config.yaml")
      // Another environment has other arguments.
      let isSame =
        try environment.map { try Context.catalog.environment($0).id } ?? source.environment.id
      let own =
        ["agent", "environment", "seed"] + (isSame == source.environment.id ? [] : ["env_set"])
      file = settings.filter { !own.contains($0.key) }
        .merging(file) { $1 }
    }
    guard let agent = agent ?? source?.agent.name,
      let environment = environment ?? source?.environment.id
    else {
      throw ExperimentError.invalid(
        "Say which agent and environment, as in: \(Invocation.program) train ppo CartPole. The commands `agents` and `envs` list them."
      )
    }
    try requirePositive(envs, "--envs")
    try requirePositive(steps, "--steps")
    let plan = try RunPlan(
      agent: agent, environment: environment,
      file: file, fileName: config, settings: try ConfigurationFile.assignments(set),
      usesPreset: !noPreset && source == nil, steps: steps, seed: seed, environments: envs,
      arguments: made.arguments, catalog: Context.catalog, warn: { Output.warn($0) })
    return try TrainingRun(plan, newIn: output, options: options())
  }
}
