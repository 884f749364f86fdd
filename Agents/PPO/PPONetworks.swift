internal import RLCore
internal import RLTensor

/// The policy and the value function, and where their weights lie.
struct PPONetworks {
  let actions: ActionCodec
  let observationDimension: Int
  let layout: ParameterLayout
  private let shared: MultilayerPerceptron?
  private let policyMemory: RecurrentLayer?
  private let valueMemory: RecurrentLayer?
  private let policyBody: MultilayerPerceptron
  private let policyHead: Linear
  /// Logarithms of standard deviations: `[actions]`, or `[features, actions]` if they depend on the state.
  let logDeviation: Parameter?
  /// The width of the policy's last hidden layer, if noise depends on it.
  let features: Int?
  private let valueBody: MultilayerPerceptron
  private let valueHead: Linear

  init(_ c: PPOSettings, spec: EnvironmentSpec) {
    actions = ActionCodec(spec.actionSpace)
    observationDimension = spec.observationSpace.flatWidth
    var layout = ParameterLayout()
    func initializer(_ gain: Double) -> Initializer? {
      c.orthogonalInitialization ? .orthogonal(gain: Float(gain)) : nil
    }
    let body = initializer(2.0.squareRoot())
    shared =
      c.sharedWidths.isEmpty
      ? nil
      : MultilayerPerceptron(
        inputs: observationDimension, widths: c.sharedWidths, activation: c.activation,
        name: "mlp_extractor.shared_net", initializer: body, in: &layout)
    let inputs = shared?.outputs ?? observationDimension
    func memory(_ owner: String) -> RecurrentLayer? {
      c.recurrent.map {
        RecurrentLayer(
          $0, inputs, c.recurrentWidth, name: "\($0.rawValue)_\(owner)", in: &layout)
      }
    }
    policyMemory = memory("actor")
    valueMemory = memory("critic")
    let width = policyMemory?.width ?? inputs
    policyBody = MultilayerPerceptron(
      inputs: width, widths: c.policyWidths, activation: c.activation,
      name: "mlp_extractor.policy_net", initializer: body, in: &layout)
    policyHead = Linear(
      policyBody.outputs, actions.outputs, name: "action_net", initializer: initializer(0.01),
      in: &layout)
    features =
      actions.isContinuous && c.stateDependentExploration ? policyBody.outputs : nil
    let deviationShape: Shape =
      c.stateDependentExploration
      ? .matrix(policyBody.outputs, actions.outputs) : .vector(actions.outputs)
    logDeviation =
      actions.isContinuous
      ? layout.add("log_std", deviationShape, .constant(Float(c.initialLogDeviation))) : nil
    valueBody = MultilayerPerceptron(
      inputs: width, widths: c.valueWidths, activation: c.activation,
      name: "mlp_extractor.value_net", initializer: body, in: &layout)
    valueHead = Linear(
      valueBody.outputs, 1, name: "value_net", initializer: initializer(1), in: &layout)
    self.layout = layout
  }

  /// How many numbers the policy remembers from step to step, and as many the value function; 0 without memory.
  var memoryWidth: Int { policyMemory?.stateWidth ?? 0 }

  /// What the policy says of rows.
  struct Policy {
    /// Its last hidden layer, `[rows, features]`.
    let features: Variable
    /// Logits or means, `[rows, outputs]`.
    let output: Variable
    /// What it remembers then, `[rows, memoryWidth]`, if anything.
    let memory: Variable?
  }

  func policy(_ x: Variable, _ recall: Recall? = nil) -> Policy {
    policy(after: hidden(x), recall)
  }

  /// Values, `[rows]`, and what the value function remembers then, `[rows, memoryWidth]`, if anything.
  func value(_ x: Variable, _ recall: Recall? = nil) -> (values: Variable, memory: Variable?) {
    value(after: hidden(x), recall)
  }

  /// The layers that policy and value function share, if there are any.
  func hidden(_ x: Variable) -> Variable { shared?(x) ?? x }

  func policy(after hidden: Variable, _ recall: Recall?) -> Policy {
    let (input, memory) = Self.recall(policyMemory, hidden, recall)
    let features = policyBody(input)
    return Policy(features: features, output: policyHead(features), memory: memory)
  }

  func value(after hidden: Variable, _ recall: Recall?) -> (values: Variable, memory: Variable?) {
    let (input, memory) = Self.recall(valueMemory, hidden, recall)
    return (valueHead(valueBody(input)).asVector(), memory)
  }

  /// What a recurrent layer makes of its input, and its states then; the input itself without one.
  private static func recall(
    _ layer: RecurrentLayer?, _ input: Variable, _ recall: Recall?
  ) -> (output: Variable, states: Variable?) {
    guard let layer else { return (input, nil) }
    guard let recall else {
      preconditionFailure("PPONetworks: a recurrent layer needs what it remembers")
    }
    let states = layer(input, keep: recall.keep, start: recall.start)
    return (layer.output(states), states)
  }

  /// The logarithms of the standard deviations: `[actions]`, or `[rows, actions]` if noise depends on the
  /// features φ: σ² = φ² · exp(log_std)², through which the features do not learn.
  func logDeviations(_ features: Variable) -> Variable? {
    guard let logDeviation else { return nil }
    let parameter = features.graph.parameter(logDeviation)
    if self.features == nil { return parameter }
    let squares = features.stoppingGradient().squared()
    return (squares.linear((parameter * 2).exp()) + 1e-6).log() * 0.5
  }

  /// The distribution of actions given what `policy` returned.
  func distribution(_ policy: Policy, mask: Variable?) -> any Distribution {
    let output = policy.output
    return actions.distribution(logits: output, mask: mask)
      ?? DiagonalGaussian(mean: output, logDeviation: logDeviations(policy.features) ?? output)
  }
}
