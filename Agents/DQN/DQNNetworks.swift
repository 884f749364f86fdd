internal import RLCore
internal import RLTensor

/// The network of action values, or of the quantiles of returns, whose means are the values.
struct DQNNetworks {
  let observationDimension: Int
  /// How many actions there are.
  let actionCount: Int
  /// The environment's number of the first action.
  let start: Int
  /// How many quantiles each action has; 0 without.
  let quantiles: Int
  let layout: ParameterLayout
  private let body: MultilayerPerceptron
  private let head: Linear
  /// The value of the state, if it is apart from the advantages.
  private let valueHead: Linear?

  init(_ c: DQNSettings, spec: EnvironmentSpec) {
    observationDimension = spec.observationSpace.flatWidth
    guard case .discrete(let actionCount, let start) = spec.actionSpace else {
      preconditionFailure("\(spec.id): DQN needs a discrete action space")
    }
    (self.actionCount, self.start) = (actionCount, start)
    var layout = ParameterLayout()
    body = MultilayerPerceptron(
      inputs: observationDimension, widths: c.widths, activation: c.activation, name: "q_net",
      normalizesLayers: c.normalizeLayers, in: &layout)
    // The names of PyTorch's `Sequential`, in which the head follows the last activation.
    let place = (c.normalizeLayers ? 3 : 2) * c.widths.count
    quantiles = c.quantiles
    head = Linear(
      body.outputs, max(1, quantiles) * actionCount, name: "q_net.\(place)", in: &layout)
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

  /// The quantiles of all actions' returns, `[rows, quantiles · actions]`: for each quantile, all actions.
  func returns(_ x: Variable) -> Variable { head(body(x)) }

  /// The mean of each action's quantiles, `[rows, choices]`.
  func means(of returns: Variable) -> Variable {
    let (share, count) = (1 / Float(quantiles), actionCount)
    let mean = (0..<quantiles * count * count).map {
      ($0 / count) % count == $0 % count ? share : 0
    }
    return returns.linear(
      returns.graph.constant(mean, shape: .matrix(quantiles * count, count)))
  }

  /// Values in which forbidden choices are below all others.
  static func masked(_ values: Variable, _ mask: Variable?) -> Variable {
    guard let mask else { return values }
    return values * mask + (mask - 1) * 1e8
  }
}
