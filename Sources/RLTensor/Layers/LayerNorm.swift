/// Shifts and scales each row to mean 0 and variance 1, then by learned numbers (Ba et al. 2016).
public struct LayerNorm: Sendable {
  /// The learned scale `[width]`, from one.
  public let gain: Parameter
  /// The learned shift `[width]`, from zero.
  public let offset: Parameter
  /// Added to the variance.
  public let epsilon: Float

  /// Adds the layer's weights to a layout.
  public init(
    _ width: Int, name: String, epsilon: Float = 1e-5, in layout: inout ParameterLayout
  ) {
    gain = layout.add(name + ".weight", .vector(width), .constant(1))
    offset = layout.add(name + ".bias", .vector(width), .constant(0))
    self.epsilon = epsilon
  }

  /// The normalized rows.
  public func callAsFunction(_ input: Variable) -> Variable {
    input.layerNorm(
      gain: input.graph.parameter(gain), offset: input.graph.parameter(offset), epsilon: epsilon)
  }
}
