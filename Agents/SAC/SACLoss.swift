internal import RLCore
internal import RLTensor

/// The traced losses of one half of a batch.
final class SACLoss {
  let views: ReplayViews
  let criticProgram: Program
  let nextNoise: TensorView
  let criticAlpha: TensorView
  let criticLoss: TensorView
  let meanValue: TensorView

  let actorProgram: Program
  let actorObservations: TensorView
  let actorNoise: TensorView
  let actorAlpha: TensorView
  let actorLoss: TensorView
  /// The mean log-density of the policy's actions, over the whole batch.
  let logProbability: TensorView

  /// - Parameters:
  ///   - actor: The policy's weights, with gradients of this half.
  ///   - critics: The critics' weights, with gradients of this half.
  ///   - targetCritics: The target critics' weights.
  init(
    _ c: SACSettings, _ networks: SACNetworks, actor: Parameters, critics: Parameters,
    targetCritics: Parameters, half: Int, of loop: OffPolicyLoop
  ) throws(ShapeError) {
    let count = loop.halves.rows[half].count
    let noiseShape =
      c.stateDependentExploration
      ? Shape.matrix(networks.features, networks.actionDimension)
      : .matrix(count, networks.actionDimension)

    // Critics (Haarnoja et al. 2018, equations 5 and 6): the squared distance to the reward and the
    // discounted soft value of the next observation.
    let graph = Graph(parameters: critics)
    let inputs = ReplayInputs(graph, half: half, of: loop, indexActions: false)
    let noise = graph.input(noiseShape, name: "next noise")
    let alpha = graph.input(.scalar, name: "entropy coefficient")
    let next = graph.using(actor) { networks.sample(inputs.nextObservations, noise: noise) }
    let nextValues = graph.using(targetCritics) {
      networks.critics.lowest(inputs.nextObservations, next.actions)
    }
    let target = inputs.rewards + inputs.nextWeights * (nextValues - next.logProbability * alpha)
    let critic = networks.critics.loss(
      inputs.observations, inputs.actions, target: target, over: c.batchSize)
    let criticObjective = critic.loss * 0.5
    criticProgram = try Program(
      loss: criticObjective, outputs: [critic.meanValue], differentiating: critics)
    views = inputs.views(in: criticProgram)
    nextNoise = criticProgram[noise]
    criticAlpha = criticProgram[alpha]
    criticLoss = criticProgram[criticObjective]
    meanValue = criticProgram[critic.meanValue]

    // The policy (equation 9): the entropy-weighted log-density minus the value of its own actions.
    let actorGraph = Graph(parameters: actor)
    let x = actorGraph.input(.matrix(count, networks.observationDimension), name: "observations")
    let own = actorGraph.input(noiseShape, name: "noise")
    let weight = actorGraph.input(.scalar, name: "entropy coefficient")
    let drawn = networks.sample(x, noise: own)
    let value = actorGraph.using(critics) { networks.critics.lowest(x, drawn.actions) }
    let share = 1 / Float(c.batchSize)
    let density = drawn.logProbability.sum() * share
    let objective = (drawn.logProbability * weight - value).sum() * share
    actorProgram = try Program(
      loss: objective, outputs: [density], differentiating: actor)
    actorObservations = actorProgram[x]
    actorNoise = actorProgram[own]
    actorAlpha = actorProgram[weight]
    actorLoss = actorProgram[objective]
    logProbability = actorProgram[density]
  }
}
