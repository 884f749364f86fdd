internal import RLGym

/// The policy, the baseline, and the loss of both.
struct ReinforceNetworks {
  let layout: ParameterLayout
  private let policyBody: MultilayerPerceptron
  private let policyHead: Linear
  private let baselineBody: MultilayerPerceptron
  private let baselineHead: Linear

  init(_ settings: ReinforceSettings, _ spec: EnvironmentSpec) {
    var layout = ParameterLayout()
    func body(_ name: String) -> MultilayerPerceptron {
      MultilayerPerceptron(
        inputs: spec.observationSpace.flatWidth, widths: settings.widths, activation: .tanh,
        name: name, initializer: .orthogonal(gain: 1.4), in: &layout)
    }
    policyBody = body("policy")
    policyHead = Linear(
      policyBody.outputs, spec.actionSpace.flatWidth, name: "logits",
      initializer: .orthogonal(gain: 0.01), in: &layout)
    baselineBody = body("baseline")
    baselineHead = Linear(
      baselineBody.outputs, 1, name: "value", initializer: .orthogonal(gain: 1), in: &layout)
    self.layout = layout
  }

  /// Logits of the actions, `[rows, actions]`.
  func logits(_ observations: Variable) -> Variable { policyHead(policyBody(observations)) }

  /// The baseline b(s), `[rows]`.
  func baseline(_ observations: Variable) -> Variable {
    baselineHead(baselineBody(observations)).asVector()
  }
}

/// The loss of a rollout, traced once and run after each.
final class ReinforceLoss {
  private let observations, actions, returns, loss, entropy: Variable
  private let program: Program

  init(
    _ networks: ReinforceNetworks, _ weights: Parameters, _ c: ReinforceSettings,
    _ spec: EnvironmentSpec, rows: Int
  ) throws {
    let graph = Graph(parameters: weights)
    observations = graph.input(.matrix(rows, spec.observationSpace.flatWidth))
    actions = graph.input(.vector(rows))
    returns = graph.input(.vector(rows))
    let policy = Categorical(logits: networks.logits(observations))
    let baseline = networks.baseline(observations)
    let advantages = (returns - baseline).stoppingGradient()
    entropy = policy.meanEntropy
    loss =
      (baseline - returns).squared().mean() * Float(c.valueCoefficient)
      - (policy.logProbability(of: actions) * advantages).mean()
      - entropy * Float(c.entropyCoefficient)
    program = try Program(loss: loss, outputs: [entropy])
  }

  /// Computes the loss and the gradients.
  func run(_ rollout: Rollout) -> [(name: String, value: Double)] {
    program[observations].assign(rollout.observations)
    program[actions].assign(rollout.actions)
    program[returns].assign(rollout.returns)
    program.run()
    return [
      ("loss", Double(program[loss].value)), ("entropy_loss", -Double(program[entropy].value)),
    ]
  }
}
