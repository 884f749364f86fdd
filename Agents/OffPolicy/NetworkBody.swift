internal import RLTensor

/// The hidden layers of a policy or a critic.
enum NetworkBody {
  case plain(MultilayerPerceptron)
  case batchNormalized(BatchNormalizedPerceptron)
  case residual(ResidualPerceptron)

  /// How hidden layers are built.
  enum Style {
    /// A linear layer and an activation, with layer normalization between them or not.
    case plain(normalizesLayers: Bool)
    /// The same with batch normalization of the input and after each activation.
    case batchNormalized
    /// Residual blocks, of which each width is one.
    case residual
  }

  /// Adds the weights to a layout; a `Sequential` of PyTorch has the same names, but for residual blocks.
  init(
    _ style: Style, inputs: Int, widths: [Int], activation: Activation, name: String,
    in layout: inout ParameterLayout
  ) {
    switch style {
    case .plain(let normalizesLayers):
      self = .plain(
        MultilayerPerceptron(
          inputs: inputs, widths: widths, activation: activation, name: name,
          normalizesLayers: normalizesLayers, in: &layout))
    case .batchNormalized:
      self = .batchNormalized(
        BatchNormalizedPerceptron(
          inputs: inputs, widths: widths, activation: activation, name: name, in: &layout))
    case .residual:
      self = .residual(
        ResidualPerceptron(
          inputs: inputs, width: widths[0], blocks: widths.count, activation: activation,
          name: name, in: &layout))
    }
  }

  /// The width of the result.
  var outputs: Int {
    switch self {
    case .plain(let body): body.outputs
    case .batchNormalized(let body): body.outputs
    case .residual(let body): body.outputs
    }
  }

  /// The name of a layer that follows in the same `Sequential`.
  var nextName: String {
    switch self {
    case .plain(let body): "\((body.norms.isEmpty ? 2 : 3) * body.layers.count)"
    case .batchNormalized(let body): "\(3 * body.layers.count + 1)"
    case .residual: "head"
    }
  }

  /// The features `[rows, outputs]` of an input `[rows, inputs]`.
  ///
  /// - Parameter isTraining: Whether batch normalization takes its statistics from the rows.
  func callAsFunction(_ input: Variable, isTraining: Bool = false) -> Variable {
    switch self {
    case .plain(let body): body(input)
    case .batchNormalized(let body): body(input, isTraining: isTraining)
    case .residual(let body): body(input)
    }
  }
}
