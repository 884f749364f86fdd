public import RLCore
public import RLSupport
internal import RLTensor

extension DQN {
  /// A policy with a copy of the weights.
  static func policy(
    _ spec: EnvironmentSpec, _ networks: DQNNetworks, _ parameters: Parameters,
    _ encoder: ObservationEncoder, exploration: Double
  ) -> any Policy {
    let (count, start) = (networks.actionCount, networks.start)
    return NetworkPolicy(
      spec: spec, parameters: parameters, encoder: encoder,
      network: { x, _ in [networks.values(x)] },
      valueNetwork: { networks.values($0) },
      choose: { values, _, mask, rng, _, row in
        var action = best(values, count, mask)
        if var generator = rng {
          if generator.uniform() < exploration {
            let allowed = (0..<count).filter { mask?[$0] ?? true }
            if !allowed.isEmpty { action = allowed[generator.integer(below: allowed.count)] }
          }
          rng = generator
        }
        row[0] = Float(action + start)
      })
  }

  /// The policy of a saved agent, without environments.
  public static func makePolicy(
    _ configuration: DQNSettings, spec: EnvironmentSpec, from archive: StateArchive
  ) throws -> any Policy {
    let networks = DQNNetworks(configuration, spec: spec)
    let parameters = try Parameters(networks.layout, from: archive, prefix: "q_net.")
    let encoder = try ObservationEncoder(
      spec.observationSpace, normalizes: configuration.normalizeObservations, from: archive)
    return policy(
      spec, networks, parameters, encoder, exploration: configuration.explorationEnd)
  }
}
