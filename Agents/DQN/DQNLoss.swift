internal import RLCore
internal import RLTensor

/// The loss of the values, or of the quantiles of returns.
struct DQNLoss {
  private let inputs: ReplayInputs
  private let loss: Variable
  private let error: Variable
  private let value: Variable
  private let program: BatchProgram

  /// - Parameters:
  ///   - parameters: The network's weights.
  ///   - target: The target network's weights.
  init(
    _ c: DQNSettings, _ networks: DQNNetworks, parameters: Parameters, target: Parameters,
    of loop: OffPolicyLoop
  ) throws(ShapeError) {
    let graph = Graph(parameters: parameters, rows: c.batchSize)
    inputs = ReplayInputs(in: graph, of: loop.collector, indexActions: true)
    let terms =
      c.quantiles > 0
      ? Self.quantileTerms(c, networks, inputs, graph, target)
      : Self.valueTerms(c, networks, inputs, graph, target)
    loss = c.prioritizedReplay ? terms.loss * inputs.importance : terms.loss
    (error, value) = (terms.error, terms.value)
    program = try BatchProgram(meanOf: loss, outputs: [error, value], on: loop.team)
  }

  /// Computes the loss of the loop's batch and its gradients.
  func run(_ loop: OffPolicyLoop, _ c: DQNSettings) {
    program.run(c.batchSize) { inputs.fill($0, from: loop, c) }
  }

  var mean: Double { program.mean(loss) }
  /// The mean value of the actions taken.
  var meanValue: Double { program.mean(value) }
  /// Value minus target of each transition.
  var errors: UnsafePointer<Float> { UnsafePointer(program[error].pointer) }
  /// The squared norm of the gradients.
  var squaredGradientNorm: Float { program.squaredGradientNorm }

  /// The loss, the error and the value of each transition, as vectors `[rows]`.
  private typealias Terms = (loss: Variable, error: Variable, value: Variable)

  /// The distance to the reward and the discounted value of the best next action.
  private static func valueTerms(
    _ c: DQNSettings, _ networks: DQNNetworks, _ inputs: ReplayInputs, _ graph: Graph,
    _ targetNetwork: Parameters
  ) -> Terms {
    let nextValues = graph.using(targetNetwork) {
      DQNNetworks.masked(networks.values(inputs.nextObservations), inputs.nextMasks)
    }
    let next: Variable
    if c.isDouble {
      let best = DQNNetworks.masked(networks.values(inputs.nextObservations), inputs.nextMasks)
      next = nextValues.gathered(at: best.rowArgmax())
    } else {
      next = nextValues.rowMaxima()
    }
    let target = inputs.rewards + inputs.nextDiscounts * next
    let value = networks.values(inputs.observations).gathered(at: inputs.actions)
    let error = value - target
    return (c.usesSquaredLoss ? error.squared() : error.huber(), error, value)
  }

  /// Quantile regression on the reward and the discounted quantiles of the best next action (Dabney et al.
  /// 2018, algorithm 1).
  private static func quantileTerms(
    _ c: DQNSettings, _ networks: DQNNetworks, _ inputs: ReplayInputs, _ graph: Graph,
    _ targetNetwork: Parameters
  ) -> Terms {
    let nextQuantiles = graph.using(targetNetwork) { networks.returns(inputs.nextObservations) }
    let choosing = c.isDouble ? networks.returns(inputs.nextObservations) : nextQuantiles
    let best = DQNNetworks.masked(networks.means(of: choosing), inputs.nextMasks).rowArgmax()
    let next = nextQuantiles.gathered(at: best, choices: networks.actionCount)
    let target = inputs.rewards.asColumn() + inputs.nextDiscounts.asColumn() * next
    let own = networks.returns(inputs.observations).gathered(
      at: inputs.actions, choices: networks.actionCount)
    let value = own.rowMeans()
    return (own.quantileHuber(to: target), value - target.rowMeans(), value)
  }
}
