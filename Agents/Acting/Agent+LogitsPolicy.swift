public import RLCore
internal import RLSupport
public import RLTensor

extension Agent {
  /// A policy of discrete actions that reads logits off a network, with a copy of the weights.
  ///
  /// Several threads can use copies of it: networks are traced by one thread at a time.
  ///
  /// - Parameters:
  ///   - spec: What it acts in: an action space of choices or flags, with or without masks.
  ///   - weights: The network's weights.
  ///   - logits: Traces the network for inputs `[rows, spec.observationSpace.flatWidth]`; gives logits
  ///     `[rows, spec.actionSpace.flatWidth]`.
  ///   - values: Traces the values of states, `[rows]`, if there are any.
  public static func policy(
    in spec: EnvironmentSpec, _ weights: Parameters, logits: @escaping (Variable) -> Variable,
    values: ((Variable) -> Variable)? = nil
  ) -> any StateValuing {
    NetworkPolicy(in: spec, weights, logits: logits, values: values)
  }
}

extension NetworkPolicy {
  /// A policy of discrete actions that reads logits off a network, as `Agent.policy` makes it.
  convenience init(
    in spec: EnvironmentSpec, _ weights: Parameters, followsWeights: Bool = false,
    logits: @escaping (Variable) -> Variable, values: ((Variable) -> Variable)?
  ) {
    let codec = ActionCodec(spec.actionSpace)
    precondition(!codec.isContinuous, "\(spec.id): logits are for discrete actions")
    self.init(
      drawingFrom: spec, parameters: weights, followsWeights: followsWeights,
      encoder: ObservationEncoder(spec.observationSpace, normalizes: false),
      network: { x, _ in [logits(x)] }, valueNetwork: values, actions: codec)
  }
}
