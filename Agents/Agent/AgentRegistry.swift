public import RLCore
public import RLSupport

/// Agents by name: a value that users extend with their own.
///
/// ```swift
/// var agents = AgentRegistry.builtIn
/// let preset = Preset<PPOSettings>(steps: 20_000) { $0.epochs = 4 }
/// try agents.setPreset(preset, of: PPO.self, in: "Corridor-v0")
/// ```
public struct AgentRegistry: Sendable {
  /// One agent.
  public struct Entry: Sendable {
    /// The agent's type.
    public let type: any (Agent & SendableMetatype).Type
    /// Budgets and tuned settings by the environment's full name.
    public fileprivate(set) var presets: [String: (steps: Int, settings: any AgentSettings)]

    /// The word on the command line.
    public var name: String { type.name }
    /// One line on the agent.
    public var summary: String { type.summary }
    /// The settings' defaults.
    public var defaults: any AgentSettings { type.defaults }

    /// Checked settings.
    ///
    /// - Parameters:
    ///   - start: What to begin with, such as a preset's; the defaults if `nil`.
    ///   - layers: Values by name that replace those in turn.
    public func settings(
      from start: (any AgentSettings)? = nil, _ layers: [[String: JSONValue]] = []
    ) throws(SettingsError) -> any AgentSettings {
      var settings = start ?? defaults
      for layer in layers { settings = try settings.overlaid(by: layer) }
      try settings.validate()
      return settings
    }
  }

  /// The agents in the order in which they were registered.
  public private(set) var entries: [Entry] = []
  /// Names for settings of agents, such as DDPG: the command that trains them.
  private var variants: [String: String] = [:]

  /// A registry without agents.
  public init() {}

  /// The names of all agents.
  public var names: [String] { entries.map(\.name) }

  /// Adds an agent with the presets that its type has.
  ///
  /// - Parameters:
  ///   - type: The agent's type.
  ///   - variants: What others count as agents of their own, by name, and is this one with other settings.
  /// - Throws: `AgentRegistryError` if the name is taken.
  public mutating func register<A: Agent & SendableMetatype>(
    _ type: A.Type, variants: [String: (inout A.Settings) -> Void] = [:]
  ) throws(AgentRegistryError) {
    guard !names.contains(A.name) else { throw .duplicate(A.name) }
    guard !A.name.isEmpty, A.name.allSatisfy({ $0.isLowercase || $0.isNumber || $0 == "-" }) else {
      throw .malformedName(A.name)
    }
    entries.append(
      Entry(type: type, presets: A.presets.mapValues { ($0.steps, $0.settings) }))
    for (name, change) in variants {
      var settings = A.Settings()
      change(&settings)
      let changes = settings.changes.map { " --set \($0.name)=\($0.value.word)" }
      self.variants[name] = "train \(A.name) ENV\(changes.joined())"
    }
  }

  /// Gives an agent a preset, or another one than it had.
  ///
  /// - Parameters:
  ///   - preset: The budget and the settings.
  ///   - type: An agent that is registered.
  ///   - environment: The environment's full name, with its version.
  /// - Throws: `AgentRegistryError` if the agent is not registered.
  public mutating func setPreset<A: Agent>(
    _ preset: Preset<A.Settings>, of type: A.Type, in environment: String
  ) throws(AgentRegistryError) {
    guard let place = entries.firstIndex(where: { $0.type == type }) else {
      throw unknown(A.name)
    }
    entries[place].presets[environment] = (preset.steps, preset.settings)
  }

  /// The agent of that name.
  public func named(_ name: String) throws(AgentRegistryError) -> Entry {
    if let entry = entries.first(where: { $0.name == name.lowercased() }) { return entry }
    throw unknown(name)
  }

  private func unknown(_ name: String) -> AgentRegistryError {
    .unknown(name, known: names, variant: variants[name.lowercased()])
  }

  /// Every agent that rlgym brings.
  public static let builtIn: AgentRegistry = {
    var registry = AgentRegistry()
    do {
      try registry.register(PPO.self)
      try registry.register(DQN.self, variants: ["qrdqn": { $0.quantiles = 50 }])
      try registry.register(SAC.self)
      try registry.register(
        TD3.self,
        variants: [
          "ddpg": {
            $0.criticCount = 1
            $0.policyDelay = 1
            $0.targetNoise = 0
          }
        ])
    } catch {
      preconditionFailure("The built-in agents cannot be registered: \(error)")
    }
    return registry
  }()
}

extension Agent {
  static var defaults: any AgentSettings { Settings() }

  /// An agent at the start of its training, with settings whose type is known only when the program runs.
  ///
  /// - Throws: `AgentRegistryError` if the settings are another agent's, and whatever the initializer throws.
  public static func make(
    _ settings: any AgentSettings, environments: any VectorEnvironment, seed: UInt64, steps: Int,
    threads: Int
  ) throws -> any Agent {
    try Self(
      own(settings), environments: environments, seed: seed, steps: steps, threads: threads)
  }

  /// The policy of a saved agent, with settings whose type is known only when the program runs.
  ///
  /// - Throws: `AgentRegistryError` if the settings are another agent's, and whatever `loadPolicy` throws.
  public static func loadPolicy(
    _ settings: any AgentSettings, spec: EnvironmentSpec, from archive: StateArchive
  ) throws -> any Policy {
    try loadPolicy(own(settings), spec: spec, from: archive)
  }

  private static func own(_ settings: any AgentSettings) throws(AgentRegistryError) -> Settings {
    guard let own = settings as? Settings else { throw .otherSettings(agent: name) }
    return own
  }
}

/// What can go wrong with the names of agents.
public enum AgentRegistryError: Error, Equatable, CustomStringConvertible {
  /// No such agent; perhaps a variant of one, which a command trains.
  case unknown(String, known: [String], variant: String?)
  /// The name is taken.
  case duplicate(String)
  /// The name has characters that do not belong there.
  case malformedName(String)
  /// Settings of another agent.
  case otherSettings(agent: String)

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .unknown(let name, let known, let variant):
      "Unknown agent '\(name)'."
        + (variant.map { " It is a configuration: \($0)." }
          ?? nearest(to: name, among: known).map { " Did you mean '\($0)'?" }
          ?? " There is: \(known.joined(separator: ", ")).")
    case .duplicate(let name): "There is already an agent '\(name)'; give this one another name."
    case .malformedName(let name):
      "'\(name)' is no name for an agent: use lower-case letters, digits and '-'."
    case .otherSettings(let agent): "The settings are not those of \(agent)."
    }
  }
}
