internal import RLCore
internal import RLTensor

/// The policy and the critics.
struct SACNetworks {
  let inputs: Int
  /// The number of actions.
  let size: Int
  let layout: ParameterLayout
  let critics: Critics
  private let body: MultilayerPerceptron
  private let mean: Linear
  /// Makes logarithms of deviations from features.
  private let deviation: Linear?
  /// Logarithms of deviations `[features, actions]` of noise that depends on the state.
  let stateDeviation: Parameter?
  /// The width of the policy's last hidden layer.
  var features: Int { body.outputs }

  init(_ c: SACSettings, spec: EnvironmentSpec) {
    inputs = spec.observationSpace.flatWidth
    size = ActionDistribution(spec.actionSpace).width
    var layout = ParameterLayout()
    body = MultilayerPerceptron(
      inputs: inputs, widths: c.actorWidths, activation: c.activation, name: "latent_pi",
      in: &layout)
    mean = Linear(
      body.outputs, size, name: c.stateDependentExploration ? "mu.0" : "mu", in: &layout)
    if c.stateDependentExploration {
      deviation = nil
      stateDeviation = layout.add(
        "log_std", .matrix(body.outputs, size), .constant(Float(c.initialLogDeviation)))
    } else {
      deviation = Linear(body.outputs, size, name: "log_std", in: &layout)
      stateDeviation = nil
    }
    self.layout = layout
    critics = Critics(
      inputs: inputs + size, widths: c.criticWidths, activation: c.activation,
      normalizesLayers: c.normalizeLayers, count: c.criticCount)
  }

  /// What acting needs: the mean, and logarithms of deviations, or features if noise depends on them.
  func outputs(_ x: Variable) -> [Variable] {
    let features = body(x)
    guard let deviation else { return [boundedMean(features), features] }
    return [mean(features), deviation(features).clamped(to: -20...2)]
  }

  /// With noise that depends on the state, means stay where tanh is not yet flat (Raffin et al. 2022).
  private func boundedMean(_ features: Variable) -> Variable {
    mean(features).clamped(to: -2...2)
  }

  /// Actions by reparameterization, and their log-densities `[rows]`.
  ///
  /// - Parameter noise: Standard normal numbers, `[rows, actions]`, or `[features, actions]` if noise depends
  ///   on the state.
  func sample(_ x: Variable, noise: Variable) -> (actions: Variable, logProbability: Variable) {
    guard let stateDeviation else {
      let output = outputs(x)
      return SquashedGaussian(mean: output[0], logDeviation: output[1]).sample(noise: noise)
    }
    let features = body(x)
    let logDeviation = features.graph.parameter(stateDeviation)
    let variance = features.squared().linear((logDeviation * 2).exp()) + 1e-6
    return SquashedGaussian(mean: boundedMean(features), logDeviation: variance.log() * 0.5)
      .sample(shift: features.linear(logDeviation.exp() * noise))
  }
}
