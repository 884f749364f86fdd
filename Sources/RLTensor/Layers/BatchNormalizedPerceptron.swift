/// Linear layers with an activation after each, and batch normalization of the input and after each activation (Bhatt et
/// al. 2024, section 3).
public struct BatchNormalizedPerceptron: Sendable {
  /// The layers, first to last.
  public let layers: [Linear]
  /// What normalizes the input and the result of each layer.
  public let norms: [BatchNorm]
  /// The function after each layer.
  public let activation: Activation
  /// The width of the result.
  public let outputs: Int

  /// Adds the layers' weights to a layout, named as PyTorch names a `Sequential`: `prefix.0` normalizes the input,
  /// `prefix.1.weight`, `prefix.3.weight` and so on belong to the first layer and what normalizes it.
  public init(
    inputs: Int, widths: [Int], activation: Activation, name: String,
    in layout: inout ParameterLayout
  ) {
    var norms = [BatchNorm(inputs, name: "\(name).0", in: &layout)]
    var layers: [Linear] = []
    var width = inputs
    for (i, next) in widths.enumerated() {
      layers.append(Linear(width, next, name: "\(name).\(3 * i + 1)", in: &layout))
      norms.append(BatchNorm(next, name: "\(name).\(3 * i + 3)", in: &layout))
      width = next
    }
    (self.layers, self.norms, self.activation, outputs) = (layers, norms, activation, width)
  }

  /// The result for an input `[rows, inputs]`: `[rows, outputs]`.
  ///
  /// - Parameters:
  ///   - input: The input.
  ///   - isTraining: Whether statistics are those of the batch, as for ``BatchNorm``.
  public func callAsFunction(_ input: Variable, isTraining: Bool) -> Variable {
    layers.indices.reduce(norms[0](input, isTraining: isTraining)) { x, i in
      norms[i + 1](layers[i](x).activated(by: activation), isTraining: isTraining)
    }
  }
}
