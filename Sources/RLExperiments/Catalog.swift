public import RLAgents
public import RLCore
public import RLEnvironments

/// The environments and agents that experiments know by name.
///
/// ```swift
/// var catalog = Catalog.builtIn
/// try catalog.environments.register("Corridor-v0", maxSteps: 100) { Corridor() }
/// ```
public struct Catalog: Sendable {
  /// The environments.
  public var environments: EnvironmentRegistry
  /// The agents.
  public var agents: AgentRegistry

  /// A catalog of environments and agents; those that rlgym brings if none are given.
  public init(_ environments: EnvironmentRegistry = .builtIn, agents: AgentRegistry = .builtIn) {
    self.environments = environments
    self.agents = agents
  }

  /// All that rlgym brings.
  public static var builtIn: Catalog { Catalog() }

  /// The agent of a name.
  public func agent(_ name: String) throws(AgentRegistryError) -> AgentRegistry.Entry {
    try agents.named(name)
  }

  /// The environment of a name, with a version or without.
  public func environment(_ name: String) throws(RegistryError) -> EnvironmentRegistry.Entry {
    try environments.resolve(name).entry
  }
}
