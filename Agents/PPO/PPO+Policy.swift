internal import Glibc
public import RLCore
public import RLSupport
internal import RLTensor

extension PPO {
  /// A policy with a copy of the weights.
  static func policy(
    _ spec: EnvironmentSpec, _ networks: PPONetworks, _ parameters: Parameters,
    _ encoder: ObservationEncoder
  ) -> any Policy {
    let (actions, dependsOnState) = (networks.actions, networks.features != nil)
    // What the network itself says is on top of these.
    let deviations = ScratchRow(actions.outputs)
    for i in 0..<actions.outputs { deviations.numbers[i] = 1 }
    if !dependsOnState, let logDeviation = networks.logDeviation {
      for (i, x) in parameters.array(logDeviation).enumerated() { deviations.numbers[i] = exp(x) }
    }
    let hasMemory = networks.memoryWidth > 0
    return NetworkPolicy(
      drawingFrom: spec, parameters: parameters, encoder: encoder, memory: networks.memoryWidth,
      network: {
        let policy = networks.policy($0, $1)
        return [policy.output]
          + (dependsOnState ? networks.logDeviations(policy.features).map { [$0] } ?? [] : [])
          + (policy.memory.map { [$0] } ?? [])
      },
      // What a recurrent value function says depends on all that it saw before.
      valueNetwork: hasMemory ? nil : { networks.value($0).values }, actions: actions,
      deviations: deviations)
  }

  /// The policy of a saved agent, without environments.
  public static func makePolicy(
    _ configuration: PPOSettings, spec: EnvironmentSpec, from archive: StateArchive
  ) throws -> any Policy {
    let networks = PPONetworks(configuration, spec: spec)
    let parameters = try Parameters(networks.layout, from: archive, prefix: "")
    let encoder = try ObservationEncoder(
      spec.observationSpace, normalizes: configuration.normalizeObservations, from: archive)
    return policy(spec, networks, parameters, encoder)
  }
}
