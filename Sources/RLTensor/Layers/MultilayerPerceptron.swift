/// Linear layers with an activation after each.
public struct MultilayerPerceptron: Sendable {
  /// The layers, first to last.
  public let layers: [Linear]
  /// What normalizes each layer's result before the activation; empty without normalization.
  public let norms: [LayerNorm]
  /// The function after each layer.
  public let activation: Activation
  /// The width of the result.
  public let outputs: Int

  /// Adds the layers' weights to a layout, named as PyTorch names a `Sequential` of linear layers and
  /// activations: `prefix.0.weight`, `prefix.2.weight`, and so on; with normalization `prefix.0.weight`,
  /// `prefix.1.weight`, `prefix.3.weight`.
  public init(
    inputs: Int, widths: [Int], activation: Activation, name: String,
    initializer: Initializer? = nil, normalizesLayers: Bool = false,
    in layout: inout ParameterLayout
  ) {
    var layers: [Linear] = []
    var norms: [LayerNorm] = []
    let step = normalizesLayers ? 3 : 2
    var width = inputs
    for (i, next) in widths.enumerated() {
      layers.append(
        Linear(width, next, name: "\(name).\(step * i)", initializer: initializer, in: &layout))
      if normalizesLayers {
        norms.append(LayerNorm(next, name: "\(name).\(step * i + 1)", in: &layout))
      }
      width = next
    }
    self.layers = layers
    self.norms = norms
    self.activation = activation
    outputs = width
  }

  /// The result for an input `[rows, inputs]`: `[rows, outputs]`; the input itself without layers.
  public func callAsFunction(_ input: Variable) -> Variable {
    layers.indices.reduce(input) { x, i in
      let y = layers[i](x)
      return (norms.isEmpty ? y : norms[i](y)).activated(by: activation)
    }
  }
}
