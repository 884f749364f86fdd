public import RLCore
public import RLSupport

/// An agent's type without its type: what the command line needs of it.
public struct AgentKind: Sendable {
  /// The word on the command line.
  public let name: String
  /// One line on the agent.
  public let summary: String
  /// Every hyperparameter's meaning.
  public let fields: [ConfigurationField]
  /// Why the agent cannot act in an environment, or `nil`.
  public let obstacle: @Sendable (EnvironmentSpec) -> String?
  /// A checked configuration: the defaults, overlaid by settings in turn.
  public let configure: @Sendable ([[String: JSONValue]]) throws -> any AgentConfiguration
  private let makeAgent:
    @Sendable (any AgentConfiguration, any VectorEnvironment, UInt64, Int, Int) throws -> any Agent
  private let makePolicy:
    @Sendable (any AgentConfiguration, EnvironmentSpec, StateArchive) throws -> any Policy

  /// The description of a type of agents.
  public init<A: Agent & SendableMetatype>(_: A.Type) {
    name = A.name
    summary = A.summary
    fields = A.Configuration.fields
    obstacle = { A.unsupportedReason(in: $0) }
    configure = { layers in
      var configuration = A.Configuration()
      for layer in layers { configuration = try configuration.overlaid(by: layer) }
      try configuration.validate()
      return configuration
    }
    makeAgent = { configuration, environments, seed, steps, threads in
      guard let own = configuration as? A.Configuration else {
        preconditionFailure("\(A.name) was given a configuration of another agent")
      }
      return try A(own, environments: environments, seed: seed, steps: steps, threads: threads)
    }
    makePolicy = { configuration, spec, archive in
      guard let own = configuration as? A.Configuration else {
        preconditionFailure("\(A.name) was given a configuration of another agent")
      }
      return try A.loadPolicy(own, spec: spec, from: archive)
    }
  }

  /// An agent at the start of its training.
  public func make(
    _ configuration: any AgentConfiguration, environments: any VectorEnvironment, seed: UInt64,
    steps: Int, threads: Int
  ) throws -> any Agent {
    try makeAgent(configuration, environments, seed, steps, threads)
  }

  /// A saved policy.
  public func loadPolicy(
    _ configuration: any AgentConfiguration, spec: EnvironmentSpec, from archive: StateArchive
  ) throws -> any Policy {
    try makePolicy(configuration, spec, archive)
  }

  /// Every agent that rlgym brings.
  public static let builtIn: [AgentKind] = [
    AgentKind(PPO.self), AgentKind(DQN.self), AgentKind(SAC.self), AgentKind(TD3.self),
  ]

  /// The agent of that name.
  public static func named(_ name: String) throws(AgentKindError) -> AgentKind {
    if let kind = builtIn.first(where: { $0.name == name.lowercased() }) { return kind }
    throw .unknown(name, known: builtIn.map(\.name))
  }
}

/// What can go wrong with the names of agents.
public enum AgentKindError: Error, Equatable, CustomStringConvertible {
  /// No such agent.
  case unknown(String, known: [String])

  /// Agents that others call by a name of their own.
  private static let configurations = [
    "ddpg": "train td3 ENV --set criticCount=1 --set policyDelay=1 --set targetNoise=0",
    "qrdqn": "train dqn ENV --set quantiles=50",
  ]

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .unknown(let name, let known):
      "Unknown agent '\(name)'."
        + (Self.configurations[name.lowercased()].map { " It is a configuration: \($0)." }
          ?? nearest(to: name, among: known).map { " Did you mean '\($0)'?" }
          ?? " There is: \(known.joined(separator: ", ")).")
    }
  }
}
