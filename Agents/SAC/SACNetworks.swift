internal import RLCore
internal import RLTensor

/// The policy and the critics.
struct SACNetworks {
  let observationDimension: Int
  let actionDimension: Int
  let layout: ParameterLayout
  let critics: Critics
  private let body: NetworkBody
  private let mean: Linear
  /// Makes logarithms of deviations from features.
  private let deviation: Linear?
  /// Logarithms of deviations `[features, actions]` of noise that depends on the state.
  let stateDeviation: Parameter?
  /// The width of the policy's last hidden layer.
  var features: Int { body.outputs }

  init(_ c: SACSettings, spec: EnvironmentSpec) {
    observationDimension = spec.observationSpace.flatWidth
    actionDimension = ActionCodec(spec.actionSpace).width
    var layout = ParameterLayout()
    body = NetworkBody(
      c.networkStyle(normalizesLayers: false), inputs: observationDimension,
      widths: c.actorWidths, activation: c.activation, name: "latent_pi", in: &layout)
    mean = Linear(
      body.outputs, actionDimension, name: c.stateDependentExploration ? "mu.0" : "mu", in: &layout)
    if c.stateDependentExploration {
      deviation = nil
      stateDeviation = layout.add(
        "log_std", .matrix(body.outputs, actionDimension), .constant(Float(c.initialLogDeviation)))
    } else {
      deviation = Linear(body.outputs, actionDimension, name: "log_std", in: &layout)
      stateDeviation = nil
    }
    self.layout = layout
    critics = Critics(
      inputs: observationDimension + actionDimension, widths: c.criticWidths,
      activation: c.activation, style: c.networkStyle(normalizesLayers: c.normalizeLayers),
      count: c.criticCount)
  }

  /// What exploration needs: means before they are squashed, and logarithms of deviations, or the features
  /// if noise depends on them.
  func exploration(_ x: Variable) -> [Variable] {
    let features = body(x)
    if stateDeviation != nil { return [boundedMean(features), features] }
    let gaussian = gaussian(features)
    return [gaussian.mean, gaussian.logDeviation]
  }

  /// Actions before they are squashed: their means and logarithms of deviations, `[rows, actions]`.
  func gaussian(of x: Variable) -> (mean: Variable, logDeviation: Variable) { gaussian(body(x)) }

  private func gaussian(_ features: Variable) -> (mean: Variable, logDeviation: Variable) {
    if let deviation { return (mean(features), deviation(features).clamped(to: -20...2)) }
    guard let stateDeviation else { preconditionFailure("SAC has one kind of deviation") }
    // Noise is the features times independent numbers of these deviations.
    let logDeviation = features.graph.parameter(stateDeviation)
    let variance = features.squared().linear((logDeviation * 2).exp()) + 1e-6
    return (boundedMean(features), variance.log() * 0.5)
  }

  /// With noise that depends on the state, means stay where tanh is not yet flat (Raffin et al. 2022).
  private func boundedMean(_ features: Variable) -> Variable {
    mean(features).clamped(to: -2...2)
  }

  /// Standard normal numbers for `sample` as an input: `[rows, actions]`, or `[features, actions]` if noise depends on the
  /// state.
  func noise(in graph: Graph, name: String) -> Variable {
    stateDeviation == nil
      ? graph.rowInput(actionDimension, name: name)
      : graph.input(.matrix(features, actionDimension), name: name)
  }

  /// Actions by reparameterization, and their log-densities `[rows]`.
  ///
  /// - Parameters:
  ///   - noise: Standard normal numbers, `[rows, actions]`, or `[features, actions]` if noise depends on the state.
  ///   - isTraining: Whether batch normalization takes its statistics from the rows.
  func sample(_ x: Variable, noise: Variable, isTraining: Bool = false) -> (
    actions: Variable, logProbability: Variable
  ) {
    let features = body(x, isTraining: isTraining)
    let (mean, logDeviation) = gaussian(features)
    let distribution = SquashedGaussian(mean: mean, logDeviation: logDeviation)
    guard let stateDeviation else { return distribution.sample(noise: noise) }
    let deviations = features.graph.parameter(stateDeviation).exp()
    return distribution.sample(shift: features.linear(deviations * noise))
  }
}
