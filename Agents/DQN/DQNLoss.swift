internal import RLCore
internal import RLTensor

/// The traced loss of one half of a batch.
final class DQNLoss {
  let views: ReplayViews
  let program: Program
  /// Importance weights, if transitions are drawn by priority.
  private let weights: TensorView?
  /// Value minus target of each transition.
  let errors: TensorView
  let loss: TensorView
  /// The mean value of the actions taken.
  let meanValue: TensorView

  /// - Parameters:
  ///   - parameters: The network's weights, with gradients of this half.
  ///   - target: The target network's weights.
  init(
    _ c: DQNSettings, _ networks: DQNNetworks, parameters: Parameters, target: Parameters,
    half: Int, of loop: OffPolicyLoop
  ) throws(ShapeError) {
    let graph = Graph(parameters: parameters)
    let inputs = ReplayInputs(graph, half: half, of: loop, indexActions: true)
    let w =
      c.prioritizedReplay
      ? graph.input(.vector(inputs.rows.count), name: "importance weights") : nil

    var (terms, error, value) =
      c.quantiles > 0
      ? Self.quantileTerms(c, networks, inputs, graph, target)
      : Self.valueTerms(c, networks, inputs, graph, target)
    if let w { terms = terms * w }
    let share = 1 / Float(c.batchSize)
    let total = terms.sum() * share
    let mean = value.sum() * share

    program = try Program(
      loss: total, outputs: [error, mean], differentiating: parameters)
    views = inputs.views(in: program)
    let program = program
    weights = w.map { program[$0] }
    errors = program[error]
    loss = program[total]
    meanValue = program[mean]
  }

  /// Fills in this half's importance weights, if transitions are drawn by priority.
  func fillWeights(from halves: BatchHalves) {
    guard let weights else { return }
    for (i, row) in views.rows.enumerated() { weights.pointer[i] = halves.weights[row] }
  }

  /// Sets the priorities of this half's transitions by their errors.
  func prioritize(in loop: OffPolicyLoop, exponent: Double) {
    let slots = UnsafeMutableBufferPointer(rebasing: loop.halves.slots[views.rows])
    let errors = UnsafeBufferPointer(start: errors.pointer, count: slots.count)
    loop.collector.buffer.prioritize(slots.span, errors: errors.span, exponent: exponent)
  }

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
    let target = inputs.rewards + inputs.nextWeights * next
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
    let target = inputs.rewards.asColumn() + inputs.nextWeights.asColumn() * next
    let own = networks.returns(inputs.observations).gathered(
      at: inputs.actions, choices: networks.actionCount)
    let value = own.rowMeans()
    return (own.quantileHuber(to: target), value - target.rowMeans(), value)
  }
}
