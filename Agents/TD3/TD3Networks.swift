internal import RLCore
internal import RLTensor

/// The policy and the critics.
struct TD3Networks {
  let observationDimension: Int
  let actionDimension: Int
  let layout: ParameterLayout
  let critics: Critics
  private let body: MultilayerPerceptron
  private let head: Linear

  init(_ c: TD3Settings, spec: EnvironmentSpec) {
    observationDimension = spec.observationSpace.flatWidth
    actionDimension = ActionCodec(spec.actionSpace).width
    var layout = ParameterLayout()
    body = MultilayerPerceptron(
      inputs: observationDimension, widths: c.actorWidths, activation: c.activation, name: "mu",
      in: &layout)
    head = Linear(body.outputs, actionDimension, name: "mu.\(2 * c.actorWidths.count)", in: &layout)
    self.layout = layout
    critics = Critics(
      inputs: observationDimension + actionDimension, widths: c.criticWidths,
      activation: c.activation, style: .plain(normalizesLayers: c.normalizeLayers),
      count: c.criticCount)
  }

  /// What the last layer gives, before it is squashed, `[rows, actions]`.
  func preactivations(_ x: Variable) -> Variable { head(body(x)) }

  /// Actions from -1 to 1, `[rows, actions]`.
  func actions(_ x: Variable) -> Variable { preactivations(x).tanh() }
}
