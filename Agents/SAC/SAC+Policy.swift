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
    let space = ActionCodec(spec.actionSpace)
    let size = networks.actionDimension
    return NetworkPolicy(
      spec: spec, parameters: actor, encoder: encoder,
      network: { x, _ in
        let gaussian = networks.gaussian(of: x)
        return [gaussian.mean, gaussian.logDeviation]
      },
      scratch: size,
      choose: { mean, logDeviation, _, rng, scratch, action in
        for j in 0..<size {
          var raw = mean[j]
          if var generator = rng {
            raw += exp(logDeviation?[j] ?? 0) * Float(generator.normal())
            rng = generator
          }
          scratch[j] = tanh(raw)
        }
        space.exportScaled(scratch, into: action)
      })
  }

  /// The policy of a saved agent, without environments.
  public static func makePolicy(
    _ configuration: SACSettings, spec: EnvironmentSpec, from archive: StateArchive
  ) throws -> any Policy {
    let networks = SACNetworks(configuration, spec: spec)
    let actor = try Parameters(networks.layout, from: archive, prefix: "actor.")
    let encoder = try ObservationEncoder(
      spec.observationSpace, normalizes: configuration.normalizeObservations, from: archive)
    return policy(spec, networks, actor, encoder)
  }
}
