internal import RLCore
internal import RLSupport
internal import RLTensor

/// The loss of the critics (Haarnoja et al. 2018, equations 5 and 6): half the squared distance to the reward and the
/// discounted soft value of the next observation.
struct SACCriticLoss {
  let inputs: ReplayInputs
  /// Standard normal numbers at the next observations.
  let nextNoise: Variable
  /// The entropy coefficient α.
  let alpha: Variable
  let loss: Variable
  /// The value that the first critic gives.
  let value: Variable
  let program: BatchProgram

  init(
    _ c: SACSettings, _ networks: SACNetworks, actor: Parameters, critics: Parameters,
    targetCritics: Parameters, of loop: OffPolicyLoop
  ) throws(ShapeError) {
    let graph = Graph(parameters: critics, rows: c.batchSize)
    inputs = ReplayInputs(in: graph, of: loop.collector, indexActions: false)
    nextNoise = networks.noise(in: graph, name: "next noise")
    alpha = graph.input(.scalar, name: "entropy coefficient")

    let (x, nextX, noise) = (inputs.observations, inputs.nextObservations, nextNoise)
    let next = graph.using(actor) { networks.sample(nextX, noise: noise) }
    let nextValue = graph.using(targetCritics) { networks.critics.lowest(nextX, next.actions) }
    let softValue = nextValue - next.logProbability * alpha
    let target = inputs.rewards + inputs.nextWeights * softValue
    let values = networks.critics.values(x, inputs.actions)
    loss = Critics.squaredErrors(values, target) * 0.5
    value = values[0]
    program = try BatchProgram(meanOf: loss, outputs: [value], on: loop.team)
  }
}

/// The loss of the policy (Haarnoja et al. 2018, equation 9): the entropy-weighted log-density minus the value of its
/// own actions.
struct SACActorLoss {
  let inputs: ReplayInputs
  /// Standard normal numbers at the observations.
  let noise: Variable
  /// The entropy coefficient α.
  let alpha: Variable
  let loss: Variable
  let logProbability: Variable
  let program: BatchProgram

  init(
    _ c: SACSettings, _ networks: SACNetworks, actor: Parameters, critics: Parameters,
    of loop: OffPolicyLoop
  ) throws(ShapeError) {
    let graph = Graph(parameters: actor, rows: c.batchSize)
    inputs = ReplayInputs(in: graph, of: loop.collector, indexActions: false)
    noise = networks.noise(in: graph, name: "noise")
    alpha = graph.input(.scalar, name: "entropy coefficient")

    let x = inputs.observations
    let own = networks.sample(x, noise: noise)
    let value = graph.using(critics) { networks.critics.lowest(x, own.actions) }
    logProbability = own.logProbability
    loss = logProbability * alpha - value
    program = try BatchProgram(meanOf: loss, outputs: [logProbability], on: loop.team)
  }
}
