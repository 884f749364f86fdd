public import RLCore
public import RLSupport
internal import RLTensor

extension TD3 {
  /// A policy with a copy of the weights.
  static func policy(
    _ spec: EnvironmentSpec, _ networks: TD3Networks, _ actor: Parameters,
    _ encoder: ObservationEncoder
  ) -> any Policy {
    let space = ActionCodec(spec.actionSpace)
    return NetworkPolicy(
      spec: spec, parameters: actor, encoder: encoder, network: { x, _ in [networks.actions(x)] },
      choose: { output, _, _, _, _, action in space.exportScaled(output, into: action) })
  }

  /// The policy of a saved agent, without environments.
  public static func makePolicy(
    _ configuration: TD3Settings, spec: EnvironmentSpec, from archive: StateArchive
  ) throws -> any Policy {
    let networks = TD3Networks(configuration, spec: spec)
    let actor = try Parameters(networks.layout, from: archive, prefix: "actor.")
    let encoder = try ObservationEncoder(
      spec.observationSpace, normalizes: configuration.normalizeObservations, from: archive)
    return policy(spec, networks, actor, encoder)
  }
}
