/// Linear layers with an activation after each.
public struct MultilayerPerceptron: Sendable {
  /// The layers, first to last.
  public let layers: [Linear]
  /// The function after each layer.
  public let activation: Activation
  /// The width of the result.
  public let outputs: Int

  /// Adds the layers' weights to a layout, named as PyTorch names a `Sequential` of linear layers and
  /// activations: `prefix.0.weight`, `prefix.2.weight`, and so on.
  public init(
    inputs: Int, widths: [Int], activation: Activation, name: String,
    initializer: Initializer? = nil,
    in layout: inout ParameterLayout
  ) {
    var layers: [Linear] = []
    var width = inputs
    for (i, next) in widths.enumerated() {
      layers.append(
        Linear(width, next, name: "\(name).\(2 * i)", initializer: initializer, in: &layout))
      width = next
    }
    self.layers = layers
    self.activation = activation
    outputs = width
  }

  /// The result for an input `[rows, inputs]`: `[rows, outputs]`; the input itself without layers.
  public func callAsFunction(_ input: Variable) -> Variable {
    layers.reduce(input) { $1($0).activated(by: activation) }
  }
}
