internal import RLCore
internal import RLSupport
internal import RLTensor

/// The loss of the critics (Fujimoto et al. 2018, equations 14 and 15): the squared distance to the reward and the
/// discounted value of the target policy's action with clipped noise.
struct TD3CriticLoss {
  private let inputs: ReplayInputs
  private let targetNoise: Variable
  private let target: Variable
  private let targets: BatchProgram
  private let regression: CriticRegression

  init(
    _ c: TD3Settings, _ networks: TD3Networks, critics: Parameters,
    targetActor: Parameters, targetCritics: Parameters, of loop: OffPolicyLoop
  ) throws(ShapeError) {
    let graph = Graph(rows: c.batchSize)
    inputs = ReplayInputs(in: graph, of: loop.collector, indexActions: false)
    targetNoise = graph.rowInput(networks.actionDimension, name: "target noise")

    let nextX = inputs.nextObservations
    let clip = Float(c.targetNoiseClip)
    let shift = (targetNoise * Float(c.targetNoise)).clamped(to: -clip...clip)
    let nextActions = graph.using(targetActor) {
      (networks.actions(nextX) + shift).clamped(to: -1...1)
    }
    let nextValue = graph.using(targetCritics) { networks.critics.lowest(nextX, nextActions) }
    target = inputs.rewards + inputs.nextDiscounts * nextValue
    targets = try BatchProgram(outputs: [target], on: loop.team)
    regression = try CriticRegression(networks.critics, critics, c, of: loop)
  }

  /// Computes the loss of the loop's batch and its gradients.
  ///
  /// - Parameter targetNoise: Standard normal numbers behind the noise on the target policy's actions,
  ///   `[batch, actions]`.
  func run(_ loop: OffPolicyLoop, _ c: TD3Settings, targetNoise: [Float]) {
    targets.forward(c.batchSize) { slice in
      inputs.fill(slice, from: loop, c)
      slice.fill(self.targetNoise, from: targetNoise)
    }
    regression.run(loop, c, towards: targets[target])
  }

  var mean: Double { regression.mean }
  /// The mean of the values that the first critic gives.
  var meanValue: Double { regression.meanValue }
}

/// The loss of the policy (Fujimoto et al. 2018, algorithm 1): minus the value that the first critic gives to its own
/// actions.
struct TD3ActorLoss {
  private let inputs: ReplayInputs
  private let loss: Variable
  private let program: BatchProgram

  init(
    _ c: TD3Settings, _ networks: TD3Networks, actor: Parameters, critics: Parameters,
    of loop: OffPolicyLoop
  ) throws(ShapeError) {
    let graph = Graph(parameters: actor, rows: c.batchSize)
    inputs = ReplayInputs(in: graph, of: loop.collector, indexActions: false)
    let x = inputs.observations
    let raw = networks.preactivations(x)
    var loss = -graph.using(critics) { networks.critics.first(x, raw.tanh()) }
    if c.preactivationPenalty > 0 {
      // Where tanh is flat the value's gradient vanishes; this one does not.
      loss = loss + raw.squared().rowSums() * Float(c.preactivationPenalty)
    }
    self.loss = loss
    program = try BatchProgram(meanOf: loss, on: loop.policyTeam)
  }

  /// Computes the loss of the loop's batch and its gradients.
  func run(_ loop: OffPolicyLoop, _ c: TD3Settings) {
    program.run(c.batchSize) { inputs.fill($0, from: loop, c) }
  }

  var mean: Double { program.mean(loss) }
}
