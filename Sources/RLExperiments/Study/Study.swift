internal import Foundation
internal import RLAgents
public import RLCore
public import RLSupport

/// What is to be compared: agents with their settings, in environments, each over several seeds.
///
/// ```swift
/// let study = try Study([.init("ppo"), .init("dqn")], in: ["CartPole"], steps: 50_000, seeds: 10)
/// try study.run(in: "study") { event in
///   if case .warning(let words) = event { print(words) }
///   return .proceed
/// }
/// let results = try study.results(in: "study")
/// for task in results.tasks { print(task.name, task.final.value) }
/// ```
public struct Study: Equatable, Sendable {
  /// One agent with its settings in one environment.
  public struct Task: Equatable, Sendable {
    /// What the agent with these settings is called.
    public var name: String
    /// The agent's name in the catalog.
    public var agent: String
    /// The environment's full name.
    public var environment: String
    /// The budget in environment steps.
    public var steps: Int
    /// Whether the agent's preset for the environment counts.
    public var usesPreset = true
    /// Hyperparameters on top.
    public var settings: [String: JSONValue] = [:]
  }

  /// One training of a study.
  public struct Job: Equatable, Sendable {
    /// The place of its task among the study's.
    public var task: Int
    /// The seed of everything random.
    public var seed: UInt64
    /// Where it lies in the study's directory.
    public var path: String

    package init(task: Int, seed: UInt64, path: String) {
      (self.task, self.seed, self.path) = (task, seed, path)
    }
  }

  /// What is trained with each seed.
  public var tasks: [Task]
  /// How many seeds each task is trained with.
  public var seeds = 10
  /// The first seed; the others count up.
  public var firstSeed: UInt64 = 0
  /// Evaluations over the budget.
  public var points = 50
  /// The arguments that environments are made with, by the environment's full name.
  public var environmentArguments: [String: [String: JSONValue]] = [:]

  /// Every training, seed by seed.
  public var jobs: [Job] {
    (0..<UInt64(seeds)).flatMap { i in
      tasks.indices.map { task in
        let seed = firstSeed &+ i
        let path = Self.path(tasks[task].name, tasks[task].environment, seed: seed)
        return Job(task: task, seed: seed, path: path)
      }
    }
  }

  /// What so few seeds cannot say; `nil` for ten or more.
  public var caution: String? {
    let fewest = StudyComparison.fewestRuns(tasks: 1)
    return switch seeds {
    case 10...: nil
    case fewest...: "Fewer than 10 seeds: intervals are wide, and results preliminary."
    case 1:
      "One seed says nothing of others: there are no intervals, and agents cannot be told apart. With \(fewest) seeds they can, with 10 better."
    default:
      "With \(seeds) seeds intervals are wide, and agents cannot be told apart. With \(fewest) seeds they can, with 10 better."
    }
  }

  /// Where a run lies in the study's directory.
  public static func path(_ name: String, _ environment: String, seed: UInt64) -> String {
    "runs/\(name)/\(environment.replacing("/", with: "_"))/seed-\(seed)"
  }

  /// Steps between the evaluations of a task.
  public func evaluateEvery(_ task: Task) -> Int { max(1, task.steps / points) }

  /// The plan of a task's trainings.
  public func plan(_ task: Task, seed: UInt64, catalog: Catalog) throws -> RunPlan {
    try RunPlan(
      agent: task.agent, environment: task.environment, settings: task.settings,
      usesPreset: task.usesPreset, steps: task.steps, seed: seed,
      arguments: environmentArguments[task.environment] ?? [:], catalog: catalog)
  }

  /// The environment of a task, with its arguments.
  public func environment(_ task: Task, catalog: Catalog) throws -> EnvironmentRegistry.Entry {
    try catalog.environment(task.environment, environmentArguments[task.environment] ?? [:])
  }
}

extension Study {
  /// What the command line or a file says of one agent.
  public struct Contender {
    /// What the agent with these settings is called.
    public var name: String
    /// The agent's name in the catalog.
    public var agent: String
    /// Where it acts; in the study's environments if `nil`.
    public var environments: [String]?
    /// The budget in environment steps; the study's if `nil`.
    public var steps: Int?
    /// Whether the agent's presets for the environments count.
    public var usesPreset = true
    /// Settings by name, on top.
    public var settings: [String: JSONValue] = [:]

    /// An agent in a study.
    ///
    /// - Parameters:
    ///   - agent: The agent's name in the catalog.
    ///   - name: What it is called in the study; the agent's name if `nil`.
    ///   - settings: Settings by name, on top of the preset's.
    ///   - usesPreset: Whether the agent's presets for the environments count.
    public init(
      _ agent: String, name: String? = nil, settings: [String: JSONValue] = [:],
      usesPreset: Bool = true
    ) {
      self.name = name ?? agent
      self.agent = agent
      self.settings = settings
      self.usesPreset = usesPreset
    }
  }

  /// Every contender in every environment that it can act in.
  ///
  /// - Parameters:
  ///   - contenders: The agents with their settings.
  ///   - environments: For the contenders that name none themselves.
  ///   - arguments: Arguments of environments, by the environment's name; each is one of the study's.
  ///   - steps: The budget of those that name none; their preset's if `nil`.
  ///   - seeds: How many seeds each is trained with.
  ///   - firstSeed: The first of them; the others count up.
  ///   - points: Evaluations over the budget.
  ///   - catalog: The agents and environments there are.
  ///   - warn: Told of agents that are left out, and of settings without effect.
  public init(
    _ contenders: [Contender], in environments: [String],
    arguments: [String: [String: JSONValue]] = [:], steps: Int? = nil, seeds: Int = 10,
    firstSeed: UInt64 = 0, points: Int = 50, catalog: Catalog = .builtIn,
    warn: (String) -> Void = { _ in }
  ) throws {
    guard (1...10_000).contains(seeds) else {
      throw ExperimentError.invalid("A study needs from 1 to 10000 seeds, not \(seeds).")
    }
    guard (1...10_000).contains(points) else {
      throw ExperimentError.invalid(
        "A study has from 1 to 10000 evaluations over its budget, not \(points).")
    }
    var byID: [String: [String: JSONValue]] = [:]
    for (name, values) in arguments {
      let id = try catalog.environment(name, values).id
      guard byID.updateValue(values, forKey: id) == nil else {
        throw ExperimentError.invalid("The study gives the arguments of \(id) twice.")
      }
    }
    let names = contenders.flatMap { $0.environments ?? environments }
    let known = try Set(names.map { try catalog.environment($0).id })
    if let other = byID.keys.filter({ !known.contains($0) }).min() {
      throw ExperimentError.invalid(
        "The study gives arguments of \(other), which is none of its environments: \(known.sorted().joined(separator: ", "))."
      )
    }
    var tasks: [Task] = []
    for contender in contenders {
      let allowed = contender.name.allSatisfy { $0.isLetter || $0.isNumber || "-_.".contains($0) }
      guard let first = contender.name.first, allowed, first.isLetter || first.isNumber else {
        throw ExperimentError.invalid(
          "'\(contender.name)' is no name for an agent in a study: use letters, digits, '-', '_' and '.'."
        )
      }
      let kind = try catalog.agents.named(contender.agent)
      let names = contender.environments ?? environments
      guard !names.isEmpty else {
        throw ExperimentError.invalid(
          "The study does not say in which environments '\(contender.name)' acts.")
      }
      for name in names {
        let plain = try catalog.environment(name)
        let entry = try plain.with(byID[plain.id] ?? [:])
        if let obstacle = kind.type.unsupportedReason(in: entry.spec) {
          warn("\(kind.name) is left out in \(entry.id): \(obstacle).")
          continue
        }
        let preset = contender.usesPreset ? kind.presets[entry.id]?.steps : nil
        let task = Task(
          name: contender.name, agent: kind.name, environment: entry.id,
          steps: contender.steps ?? steps ?? preset ?? 100_000, usesPreset: contender.usesPreset,
          settings: contender.settings)
        guard task.steps > 0 else {
          throw ExperimentError.invalid("The budget must be 1 step or more, not \(task.steps).")
        }
        let isKnown = tasks.contains {
          $0.name == task.name && $0.environment == task.environment
        }
        guard !isKnown else {
          throw ExperimentError.invalid(
            "The study has two agents called '\(task.name)' in \(task.environment); give one another name."
          )
        }
        tasks.append(task)
      }
    }
    guard !tasks.isEmpty else {
      throw ExperimentError.invalid("None of the agents can act in any of the environments.")
    }
    // An environment in which no agent can act is not in the study's file.
    let used = byID.filter { id in tasks.contains { $0.environment == id.key } }
    self.init(
      tasks: tasks, seeds: seeds, firstSeed: firstSeed, points: points, environmentArguments: used)
    // Mistakes in settings are told before anything runs.
    for task in tasks {
      for warning in try plan(task, seed: 0, catalog: catalog).warnings {
        warn("\(task.name) in \(task.environment): \(warning)")
      }
    }
  }
}
