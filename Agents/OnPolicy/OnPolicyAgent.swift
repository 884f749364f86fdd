public import RLCore
public import RLSupport
internal import RLTensor

/// The hyperparameters of an ``OnPolicyAgent``: its own, and those of its rollouts.
public protocol OnPolicySettings: AgentSettings {
  /// Steps of each environment between updates.
  var rolloutSteps: Int { get }
  /// γ, the weight of the next step's value.
  var discount: Double { get }
  /// λ of generalized advantages; 1, so that returns are whole, by default.
  var gaeLambda: Double { get }
}

extension OnPolicySettings {
  /// 1: the advantage is the whole return less the value.
  public var gaeLambda: Double { 1 }

  /// That of the environments' rows and of a rollout. Settings with large networks of their own add these.
  public func memoryNeed(in spec: EnvironmentSpec) -> MemoryNeed {
    var need = MemoryNeed(environments: environments, in: spec)
    need.addRollout(steps: rolloutSteps, environments: environments, spec)
    return need
  }
}

/// An agent that alternates between a rollout of its policy and learning from it, with discrete actions: one
/// choice, several, or flags.
///
/// The loop, its reports, acting, saving and restoring are here. An agent adds its networks, its loss and its
/// hyperparameters.
public protocol OnPolicyAgent: Agent where Settings: OnPolicySettings {
  /// The policy and the value function.
  static func networks(_ configuration: Settings, for spec: EnvironmentSpec) -> ActorCritic
  /// The environments, the rollout, the weights with their optimizer, counters and the random stream.
  var loop: OnPolicyLoop { get }
  /// Learns from the rollout that has just been collected.
  ///
  /// - Returns: Measurements for the report, by SB3's names: `learning_rate`, `loss`, ...
  func learn(from rollout: RolloutBuffer) throws -> [(name: String, value: Double)]
  /// Shows what only this agent has; when it restores, everything else is restored already. Nothing by default.
  func visitOwn(_ state: inout StateVisitor) throws(StateError)
}

extension OnPolicyAgent {
  /// Only discrete actions are supported, with masks for choices.
  public static func unsupportedReason(in spec: EnvironmentSpec) -> String? {
    unsupportedReasonOfDiscreteActions(in: spec)
  }

  /// Nothing.
  public func visitOwn(_ state: inout StateVisitor) throws(StateError) {}

  /// Environment steps taken so far, over all sub-environments.
  public var stepsDone: Int { loop.stepsDone }

  /// Trains until the budget is used up or `observe` says stop. The budget is rounded up to whole rollouts.
  public func train(observe: (TrainingReport) throws -> TrainingDirective) throws {
    loop.stop = StopRequest.current
    while loop.stepsDone < loop.stepsTotal {
      let episodes = try loop.collect(configuration)
      let metrics = try learn(from: loop.rollout)
      try loop.stop?.check()
      let report = try loop.report(episodes, metrics)
      if case .stop = try observe(report) { return }
    }
  }

  // MARK: Policy and state

  /// What the agent would do now; further training does not change it.
  public var policy: any Policy {
    Self.policy(
      in: loop.spec, loop.weights, logits: loop.networks.logits, values: loop.networks.values)
  }

  /// The policy of a saved agent, without environments.
  public static func makePolicy(
    _ configuration: Settings, spec: EnvironmentSpec, from archive: StateArchive
  ) throws -> any Policy {
    let networks = networks(configuration, for: spec)
    let weights = try Parameters(networks.layout, from: archive, prefix: "")
    return policy(in: spec, weights, logits: networks.logits, values: networks.values)
  }

  /// The weights.
  public func visitPolicy(_ state: inout StateVisitor) throws(StateError) {
    try state.part("", loop.weights)
  }

  /// The optimizer's moments, the environments, counters and the random stream.
  public func visitTraining(_ state: inout StateVisitor) throws(StateError) {
    try state.part("", loop)
    try visitOwn(&state)
  }
}
