internal import RLCore
internal import RLSupport
internal import RLTensor

/// The loss of the critics (Haarnoja et al. 2018, equations 5 and 6): half the squared distance to the reward and the
/// discounted soft value of the next observation.
protocol SACCriticLoss {
  /// Computes the loss of the loop's batch and its gradients.
  ///
  /// - Parameters:
  ///   - alpha: The entropy coefficient α.
  ///   - nextNoise: Standard normal numbers at the next observations, as `SACNetworks.sample` takes them.
  func run(_ loop: OffPolicyLoop, _ c: SACSettings, alpha: Double, nextNoise: [Float])
  /// The mean over the batch.
  var mean: Double { get }
  /// The mean of the values that the first critic gives.
  var meanValue: Double { get }
}

/// The loss with next values of averaged critics, or of the same ones before the update.
struct SACTargetCriticLoss: SACCriticLoss {
  private let inputs: ReplayInputs
  private let nextNoise: Variable
  private let alpha: Variable
  private let target: Variable
  private let targets: BatchProgram
  private let regression: CriticRegression

  init(
    _ c: SACSettings, _ networks: SACNetworks, actor: Parameters, critics: Parameters,
    targetCritics: Parameters, of loop: OffPolicyLoop
  ) throws(ShapeError) {
    let graph = Graph(rows: c.batchSize)
    inputs = ReplayInputs(in: graph, of: loop.collector, indexActions: false)
    nextNoise = networks.noise(in: graph, name: "next noise")
    alpha = graph.input(.scalar, name: "entropy coefficient")

    let (nextX, noise) = (inputs.nextObservations, nextNoise)
    let next = graph.using(actor) { networks.sample(nextX, noise: noise) }
    let nextValue = graph.using(targetCritics) { networks.critics.lowest(nextX, next.actions) }
    let softValue = nextValue - next.logProbability * alpha
    target = inputs.rewards + inputs.nextDiscounts * softValue
    targets = try BatchProgram(outputs: [target], on: loop.team)
    regression = try CriticRegression(networks.critics, critics, scale: 0.5, c, of: loop)
  }

  func run(_ loop: OffPolicyLoop, _ c: SACSettings, alpha: Double, nextNoise: [Float]) {
    targets[self.alpha].value = Float(alpha)
    if c.stateDependentExploration { targets[self.nextNoise].assign(nextNoise) }
    targets.forward(c.batchSize) { slice in
      inputs.fill(slice, from: loop, c)
      if !c.stateDependentExploration { slice.fill(self.nextNoise, from: nextNoise) }
    }
    regression.run(loop, c, towards: targets[target])
  }

  var mean: Double { regression.mean }
  var meanValue: Double { regression.meanValue }
}

/// The loss of the policy (Haarnoja et al. 2018, equation 9): the entropy-weighted log-density minus the value of its
/// own actions.
struct SACActorLoss {
  private let inputs: ReplayInputs
  private let noise: Variable
  private let alpha: Variable
  private let loss: Variable
  private let logProbability: Variable
  private let program: BatchProgram

  init(
    _ c: SACSettings, _ networks: SACNetworks, actor: Parameters, critics: Parameters,
    of loop: OffPolicyLoop
  ) throws(ShapeError) {
    let graph = Graph(parameters: actor, rows: c.batchSize)
    inputs = ReplayInputs(in: graph, of: loop.collector, indexActions: false)
    noise = networks.noise(in: graph, name: "noise")
    alpha = graph.input(.scalar, name: "entropy coefficient")

    let x = inputs.observations
    let sampled = networks.sample(x, noise: noise, isTraining: true)
    let value = graph.using(critics) { networks.critics.lowest(x, sampled.actions) }
    logProbability = sampled.logProbability
    loss = logProbability * alpha - value
    program = try BatchProgram(meanOf: loss, outputs: [logProbability], on: loop.policyTeam)
  }

  /// Computes the loss of the loop's batch and its gradients.
  ///
  /// - Parameters:
  ///   - alpha: The entropy coefficient α.
  ///   - noise: Standard normal numbers at the observations, as `SACNetworks.sample` takes them.
  func run(_ loop: OffPolicyLoop, _ c: SACSettings, alpha: Double, noise: [Float]) {
    program[self.alpha].value = Float(alpha)
    if c.stateDependentExploration { program[self.noise].assign(noise) }
    program.run(c.batchSize) { slice in
      inputs.fill(slice, from: loop, c)
      if !c.stateDependentExploration { slice.fill(self.noise, from: noise) }
    }
  }

  var mean: Double { program.mean(loss) }
  var meanLogProbability: Double { program.mean(logProbability) }
}
