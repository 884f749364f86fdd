internal import Foundation
internal import RLAgents
public import RLCore
public import RLSupport
internal import Yams

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

  /// Every training, seed by seed, so that a study that is cut off has seeds of all tasks.
  public var jobs: [Job] {
    (0..<UInt64(seeds)).flatMap { i in
      tasks.indices.map { task in
        let seed = firstSeed &+ i
        let path = Self.path(tasks[task].name, tasks[task].environment, seed: seed)
        return Job(task: task, seed: seed, path: path)
      }
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
  ///   - warn: Told of agents that are left out.
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
    self.init(
      tasks: tasks, seeds: seeds, firstSeed: firstSeed, points: points, environmentArguments: byID)
    // Mistakes in settings are told before anything runs.
    for task in tasks { _ = try plan(task, seed: 0, catalog: catalog) }
  }

  // MARK: Files

  private static let keys = [
    "agents", "environments", "environmentArguments", "steps", "seeds", "firstSeed", "points",
  ]
  private static let contenderKeys = ["name", "agent", "environments", "steps", "preset", "set"]

  /// Reads a study from a YAML file.
  ///
  /// - Parameters:
  ///   - text: The file.
  ///   - name: Its name, for messages.
  ///   - seeds: How many seeds, instead of what the file says.
  ///   - steps: The budget, instead of what the file says.
  ///   - catalog: The agents and environments there are.
  ///   - warn: Told of agents that are left out.
  public init(
    yaml text: String, name: String, seeds: Int? = nil, steps: Int? = nil,
    catalog: Catalog = .builtIn,
    warn: (String) -> Void = { _ in }
  ) throws {
    func fail(_ problem: String) -> ExperimentError {
      ExperimentError.invalid("'\(name)' \(problem)")
    }
    func check(_ mapping: Node.Mapping, _ known: [String]) throws {
      for key in mapping.keys {
        let word = key.string ?? ""
        guard known.contains(word) else {
          throw fail(ConfigurationFile.unknown(word, among: known))
        }
      }
    }
    func number(_ node: Node?, _ key: String) throws -> Int? {
      guard let node else { return nil }
      guard case .int(let value) = JSONValue(word: node.string ?? "") else {
        throw fail("must give a whole number as '\(key)'.")
      }
      return value
    }
    func words(_ node: Node?, _ key: String) throws -> [String]? {
      guard let node else { return nil }
      if let word = node.string { return [word] }
      guard let items = node.sequence?.map(\.string), !items.contains(nil) else {
        throw fail("must give a list of names as '\(key)'.")
      }
      return items.compactMap { $0 }
    }
    guard let root = try ConfigurationFile.compose(text, name: name)?.mapping else {
      throw fail("must consist of lines 'key: value'.")
    }
    try check(root, Self.keys)
    guard let agents = root["agents"]?.sequence else {
      throw fail("needs a list of 'agents', such as: agents: [ppo, dqn]")
    }
    var contenders: [Contender] = []
    for node in agents {
      if let word = node.string {
        contenders.append(Contender(word))
        continue
      }
      guard let mapping = node.mapping else {
        throw fail("has an agent that is neither a name nor a list of 'key: value'.")
      }
      try check(mapping, Self.contenderKeys)
      guard let agent = mapping["agent"]?.string ?? mapping["name"]?.string else {
        throw fail("has an entry that does not say which 'agent' it is.")
      }
      var contender = Contender(agent, name: mapping["name"]?.string)
      contender.environments = try words(mapping["environments"], "environments")
      contender.steps = try steps ?? number(mapping["steps"], "steps")
      if let preset = mapping["preset"] {
        guard case .bool(let value) = JSONValue(word: preset.string ?? "") else {
          throw fail("must give true or false as 'preset'.")
        }
        contender.usesPreset = value
      }
      if let set = mapping["set"] {
        guard let values = set.mapping else {
          throw fail("must give hyperparameters as 'set: {key: value}'.")
        }
        contender.settings = try ConfigurationFile.values(values, name: name)
      }
      contenders.append(contender)
    }
    let firstSeed = try number(root["firstSeed"], "firstSeed") ?? 0
    guard firstSeed >= 0 else { throw fail("must give a 'firstSeed' of 0 or more.") }
    var arguments: [String: [String: JSONValue]] = [:]
    if let node = root["environmentArguments"] {
      let shape = fail("must give 'environmentArguments' as 'environment: {key: value}'.")
      guard let mapping = node.mapping else { throw shape }
      for (key, values) in mapping {
        guard let environment = key.string, let values = values.mapping else { throw shape }
        arguments[environment] = try ConfigurationFile.values(values, name: name)
      }
    }
    try self.init(
      contenders, in: words(root["environments"], "environments") ?? [], arguments: arguments,
      steps: steps ?? number(root["steps"], "steps"),
      seeds: seeds ?? number(root["seeds"], "seeds") ?? 10, firstSeed: UInt64(firstSeed),
      points: number(root["points"], "points") ?? 50, catalog: catalog, warn: warn)
  }

  /// The study as a file that can be read back.
  public var yaml: String {
    var file = YAMLMapping()
    file.add("seeds", .int(seeds))
    file.add("firstSeed", firstSeed)
    file.add("points", .int(points))
    if !environmentArguments.isEmpty {
      var arguments = YAMLMapping()
      for (environment, values) in environmentArguments.sorted(by: { $0.key < $1.key }) {
        arguments.add(JSONValue.string(environment).yaml, YAMLMapping(values))
      }
      file.add("environmentArguments", arguments)
    }
    let items = tasks.map { task in
      var item = YAMLMapping()
      item.add("name", .string(task.name))
      item.add("agent", .string(task.agent))
      item.add("environments", [.string(task.environment)])
      item.add("steps", .int(task.steps))
      item.add("preset", .bool(task.usesPreset))
      if !task.settings.isEmpty { item.add("set", YAMLMapping(task.settings)) }
      return item
    }
    file.add("agents", list: items)
    return file.text
  }
}
