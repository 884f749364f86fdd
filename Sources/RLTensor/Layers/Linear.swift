/// A fully connected layer: `x · weight + bias`.
public struct Linear: Sendable {
  /// `[inputs, outputs]`.
  public let weight: Parameter
  /// `[outputs]`.
  public let bias: Parameter?

  /// Adds the layer's weights to a layout.
  ///
  /// - Parameters:
  ///   - inputs: The width of the input.
  ///   - outputs: The width of the output.
  ///   - name: The prefix of the weights' names, such as `action_net`.
  ///   - initializer: How the weight starts; `nil` for PyTorch's default for weight and bias.
  ///   - hasBias: Whether there is a bias; it starts at zero unless PyTorch's default is used.
  ///   - fileLayout: How the weight lies in files; behind a convolution `flattened` of that layer.
  ///   - layout: Where the weights are added.
  public init(
    _ inputs: Int, _ outputs: Int, name: String, initializer: Initializer? = nil,
    hasBias: Bool = true, fileLayout: FileLayout = .transposed,
    in layout: inout ParameterLayout
  ) {
    weight = layout.add(
      name + ".weight", .matrix(inputs, outputs), initializer ?? .uniform(inputs: inputs),
      fileLayout: fileLayout)
    bias =
      hasBias
      ? layout.add(
        name + ".bias", .vector(outputs),
        initializer == nil ? .uniform(inputs: inputs) : .constant(0)) : nil
  }

  /// The layer's result for an input `[rows, inputs]`: `[rows, outputs]`.
  public func callAsFunction(_ input: Variable) -> Variable {
    input.linear(
      input.graph.parameter(weight), bias: bias.map { input.graph.parameter($0) })
  }
}
