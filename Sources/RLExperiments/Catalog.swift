public import RLAgents
public import RLCore
public import RLSupport
internal import RLEnvironments

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

  /// A catalog of these environments and agents; of the agents that rlgym brings by default.
  public init(_ environments: EnvironmentRegistry, agents: AgentRegistry = .builtIn) {
    self.environments = environments
    self.agents = agents
  }

  /// All that rlgym brings.
  public static var builtIn: Catalog { Catalog(.builtIn) }

  /// The environment of a name, with a version or without.
  ///
  /// - Parameters:
  ///   - name: The name.
  ///   - arguments: Arguments by name, instead of their defaults.
  public func environment(_ name: String, _ arguments: [String: JSONValue] = [:])
    throws(RegistryError) -> EnvironmentRegistry.Entry
  {
    try environments.resolve(name, arguments).entry
  }
}
