internal import Glibc
public import RLCore
public import RLSupport
internal import RLTensor

extension SAC {
  /// A policy with a copy of the weights.
  static func policy(
    _ spec: EnvironmentSpec, _ networks: SACNetworks, _ actor: Parameters,
    _ encoder: ObservationEncoder
  ) -> any Policy {
    let space = ActionDistribution(spec.actionSpace)
    let size = networks.size
    let scratch = ScratchRow(size)
    return NetworkPolicy(
      spec: spec, parameters: actor, encoder: encoder,
      network: { x in
        guard let parameter = networks.stateDeviation else { return networks.outputs(x) }
        let output = networks.outputs(x)
        let deviations = x.graph.parameter(parameter)
        let variance = output[1].squared().linear((deviations * 2).exp()) + 1e-6
        return [output[0], variance.log() * 0.5]
      },
      choose: { mean, logDeviation, _, rng, action in
        for j in 0..<size {
          var raw = mean[j]
          if var generator = rng {
            raw += exp(logDeviation[j]) * Float(generator.normal())
            rng = generator
          }
          scratch.numbers[j] = tanh(raw)
        }
        space.exportScaled(scratch.numbers, into: action)
      })
  }

  /// The policy of a saved agent, without environments.
  public static func loadPolicy(
    _ configuration: SACConfiguration, spec: EnvironmentSpec, from archive: StateArchive
  ) throws -> any Policy {
    try configuration.validate()
    try requireSuitable(spec)
    let networks = SACNetworks(configuration, spec: spec)
    let actor = try Parameters(networks.layout, from: archive, prefix: "actor.")
    let encoder = try ObservationEncoder(
      spec.observationSpace, normalizes: configuration.normalizeObservations, from: archive)
    return policy(spec, networks, actor, encoder)
  }
}
