public import RLCore
internal import RLTensor

extension TD3 {
  /// A policy with a copy of the weights.
  static func policy(
    _ spec: EnvironmentSpec, _ networks: TD3Networks, _ actor: Parameters,
    _ encoder: ObservationEncoder
  ) -> any Policy {
    let space = ActionDistribution(spec.actionSpace)
    return NetworkPolicy(
      spec: spec, parameters: actor, encoder: encoder, network: { [networks.actions($0)] },
      choose: { output, _, _, _, action in space.exportScaled(output, into: action) })
  }

  /// The policy of a saved agent, without environments.
  public static func loadPolicy(
    _ configuration: TD3Configuration, spec: EnvironmentSpec, from archive: StateArchive
  ) throws -> any Policy {
    try configuration.validate()
    if let obstacle = obstacle(in: spec) {
      throw AgentError.unsuitable(agent: name, environment: spec.id, reason: obstacle)
    }
    let networks = TD3Networks(configuration, spec: spec)
    var generator = SeededGenerator(seed: 0)
    let actor = Parameters(networks.layout, using: &generator)
    try actor.restore(from: archive, prefix: "actor.")
    var encoder = ObservationEncoder(
      spec.observationSpace, normalizes: configuration.normalizeObservations)
    try encoder.statistics?.restore(from: archive, prefix: "observations.")
    return policy(spec, networks, actor, encoder)
  }
}
