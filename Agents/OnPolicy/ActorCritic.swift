public import RLTensor

/// The networks of an on-policy agent with discrete actions: a policy and a value function over one block of
/// weights.
public struct ActorCritic {
  /// The weights of both.
  public let layout: ParameterLayout
  /// Traces the policy for inputs `[rows, observationSpace.flatWidth]`; gives logits
  /// `[rows, actionSpace.flatWidth]`.
  public let logits: (Variable) -> Variable
  /// Traces the value function for the same inputs; gives `[rows]`.
  public let values: (Variable) -> Variable

  /// A policy and a value function.
  ///
  /// - Parameters:
  ///   - layout: The weights of both.
  ///   - logits: Traces the policy for inputs `[rows, observationSpace.flatWidth]`; gives logits
  ///     `[rows, actionSpace.flatWidth]`.
  ///   - values: Traces the value function for the same inputs; gives `[rows]`.
  public init(
    _ layout: ParameterLayout, logits: @escaping (Variable) -> Variable,
    values: @escaping (Variable) -> Variable
  ) {
    self.layout = layout
    self.logits = logits
    self.values = values
  }
}
