/// The non-linear functions between layers.
public enum Activation: String, Sendable, Codable, CaseIterable {
  /// The identity.
  case none
  /// The hyperbolic tangent.
  case tanh
  /// max(x, 0).
  case relu
  /// 1 / (1 + exp(-x)).
  case sigmoid
  /// x Φ(x).
  case gelu
  /// log(1 + exp(x)).
  case softplus
}
