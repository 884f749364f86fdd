internal import Foundation
public import RLAgents
public import RLCore
public import RLSupport

/// What is to be trained: agent, environment, hyperparameters, budget and seed.
public struct RunPlan: Sendable {
  /// The agent.
  public var agent: AgentRegistry.Entry
  /// The environment.
  public var environment: EnvironmentRegistry.Entry
  /// The agent's settings.
  public var configuration: any AgentSettings
  /// The budget in environment steps.
  public var steps: Int
  /// The seed of everything random.
  public var seed: UInt64
  /// What the reader of a command may want to know, such as that a hyperparameter has another name here.
  public var notes: [String] = []
  /// What is probably not as wanted, such as hyperparameters without effect.
  public var warnings: [String] = []

  /// The number of environments that are stepped together.
  public var environments: Int { configuration.environments }

  /// Resolves names and overlays: the agent's defaults, the environment's preset, the file, single settings.
  ///
  /// - Parameters:
  ///   - agent: The agent's name in the catalog.
  ///   - environment: The environment's name in the catalog, with a version or without.
  ///   - file: What a configuration file says: settings, and `steps` and `seed`.
  ///   - fileName: The file, for errors.
  ///   - settings: Settings of the agent by name.
  ///   - usesPreset: Whether the agent's preset for the environment counts, if there is one.
  ///   - steps: The budget; the file's, the preset's, or 100,000 if `nil`.
  ///   - seed: The seed; the file's or a random one if `nil`.
  ///   - environments: The number of environments that are stepped together, instead of the settings'.
  ///   - arguments: Arguments of the environment by name, on top of the file's `env_set`.
  ///   - catalog: The agents and environments there are.
  ///   - warn: Told of an environment that has a newer version.
  public init(
    agent: String, environment: String, file: [String: JSONValue] = [:], fileName: String? = nil,
    settings: [String: JSONValue] = [:], usesPreset: Bool = true, steps: Int? = nil,
    seed: UInt64? = nil, environments: Int? = nil, arguments: [String: JSONValue] = [:],
    catalog: Catalog,
    warn: (String) -> Void = { _ in }
  ) throws {
    let kind = try catalog.agents.named(agent)
    var file = file
    let own = try Self.arguments(&file, of: fileName)
    let (entry, warning) = try Self.placing(
      in: fileName, [Self.argumentsKey: .null], isGiven: { arguments[$0] != nil }
    ) { isWhole in
      try catalog.environments.resolve(
        environment, isWhole ? own.merging(arguments) { $1 } : own)
    }
    if let warning { warn(warning) }
    (self.agent, self.environment) = (kind, entry)
    if let obstacle = kind.type.unsupportedReason(in: entry.spec) {
      throw ExperimentError.invalid("\(kind.name) cannot learn \(entry.id): \(obstacle).")
    }
    let names: [(key: String, name: String, resolve: (String) -> String?)] = [
      ("agent", kind.name, { try? catalog.agents.named($0).name }),
      ("environment", entry.id, { try? catalog.environment($0).id }),
    ]
    for (key, name, resolve) in names {
      guard let value = file.removeValue(forKey: key) else { continue }
      guard case .string(let word) = value, resolve(word) == name else {
        throw ExperimentError.invalid(
          "\(fileName.map { "'\($0)'" } ?? "The configuration file") is for another \(key) than '\(name)'."
        )
      }
    }
    let fileSteps = try Self.whole(file.removeValue(forKey: "steps"), "steps", of: fileName)
    let fileSeed = try Self.whole(file.removeValue(forKey: "seed"), "seed", of: fileName)
    for name in ["steps", "n_timesteps", "total_timesteps", "seed"] where settings[name] != nil {
      throw ExperimentError.invalid(
        "'\(name)' is no hyperparameter of \(kind.name): the budget and the seed are options of their own, --steps and --seed."
      )
    }
    var settings = settings
    if let environments {
      let own = try kind.defaults.translated(settings).values["environments"]
      guard own == nil || own == .int(environments) else {
        throw ExperimentError.invalid(
          "The number of environments is given twice, as \(environments) and as the setting environments=\(own?.word ?? ""); leave out one."
        )
      }
      settings = try kind.defaults.translated(settings).values
      settings["environments"] = .int(environments)
    }
    let preset = usesPreset ? kind.presets[entry.id] : nil
    configuration = try Self.placing(in: fileName, file, under: settings, kind) { isWhole in
      let result = try kind.settings(
        from: preset?.settings, isWhole ? [file, settings] : [file])
      if fileName != nil { try result.requireMemory(in: entry.spec) }
      return result
    }
    for layer in [file, settings] { notes += try kind.defaults.translated(layer).notes }
    let budget = steps ?? fileSteps.map { Int(clamping: $0) } ?? preset?.steps ?? 100_000
    self.steps = budget
    self.seed = seed ?? fileSeed ?? UInt64.random(in: 0..<1_000_000)
    guard self.steps > 0 else {
      let place = steps == nil ? fileName.map { ConfigurationFile.place(of: "steps", in: $0) } : nil
      throw ExperimentError.invalid(
        "\(place.map { $0 + ": " } ?? "")The budget must be 1 step or more, not \(self.steps).")
    }
    warnings = entry.warnings + configuration.warnings(in: entry.spec, steps: budget)
  }

  private static func whole(_ value: JSONValue?, _ key: String, of file: String? = nil) throws
    -> UInt64?
  {
    let number: UInt64?
    switch value {
    case nil: return nil
    case .int(let value): number = UInt64(exactly: value)
    case .double(let value): number = UInt64(exactly: value)
    case .string(let word): number = UInt64(whole: word)
    default: number = nil
    }
    guard let number else {
      throw ExperimentError.invalid(
        "\(file.map { ConfigurationFile.place(of: key, in: $0) + ": " } ?? "")'\(key)' must be a whole number from 0 on."
      )
    }
    return number
  }

  /// The environment's arguments that a file gives: a list of words `name=value`.
  private static func arguments(_ file: inout [String: JSONValue], of name: String? = nil) throws
    -> [String: JSONValue]
  {
    guard let value = file.removeValue(forKey: argumentsKey) else { return [:] }
    let place = name.map { ConfigurationFile.place(of: argumentsKey, in: $0) + ": " } ?? ""
    guard let words = [String](setting: value) else {
      throw ExperimentError.invalid(
        "\(place)'\(argumentsKey)' must be a list such as [is_slippery=false].")
    }
    do {
      return try ConfigurationFile.assignments(words, of: argumentsKey)
    } catch {
      throw ExperimentError.invalid("\(place)\(error)")
    }
  }

  /// The keys of a configuration file that are no settings of the agent.
  static let keys: Set = ["agent", "environment", "steps", "seed", argumentsKey]

  /// The key of the environment's arguments in a configuration file.
  static let argumentsKey = "env_set"

  /// The plan as a configuration file.
  public var yaml: String {
    var file = YAMLMapping()
    file.add("agent", .string(agent.name))
    file.add("environment", .string(environment.id))
    file.add("steps", .int(steps))
    file.add("seed", seed)
    file.add(lines: Self.lines(of: environment.spec.arguments) + configuration.yaml)
    return file.text
  }

  /// The line of a configuration file that gives an environment's arguments, if there are any.
  static func lines(of arguments: [String: JSONValue]) -> [String] {
    if arguments.isEmpty { return [] }
    let words = arguments.sorted { $0.key < $1.key }.map {
      JSONValue.string("\($0.key)=\($0.value.word)")
    }
    return ["\(argumentsKey): \(JSONValue.array(words).yaml)"]
  }

  /// Reads back a plan that `yaml` wrote.
  ///
  /// - Throws: `FileError` and `ExperimentError`, which name the file.
  public init(reading path: String, catalog: Catalog) throws {
    try self.init(ConfigurationFile.read(path), name: path, catalog: catalog)
  }

  /// The plan that a file's values make up.
  ///
  /// - Parameter name: What the file is called in errors.
  init(_ values: [String: JSONValue], name: String, catalog: Catalog) throws {
    var file = values
    guard case .string(let agent) = file.removeValue(forKey: "agent"),
      case .string(let environment) = file.removeValue(forKey: "environment")
    else {
      throw ExperimentError.failed("'\(name)' does not say which agent and environment it is for.")
    }
    do {
      self.agent = try catalog.agents.named(agent)
      self.environment = try catalog.environment(environment, Self.arguments(&file))
      let steps = try Self.whole(file.removeValue(forKey: "steps"), "steps")
      let seed = try Self.whole(file.removeValue(forKey: "seed"), "seed")
      configuration = try self.agent.settings([file])
      self.steps = steps.map { Int(clamping: $0) } ?? 0
      self.seed = seed ?? 0
    } catch {
      throw ExperimentError.invalid("'\(name)' cannot be used: \(error)")
    }
  }
}
