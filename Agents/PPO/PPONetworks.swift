internal import RLCore
internal import RLTensor

/// The policy and the value function, and where their weights lie.
struct PPONetworks {
  let actions: ActionDistribution
  let inputs: Int
  let layout: ParameterLayout
  /// The policy's part of the block of weights; the value function's is the rest.
  let policyRange: Range<Int>
  let valueRange: Range<Int>
  let isShared: Bool
  private let shared: MultilayerPerceptron?
  private let policyBody: MultilayerPerceptron
  private let policyHead: Linear
  let logDeviation: Parameter?
  private let valueBody: MultilayerPerceptron
  private let valueHead: Linear

  init(_ c: PPOConfiguration, spec: EnvironmentSpec) {
    actions = ActionDistribution(spec.actionSpace)
    inputs = spec.observationSpace.flatWidth
    var layout = ParameterLayout()
    func initializer(_ gain: Double) -> Initializer? {
      c.orthogonalInitialization ? .orthogonal(gain: Float(gain)) : nil
    }
    let body = initializer(2.0.squareRoot())
    shared =
      c.sharedWidths.isEmpty
      ? nil
      : MultilayerPerceptron(
        inputs: inputs, widths: c.sharedWidths, activation: c.activation,
        name: "mlp_extractor.shared_net", initializer: body, in: &layout)
    isShared = shared != nil
    let width = shared?.outputs ?? inputs
    policyBody = MultilayerPerceptron(
      inputs: width, widths: c.policyWidths, activation: c.activation,
      name: "mlp_extractor.policy_net", initializer: body, in: &layout)
    policyHead = Linear(
      policyBody.outputs, actions.outputs, name: "action_net", initializer: initializer(0.01),
      in: &layout)
    logDeviation =
      actions.isContinuous
      ? layout.add(
        "log_std", .vector(actions.outputs), .constant(Float(c.initialLogDeviation))) : nil
    let middle = layout.end
    valueBody = MultilayerPerceptron(
      inputs: width, widths: c.valueWidths, activation: c.activation,
      name: "mlp_extractor.value_net", initializer: body, in: &layout)
    valueHead = Linear(
      valueBody.outputs, 1, name: "value_net", initializer: initializer(1), in: &layout)
    policyRange = 0..<middle
    valueRange = middle..<layout.end
    self.layout = layout
  }

  /// Logits or means, `[rows, outputs]`.
  func policy(_ x: Variable) -> Variable { policyHead(policyBody(shared?(x) ?? x)) }

  /// Values, `[rows]`.
  func value(_ x: Variable) -> Variable { valueHead(valueBody(shared?(x) ?? x)).asVector() }

  /// The distribution of actions given the policy's output.
  func distribution(_ output: Variable, mask: Variable?) -> any Distribution {
    switch actions {
    case .discrete: Categorical(logits: output, mask: mask)
    case .multiDiscrete(let counts): MultiCategorical(logits: output, counts: counts, mask: mask)
    case .binary: Bernoulli(logits: output)
    case .continuous:
      DiagonalGaussian(
        mean: output,
        logDeviation: logDeviation.map { output.graph.parameter($0) } ?? output)
    }
  }
}
