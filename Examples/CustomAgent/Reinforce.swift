internal import RLGym

/// REINFORCE with a baseline (Williams 1992; Sutton and Barto 2018, section 13.4).
///
/// After `rolloutSteps` steps of each environment it takes one step along (G - b(s)) ∇ log π(a|s). Where the
/// rollout or a time limit cuts an episode, the baseline stands in for the rest of its return G.
///
/// CartPole with the preset, 10 seeds (`swift run -c release CustomAgent benchmark run reinforce,ppo CartPole --output
/// study`): final return 500 [500, 500] (interquartile mean, 95% interval), 475 after 82,944 steps in the median.
final class Reinforce: OnPolicyAgent {
  static let name = "reinforce"
  static let summary = "REINFORCE with a baseline (Williams 1992): on-policy, discrete actions"
  static let presets = ["CartPole-v1": Preset<ReinforceSettings>(steps: 250_000)]

  var configuration: ReinforceSettings
  let loop: OnPolicyLoop
  private let inputs: RolloutInputs
  private let loss, entropy: Variable
  private let program: BatchProgram

  init(
    _ c: ReinforceSettings, environments: any VectorEnvironment, seed: UInt64, steps: Int,
    threads: Int
  ) throws {
    configuration = c
    loop = try OnPolicyLoop(
      of: Self.self, c, environments: environments, seed: seed, steps: steps, threads: threads)
    inputs = loop.graph().inputs
    let policy = inputs.distribution(logits: loop.networks.logits(inputs.observations))
    let baseline = loop.networks.values(inputs.observations)
    entropy = policy.entropy
    loss =
      (baseline - inputs.returns).squared() * Float(c.valueCoefficient)
      - policy.logProbability(of: inputs.actions) * inputs.advantages
      - entropy * Float(c.entropyCoefficient)
    program = try BatchProgram(meanOf: loss, outputs: [entropy], on: loop.team)
  }

  static func networks(_ c: ReinforceSettings, for spec: EnvironmentSpec) -> ActorCritic {
    var layout = ParameterLayout()
    func network(_ name: String, outputs: Int, gain: Float) -> (Variable) -> Variable {
      let body = MultilayerPerceptron(
        inputs: spec.observationSpace.flatWidth, widths: c.widths, activation: .tanh, name: name,
        initializer: .orthogonal(gain: 1.4), in: &layout)
      let head = Linear(
        body.outputs, outputs, name: name + ".head", initializer: .orthogonal(gain: gain),
        in: &layout)
      return { head(body($0)) }
    }
    let logits = network("policy", outputs: spec.actionSpace.flatWidth, gain: 0.01)
    let baseline = network("baseline", outputs: 1, gain: 1)
    return ActorCritic(layout, logits: logits, values: { baseline($0).asVector() })
  }

  func learn(from rollout: RolloutBuffer) throws -> [(name: String, value: Double)] {
    let rate = try loop.descend(configuration.learningRate, on: program) {
      inputs.fill($0, from: rollout)
    }
    return [
      ("learning_rate", rate), ("loss", program.mean(loss)),
      ("entropy_loss", -program.mean(entropy)),
      ("explained_variance", rollout.explainedVariance),
    ]
  }
}
