internal import RLCore
internal import RLTensor

/// The traced losses of one half of a batch.
final class TD3Loss {
  let views: ReplayViews
  let criticProgram: Program
  /// Standard normal numbers behind the noise on the target policy's actions.
  let targetNoise: TensorView
  let criticLoss: TensorView
  let meanValue: TensorView

  let actorProgram: Program
  let actorObservations: TensorView
  let actorLoss: TensorView

  /// - Parameters:
  ///   - actor: The policy's weights, with gradients of this half.
  ///   - critics: The critics' weights, with gradients of this half.
  ///   - targets: The target policy's and critics' weights.
  init(
    _ c: TD3Settings, _ networks: TD3Networks, actor: Parameters, critics: Parameters,
    targets: (actor: Parameters, critics: Parameters), half: Int, of loop: OffPolicyLoop
  ) throws(ShapeError) {
    let count = loop.halves.rows[half].count
    // Critics (Fujimoto et al. 2018, equations 14 and 15): the squared distance to the reward and the
    // discounted value of the target policy's action with clipped noise.
    let graph = Graph(parameters: critics)
    let inputs = ReplayInputs(graph, half: half, of: loop, indexActions: false)
    let noise = graph.input(.matrix(count, networks.actionDimension), name: "target noise")
    let clip = Float(c.targetNoiseClip)
    let shift = (noise * Float(c.targetNoise)).clamped(to: -clip...clip)
    let next = graph.using(targets.actor) {
      (networks.actions(inputs.nextObservations) + shift).clamped(to: -1...1)
    }
    let nextValues = graph.using(targets.critics) {
      networks.critics.lowest(inputs.nextObservations, next)
    }
    let target = inputs.rewards + inputs.nextWeights * nextValues
    let critic = networks.critics.loss(
      inputs.observations, inputs.actions, target: target, over: c.batchSize)
    criticProgram = try Program(
      loss: critic.loss, outputs: [critic.meanValue], differentiating: critics)
    views = inputs.views(in: criticProgram)
    targetNoise = criticProgram[noise]
    criticLoss = criticProgram[critic.loss]
    meanValue = criticProgram[critic.meanValue]

    // The policy (algorithm 1): the value that the first critic gives to its own actions.
    let actorGraph = Graph(parameters: actor)
    let x = actorGraph.input(.matrix(count, networks.observationDimension), name: "observations")
    let raw = networks.preactivations(x)
    let value = actorGraph.using(critics) { networks.critics.first(x, raw.tanh()) }
    var objective = value.sum() * (-1 / Float(c.batchSize))
    if c.preactivationPenalty > 0 {
      // Where tanh is flat the value's gradient vanishes; this one does not.
      objective =
        objective + raw.squared().sum() * Float(c.preactivationPenalty / Double(c.batchSize))
    }
    actorProgram = try Program(loss: objective, differentiating: actor)
    actorObservations = actorProgram[x]
    actorLoss = actorProgram[objective]
  }
}
