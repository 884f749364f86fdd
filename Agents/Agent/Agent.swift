public import RLCore
public import RLSupport

/// A learner: a configuration, an environment to learn in, and what it has learned so far.
///
/// `train` runs the whole loop on the calling thread (helped by a worker pool) and reports to
/// `observe` after each update, the only moments at which an agent is saved.
public protocol Agent: AnyObject, Stateful {
  /// All hyperparameters.
  associatedtype Settings: AgentSettings

  /// The word on the command line, such as `ppo`.
  static var name: String { get }
  /// One line on what the agent is, with its source.
  static var summary: String { get }
  /// Tuned settings by the environment's full name; none by default.
  static var presets: [String: Preset<Settings>] { get }
  /// Why the agent cannot act in such an environment, or `nil` if it can.
  static func unsupportedReason(in spec: EnvironmentSpec) -> String?

  /// An agent at the start of its training.
  ///
  /// - Parameters:
  ///   - configuration: The hyperparameters; validated here.
  ///   - environments: What to learn in, not yet reset; taken over by the agent.
  ///   - seed: The seed of everything random: of the agent's streams, and of the environments, which
  ///     `SeedSequence.environmentSeed` derives from it.
  ///   - steps: The budget in environment steps, which schedules run over.
  ///   - threads: The most threads to use; the results do not depend on it.
  init(
    _ configuration: Settings, environments: any VectorEnvironment, seed: UInt64, steps: Int,
    threads: Int
  ) throws

  /// The hyperparameters in force; `change` sets those that can be changed in training.
  var configuration: Settings { get set }
  /// Environment steps taken so far, over all sub-environments.
  var stepsDone: Int { get }
  /// What the agent would do now; further training does not change it.
  var policy: any Policy { get }

  /// Trains until the budget is used up or `observe` says stop.
  ///
  /// - Throws: `AgentError` when learning breaks down: a number that is not finite, or an environment that did what
  ///   nobody can learn from; `StopRequest.Overdue` in the middle of an update that is left for a request to stop, after
  ///   which the agent is not to be saved; and whatever `observe` throws.
  func train(observe: (TrainingReport) throws -> TrainingDirective) throws

  /// Shows what acting needs: weights and normalizers.
  func visitPolicy(_ state: inout StateVisitor) throws(StateError)
  /// Shows what exact resume needs beside that: optimizer moments, random states, environment states,
  /// counters. When it restores, the policy's part is restored already.
  func visitTraining(_ state: inout StateVisitor) throws(StateError)

  /// The policy of a saved agent, without environments, as `loadPolicy` needs it.
  ///
  /// - Parameters:
  ///   - configuration: The hyperparameters that it was trained with, which are validated.
  ///   - spec: What it was trained for, in which the agent can act.
  ///   - archive: What `visitPolicy` showed.
  static func makePolicy(
    _ configuration: Settings, spec: EnvironmentSpec, from archive: StateArchive
  ) throws -> any Policy
}

extension Agent {
  /// None.
  public static var presets: [String: Preset<Settings>] { [:] }

  /// The whole state; a restored agent must have the same configuration and environments.
  public func visit(_ state: inout StateVisitor) throws(StateError) {
    try state.part("policy/") { (state) throws(StateError) in try visitPolicy(&state) }
    try visitTraining(&state)
  }

  /// Takes over a state that `save` wrote; an agent that refuses it stays as it was.
  ///
  /// - Throws: `StateError` for what is missing, has another length, is impossible, or is of other environments.
  public func restore(from archive: StateArchive) throws(StateError) {
    var before = StateArchive()
    save(to: &before)
    do throws(StateError) {
      try restore(from: archive, prefix: "")
    } catch {
      // What was saved a moment ago fits.
      try? restore(from: before, prefix: "")
      throw error
    }
  }

  /// The policy of a saved agent, without environments.
  ///
  /// - Parameters:
  ///   - configuration: The hyperparameters that it was trained with.
  ///   - spec: What it was trained for.
  ///   - archive: What `visitPolicy` showed.
  /// - Throws: `SettingsError` and `AgentError.unsuitable` for settings and an environment that no such agent can have,
  ///   and `StateError` for an archive of another agent.
  public static func loadPolicy(
    _ configuration: Settings, spec: EnvironmentSpec, from archive: StateArchive
  ) throws -> any Policy {
    try requireSuitable(spec, configuration)
    return try makePolicy(configuration, spec: spec, from: archive)
  }

  /// What acting needs, as `loadPolicy` takes it.
  public var policyState: StateArchive {
    var visitor = StateVisitor(saving: StateArchive())
    do throws(StateError) { try visitPolicy(&visitor) } catch {
      preconditionFailure("\(Self.name): its policy cannot be saved. \(error)")
    }
    return visitor.archive
  }

  /// Throws `AgentError.unsuitable` if the agent cannot act in such an environment.
  public static func requireSuitable(_ spec: EnvironmentSpec) throws(AgentError) {
    let space = spec.observationSpace.rowProblem ?? spec.actionSpace.rowProblem
    if let obstacle = space ?? unsupportedReason(in: spec) {
      throw .unsuitable(agent: name, environment: spec.id, reason: obstacle)
    }
  }

  /// Throws if the settings make no sense, or the agent cannot act in such an environment.
  ///
  /// - Throws: `SettingsError`, or `AgentError.unsuitable`.
  public static func requireSuitable(_ spec: EnvironmentSpec, _ settings: Settings) throws {
    try settings.validate()
    try requireSuitable(spec)
  }

  /// What keeps an agent of choices and flags, with masks for choices, from acting in such an environment; `nil`
  /// if it can.
  public static func unsupportedReasonOfDiscreteActions(in spec: EnvironmentSpec) -> String? {
    switch spec.actionSpace {
    case .box: "it needs discrete actions, not \(spec.actionSpace)"
    case .multiBinary where spec.masksActions: "action masks need choices, not flags"
    case .discrete, .multiDiscrete, .multiBinary: nil
    case .bytes, .tuple, .dict: unsupportedReasonOfParts(in: spec)
    }
  }

  /// What keeps an agent whose actions have one part from acting in such an environment; `nil` if it can.
  static func unsupportedReasonOfParts(in spec: EnvironmentSpec) -> String? {
    switch spec.actionSpace {
    case .box, .discrete, .multiDiscrete, .multiBinary: nil
    case .bytes, .tuple, .dict:
      "it learns actions of one Box, Discrete, MultiDiscrete or MultiBinary, not \(spec.actionSpace)"
    }
  }

  /// What keeps an agent of bounded real actions from acting in such an environment; `nil` if it can.
  public static func unsupportedReasonOfBoundedActions(in spec: EnvironmentSpec) -> String? {
    if spec.masksActions { return "action masks need a discrete action space" }
    guard case .box(_, let low, let high) = spec.actionSpace else {
      return "it needs a continuous action space, not \(spec.actionSpace)"
    }
    return (low + high).allSatisfy(\.isFinite)
      ? nil : "it needs bounds for every action, not \(spec.actionSpace)"
  }
}

extension SeedSequence {
  /// What an agent resets its environments with, whose sequence this is: the state of child 3.
  ///
  /// A vector gives environment i the stream of its seed + i. Runs whose seeds are neighbours would share all streams but
  /// one if their environments had the seeds of the runs.
  public var environmentSeed: UInt64 { child(3).state(count: 1)[0] }
}

/// What an agent reports after each update.
public struct TrainingReport: Sendable {
  /// An episode that ended since the last report.
  public struct Episode: Sendable, Equatable {
    /// The environment steps taken when it ended, over all sub-environments.
    public var step: Int
    /// The sum of its raw rewards.
    public var episodicReturn: Double
    /// Its number of steps.
    public var length: Int
    /// What the environment's information says of it by name, such as `is_success`: the number of the last
    /// step, or the sum over the steps, as the environment declares.
    public var infos: [String: Double]
    /// A finished episode.
    public init(
      step: Int, episodicReturn: Double, length: Int, infos: [String: Double] = [:]
    ) {
      self.step = step
      self.episodicReturn = episodicReturn
      self.length = length
      self.infos = infos
    }
  }

  /// What an agent that learns from rollouts knew of the steps since the last report, `[steps, environments]`.
  public struct Rollout: Sendable, Equatable {
    /// log π of each action when it was taken.
    public var logProbabilities: [Float]
    /// V of each observation that was acted on.
    public var values: [Float]
    /// A rollout's numbers.
    public init(logProbabilities: [Float], values: [Float]) {
      self.logProbabilities = logProbabilities
      self.values = values
    }
  }

  /// Environment steps taken so far, over all sub-environments.
  public var stepsDone: Int
  /// The budget in environment steps.
  public var stepsTotal: Int
  /// Rollout-and-update rounds so far (SB3's `time/iterations`).
  public var iterations: Int
  /// Episodes that ended since the last report, in the order in which they ended.
  public var episodes: [Episode]
  /// Measurements by SB3's names without the prefix `train/`, in a fixed order: `learning_rate`, `loss`, ...
  public var metrics: [(name: String, value: Double)]
  /// What the policy knew of the steps since the last report; `nil` for agents without rollouts.
  public var rollout: Rollout?
  /// The first observation outside of its bounds, or reward too large to be squared, in the report after it was seen;
  /// `nil` in all others.
  public var remark: EnvironmentFault?

  /// A report with every field given.
  public init(
    stepsDone: Int, stepsTotal: Int, iterations: Int, episodes: [Episode],
    metrics: [(name: String, value: Double)], rollout: Rollout? = nil,
    remark: EnvironmentFault? = nil
  ) {
    self.stepsDone = stepsDone
    self.stepsTotal = stepsTotal
    self.iterations = iterations
    self.episodes = episodes
    self.metrics = metrics
    self.rollout = rollout
    self.remark = remark
  }
}

/// What an observer of training, or of episodes, wants.
public enum TrainingDirective: Sendable {
  /// Go on.
  case proceed
  /// Stop here; an agent can be saved and resumed.
  case stop
}

/// What can go wrong with an agent.
public enum AgentError: Error, Equatable, CustomStringConvertible {
  /// The agent cannot act in this environment.
  case unsuitable(agent: String, environment: String, reason: String)
  /// A number of the agent is not finite, perhaps because of what an environment did before.
  case notFinite(what: String, step: Int, after: EnvironmentFault? = nil)
  /// An environment did what nobody can learn from.
  case fault(EnvironmentFault)
  /// Episodes that a replay buffer cannot begin with.
  case unusableEpisodes(reason: String)

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .unsuitable(let agent, let environment, let reason):
      "\(agent) cannot learn \(environment): \(reason)."
    case .unusableEpisodes(let reason):
      "The replay buffer cannot begin with these episodes: \(reason)."
    case .notFinite(let what, let step, let remark):
      "Training stopped at step \(step): \(what) is not finite."
        + (remark.map { " Before that, \($0.place): \($0.what)." } ?? "")
        + " What was saved before is intact; try a smaller learning rate, or run `rlgym check` on the environment."
    case .fault(let fault):
      "Training stopped. \(fault) What was saved before is intact."
    }
  }
}
