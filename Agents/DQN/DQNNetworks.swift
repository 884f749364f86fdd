internal import RLCore
internal import RLTensor

/// The network of action values, or of the quantiles of returns, whose means are the values.
struct DQNNetworks {
  let inputs: Int
  let choices: Int
  let start: Int
  /// How many quantiles each action has; 0 without.
  let quantiles: Int
  let layout: ParameterLayout
  private let body: MultilayerPerceptron
  private let head: Linear
  /// The value of the state, if it is apart from the advantages.
  private let valueHead: Linear?

  init(_ c: DQNSettings, spec: EnvironmentSpec) {
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
    quantiles = c.quantiles
    head = Linear(body.outputs, max(1, quantiles) * choices, name: "q_net.\(place)", in: &layout)
    valueHead = c.isDueling ? Linear(body.outputs, 1, name: "value_net", in: &layout) : nil
    self.layout = layout
  }

  /// The values of all actions, `[rows, choices]`.
  func values(_ x: Variable) -> Variable {
    if quantiles > 0 { return means(of: returns(x)) }
    let features = body(x)
    let advantages = head(features)
    guard let valueHead else { return advantages }
    return advantages - advantages.rowMeans().asColumn() + valueHead(features)
  }

  /// The quantiles of all actions' returns, `[rows, quantiles · choices]`: for each quantile, all actions.
  func returns(_ x: Variable) -> Variable { head(body(x)) }

  /// The mean of each action's quantiles, `[rows, choices]`.
  func means(of returns: Variable) -> Variable {
    let (share, choices) = (1 / Float(quantiles), choices)
    let mean = (0..<quantiles * choices * choices).map {
      ($0 / choices) % choices == $0 % choices ? share : 0
    }
    return returns.linear(
      returns.graph.constant(mean, shape: .matrix(quantiles * choices, choices)))
  }

  /// Values in which forbidden choices are below all others.
  static func masked(_ values: Variable, _ mask: Variable?) -> Variable {
    guard let mask else { return values }
    return values * mask + (mask - 1) * 1e8
  }
}
