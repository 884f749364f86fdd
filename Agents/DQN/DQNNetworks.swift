internal import RLCore
internal import RLTensor

/// The network of action values.
struct DQNNetworks {
  let inputs: Int
  let choices: Int
  let start: Int
  let layout: ParameterLayout
  private let body: MultilayerPerceptron
  private let head: Linear
  /// The value of the state, if it is apart from the advantages.
  private let valueHead: Linear?

  init(_ c: DQNConfiguration, spec: EnvironmentSpec) {
    inputs = spec.observationSpace.flatWidth
    guard case .discrete(let choices, let start) = spec.actionSpace else {
      preconditionFailure("\(spec.id): DQN needs a discrete action space")
    }
    (self.choices, self.start) = (choices, start)
    var layout = ParameterLayout()
    body = MultilayerPerceptron(
      inputs: inputs, widths: c.widths, activation: c.activation, name: "q_net",
      normalizesLayers: c.normalizeLayers, in: &layout)
    // The names of PyTorch's `Sequential`, in which the head follows the last activation.
    let place = (c.normalizeLayers ? 3 : 2) * c.widths.count
    head = Linear(body.outputs, choices, name: "q_net.\(place)", in: &layout)
    valueHead = c.isDueling ? Linear(body.outputs, 1, name: "value_net", in: &layout) : nil
    self.layout = layout
  }

  /// The values of all actions, `[rows, choices]`.
  func values(_ x: Variable) -> Variable {
    let features = body(x)
    let advantages = head(features)
    guard let valueHead else { return advantages }
    return advantages - advantages.rowMeans().asColumn() + valueHead(features)
  }

  /// Values in which forbidden choices are below all others.
  static func masked(_ values: Variable, _ mask: Variable?) -> Variable {
    guard let mask else { return values }
    return values * mask + (mask - 1) * 1e8
  }
}
