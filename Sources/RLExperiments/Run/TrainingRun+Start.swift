internal import Foundation
public import RLAgents
internal import RLCore
internal import RLDatasets
public import RLSupport

extension TrainingRun {
  /// A run of an agent by its name: a new one, or the one that lies in the directory, which then goes on.
  ///
  /// ```swift
  /// let run = try TrainingRun("ppo", in: "CartPole", settings: ["epochs": 20], directory: "runs/a")
  /// ```
  ///
  /// - Parameters:
  ///   - agent: The agent's name in the catalog.
  ///   - environment: The environment's name in the catalog, with a version or without.
  ///   - arguments: Arguments of the environment by name, such as `["is_slippery": false]`.
  ///   - catalog: The agents and environments there are.
  ///   - settings: Settings of the agent by name, on top of the preset's.
  ///   - usesPreset: Whether the agent's preset for the environment counts, if there is one.
  ///   - steps: The budget in environment steps; the preset's, or 100,000, if `nil`.
  ///   - seed: The seed of everything random; a random one, or that of the run that lies there, if `nil`.
  ///   - directory: Where the run lies; a new directory under `runs/` if `nil`.
  ///   - options: How it trains.
  /// - Throws: `ExperimentError` if the directory holds a run of something else, and errors of names and settings.
  public convenience init(
    _ agent: String, in environment: String, arguments: [String: JSONValue] = [:],
    catalog: Catalog = .builtIn, settings: [String: JSONValue] = [:], usesPreset: Bool = true,
    steps: Int? = nil,
    seed: UInt64? = nil, directory: String? = nil, options: Options = Options()
  ) throws {
    let plan = try RunPlan(
      agent: agent, environment: environment, settings: settings, usesPreset: usesPreset,
      steps: steps, seed: seed, arguments: arguments, catalog: catalog, warn: options.warn)
    try self.init(plan, in: directory, hasSeed: seed != nil, catalog: catalog, options: options)
  }

  /// A run of an agent by its type: a new one, or the one that lies in the directory, which then goes on.
  ///
  /// ```swift
  /// let run = try TrainingRun(SAC.self, in: "Pendulum", seed: 1) { $0.batchSize = 128 }
  /// ```
  ///
  /// - Parameters:
  ///   - agent: The agent's type, which the catalog knows.
  ///   - environment: The environment's name in the catalog, with a version or without.
  ///   - arguments: Arguments of the environment by name, such as `["is_slippery": false]`.
  ///   - catalog: The agents and environments there are.
  ///   - usesPreset: Whether the agent's preset for the environment counts, if there is one.
  ///   - steps: The budget in environment steps; the preset's, or 100,000, if `nil`.
  ///   - seed: The seed of everything random; a random one, or that of the run that lies there, if `nil`.
  ///   - directory: Where the run lies; a new directory under `runs/` if `nil`.
  ///   - options: How it trains.
  ///   - configure: Changes the settings, which are the preset's at first.
  /// - Throws: `ExperimentError` if the directory holds a run of something else, and errors of names and settings.
  public convenience init<A: Agent>(
    _ agent: A.Type, in environment: String, arguments: [String: JSONValue] = [:],
    catalog: Catalog = .builtIn, usesPreset: Bool = true, steps: Int? = nil, seed: UInt64? = nil,
    directory: String? = nil,
    options: Options = Options(), configure: (inout A.Settings) throws -> Void = { _ in }
  ) throws {
    var plan = try RunPlan(
      agent: A.name, environment: environment, usesPreset: usesPreset, steps: steps, seed: seed,
      arguments: arguments, catalog: catalog, warn: options.warn)
    guard var settings = plan.configuration as? A.Settings else {
      throw ExperimentError.invalid("The catalog has another agent by the name '\(A.name)'.")
    }
    try configure(&settings)
    try settings.validate()
    plan.configuration = settings
    plan.warnings =
      plan.environment.warnings + settings.warnings(in: plan.environment.spec, steps: plan.steps)
    try self.init(plan, in: directory, hasSeed: seed != nil, catalog: catalog, options: options)
  }

  private convenience init(
    _ plan: RunPlan, in directory: String?, hasSeed: Bool, catalog: Catalog, options: Options
  ) throws {
    for warning in plan.warnings { options.warn(warning) }
    guard let directory, FileManager.default.fileExists(atPath: directory + "/config.yaml") else {
      try self.init(plan, newIn: directory, options: options)
      return
    }
    // Nothing of the run is touched before it is known to be the one that is asked for.
    let found = try RunPlan(reading: directory + "/config.yaml", catalog: catalog)
    var asked = plan
    if !hasSeed { asked.seed = found.seed }
    guard asked.yaml == found.yaml else {
      throw ExperimentError.invalid(
        "'\(directory)' holds another run; choose another directory, or go on with it by TrainingRun(resuming:)."
      )
    }
    if RunDirectory.checkpoints(of: directory).isEmpty {
      let hasModel = FileManager.default.fileExists(atPath: directory + "/final")
      guard !RunDirectory.isOver(directory), !hasModel else {
        throw ExperimentError.invalid(
          "'\(directory)' holds this run, which is over and whose checkpoints are gone; read it as TrainedPolicy(run:), or choose another directory."
        )
      }
      // It ended before anything was saved.
      try RunDirectory.clear(directory)
      try self.init(asked, newIn: directory, options: options)
    } else {
      try self.init(resuming: directory, catalog: catalog, options: options)
    }
  }

  static func makeAgent(_ plan: RunPlan, _ options: Options, isRecorded: Bool) throws -> (
    agent: any Agent, recorder: RolloutRecorder?
  ) {
    try plan.configuration.requireMemory(in: plan.environment.spec)
    var environments = plan.environment.makeVector(plan.environments)
    if !environments.savesExactly {
      options.warn(
        "\(plan.environment.id) cannot be saved in the middle of an episode; a resumed run starts new episodes. Make the environment Codable for exact resume."
      )
    }
    var recorder: RolloutRecorder?
    if isRecorded {
      let recorded = RecordedEnvironments(environments)
      (environments, recorder) = (recorded, recorded.recorder)
    }
    let agent = try plan.agent.type.make(
      plan.configuration, environments: environments, seed: plan.seed, steps: plan.steps,
      threads: options.threads)
    return (agent, recorder)
  }

  /// Gives a new agent the weights and normalizers of another run.
  static func adopt(_ path: String, _ agent: any Agent) throws {
    let source = try Checkpoint.readPolicy(TrainedPolicy.find(path).model)
    let prefix = "policy/"
    var state = StateArchive()
    agent.save(to: &state)
    let own = state.entries.filter { $0.key.hasPrefix(prefix) }
    for (name, entry) in own {
      let word = String(name.dropFirst(prefix.count))
      guard let other = source.entries[word] else {
        throw ExperimentError.invalid("'\(path)' has no \(word), which the new run needs.")
      }
      guard other.shape == entry.shape else {
        throw ExperimentError.invalid(
          "'\(word)' is \(other.shape) in '\(path)', but \(entry.shape) in the new run; its networks and spaces must be the same."
        )
      }
      state.set(name, other.values, shape: other.shape)
    }
    try agent.restore(from: state)
  }

  /// Fills the agent's replay buffer from a log.
  static func prefill(
    _ agent: any Agent, from log: () throws -> RolloutLog, _ entry: EnvironmentRegistry.Entry,
    _ warn: (String) -> Void
  ) throws -> Int {
    guard let learner = agent as? any ReplayLearner else {
      throw ExperimentError.invalid(
        "--from-log is for agents with a replay buffer, such as dqn, sac and td3.")
    }
    let (log, spec) = (try log(), entry.spec)
    try log.require(observations: spec.observationSpace, actions: spec.actionSpace)
    if let other = log.metadata.environment, other != spec.id {
      warn("'\(log.path)' was recorded in \(other), and the training is in \(spec.id).")
    }
    if log.metadata.environment == spec.id, !entry.isSame(with: log.metadata.environmentArguments) {
      warn(
        "'\(log.path)' was recorded in \(spec.id) with \(Self.words(log.metadata.environmentArguments)), and the training is in one with \(Self.words(spec.arguments))."
      )
    }
    if log.metadata.environment == spec.id, let variant = log.metadata.variant(of: spec) {
      warn("'\(log.path)' was recorded in another variant of \(spec.id): \(variant).")
    }
    var numbers = (0..<log.count).makeIterator()
    return try learner.prefill { try numbers.next().map { try log.episode($0) } }
  }

  private static func words(_ arguments: [String: JSONValue]) -> String {
    let words = arguments.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.word)" }
    return words.isEmpty ? "no arguments" : words.joined(separator: ", ")
  }

  static func checkThreshold(_ threshold: Double?, _ plan: RunPlan, _ options: Options) throws {
    if options.stopsAtThreshold && threshold == nil {
      throw ExperimentError.invalid(
        "\(plan.environment.id) has no threshold to stop at; give one with --threshold.")
    }
  }

  /// Warns of what is asked for every so many steps, which the budget does not have.
  static func warnOfIntervals(_ plan: RunPlan, _ options: Options) {
    for (name, every, what) in [
      ("evaluations", options.evaluateEvery, "is evaluated only in the end"),
      ("videos", options.recordEvery, "records none"),
    ] {
      if let every, every > plan.steps {
        options.warn(
          "\(every) steps between \(name) are more than the budget of \(plan.steps); the run \(what)."
        )
      }
    }
  }

  static func checkRecording(_ plan: RunPlan, _ options: Options) throws {
    if options.recordEvery != nil && plan.environment.framesPerSecond == nil {
      throw ExperimentError.undrawable(plan.environment.id)
    }
  }
}
