public import RLAgents
public import RLCore
internal import RLSupport

/// Someone who chooses the actions of an episode that is shown.
public protocol Player {
  /// Who it is, for the title of a window.
  var name: String { get }
  /// The action to take now.
  mutating func action(in environment: SingleEnvironment) -> [Float]
  /// What the player thinks that the state is worth.
  func value(of environment: SingleEnvironment) -> Double?
  /// Whether the player leaves an episode that is not over.
  func hasLeft(_ environment: SingleEnvironment) -> Bool
}

extension Player {
  /// Nothing.
  public func value(of environment: SingleEnvironment) -> Double? { nil }
  /// Never.
  public func hasLeft(_ environment: SingleEnvironment) -> Bool { false }
}

/// Acts as a policy does, a trained or a random one.
public struct PolicyPlayer: Player {
  /// Who it is, for the title of a window.
  public let name: String
  private let policy: any Policy
  private var rng: SeededGenerator?

  /// Acts as a policy does.
  ///
  /// - Parameters:
  ///   - policy: The policy.
  ///   - name: Who it is, for the title of a window.
  ///   - seed: For actions at random; `nil` for the most likely ones.
  public init(_ policy: any Policy, name: String, seed: UInt64?) {
    self.policy = policy
    self.name = name
    rng = seed.map { SeededGenerator(SeedSequence($0, spawnKey: [0x504C_4159])) }
  }

  /// Takes random actions.
  public init(randomIn spec: EnvironmentSpec, seed: UInt64) {
    self.init(RandomPolicy(spec), name: "random actions", seed: seed)
  }

  /// The action that the policy chooses.
  public mutating func action(in environment: SingleEnvironment) -> [Float] {
    policy.actions(for: environment.observation, masks: environment.actionMask, using: &rng)
  }

  /// The value of the state, where the policy has a network for it.
  public func value(of environment: SingleEnvironment) -> Double? {
    (policy as? any StateValuing)?.value(
      of: environment.observation, mask: environment.actionMask)
  }
}
