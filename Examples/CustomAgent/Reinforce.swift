internal import RLGym

/// REINFORCE with a baseline (Williams 1992; Sutton and Barto 2018, section 13.4).
///
/// After `rolloutSteps` steps of each environment it takes one step along (G - b(s)) ∇ log π(a|s). Where the
/// rollout or a time limit cuts an episode, the baseline stands in for the rest of its return G.
final class Reinforce: Agent {
  static let name = "reinforce"
  static let summary = "REINFORCE with a baseline (Williams 1992): on-policy, discrete actions"
  static let presets = ["CartPole-v1": Preset<ReinforceSettings>(steps: 200_000)]

  static func unsupportedReason(in spec: EnvironmentSpec) -> String? {
    if spec.masksActions { return "it knows no action masks" }
    guard case .discrete(_, start: 0) = spec.actionSpace else {
      return "it needs discrete actions from 0 on, not \(spec.actionSpace)"
    }
    return nil
  }

  var configuration: ReinforceSettings
  private(set) var stepsDone = 0
  private var iterations = 0
  private let stepsTotal: Int
  private var environments: any VectorEnvironment
  private let batch: StepBatch
  private var tally: EpisodeTally
  private var rng: SeededGenerator?
  private let networks: ReinforceNetworks
  private let weights: Parameters
  private let optimizer: Optimizer
  private let loss: ReinforceLoss

  init(
    _ configuration: ReinforceSettings, environments: any VectorEnvironment, seed: UInt64,
    steps: Int, threads: Int
  ) throws {
    try configuration.validate()
    let (spec, count) = (environments.spec, environments.count)
    if let reason = Self.unsupportedReason(in: spec) {
      throw AgentError.unsuitable(agent: Self.name, environment: spec.id, reason: reason)
    }
    self.configuration = configuration
    self.environments = environments
    stepsTotal = steps
    batch = StepBatch(count: count, for: spec)
    tally = EpisodeTally(count: count, for: spec)
    var rng = SeededGenerator(SeedSequence(seed, spawnKey: [1]))
    networks = ReinforceNetworks(configuration, spec)
    weights = Parameters(networks.layout, using: &rng)
    optimizer = Optimizer(.adam(), for: weights)
    loss = try ReinforceLoss(
      networks, weights, configuration, spec, rows: count * configuration.rolloutSteps)
    self.rng = rng
    self.environments.reset(seed: seed, into: batch)
  }

  func train(observe: (TrainingReport) throws -> TrainingDirective) throws {
    while stepsDone < stepsTotal {
      let rate = configuration.learningRate.value(at: Double(stepsDone) / Double(stepsTotal))
      let (rollout, episodes) = collect()
      let metrics = loss.run(rollout)
      optimizer.advance()
      optimizer.step(
        learningRate: Float(rate),
        gradientScale: Parameters.clippingFactor(
          squaredNorm: weights.squaredGradientNorm(), limit: Float(configuration.maxGradientNorm)))
      guard weights.areFinite else {
        throw AgentError.notFinite(what: "a weight", step: stepsDone)
      }
      iterations += 1
      let report = TrainingReport(
        stepsDone: stepsDone, stepsTotal: stepsTotal, iterations: iterations, episodes: episodes,
        metrics: [("learning_rate", rate)] + metrics)
      if case .stop = try observe(report) { return }
    }
  }

  private func collect() -> (Rollout, [TrainingReport.Episode]) {
    let (spec, actor) = (environments.spec, self.actor)
    let width = spec.observationSpace.rowWidth
    var (rollout, episodes) = (Rollout(environments: batch.count), [TrainingReport.Episode]())
    func value(_ rows: [Float], _ i: Int) -> Float {
      Float(actor.value(of: Array(rows[i * width..<(i + 1) * width]), mask: []) ?? 0)
    }
    for _ in 0..<configuration.rolloutSteps {
      let observations = Array(batch.observations)
      let actions = actor.actions(for: observations, using: &rng)
      environments.step(actions, into: batch)
      stepsDone += batch.count
      episodes += tally.add(batch, stepsDone: stepsDone)
      let last = Array(batch.finalObservations)
      rollout.observations += spec.observationSpace.flattened(observations)
      rollout.actions += actions
      for i in 0..<batch.count {
        let rest = batch.truncated[i] ? Float(configuration.discount) * value(last, i) : 0
        rollout.rewards.append(Float(batch.rewards[i]) + rest)
        rollout.ended.append(batch.terminated[i] || batch.truncated[i])
      }
    }
    let observations = Array(batch.observations)
    rollout.computeReturns(
      rest: (0..<batch.count).map { value(observations, $0) }, Float(configuration.discount))
    return (rollout, episodes)
  }

  // MARK: Files

  var policy: any Policy { actor }

  private var actor: any StateValuing {
    Self.policy(
      in: environments.spec, weights, logits: networks.logits, values: networks.baseline)
  }

  static func loadPolicy(
    _ configuration: ReinforceSettings, spec: EnvironmentSpec, from archive: StateArchive
  ) throws -> any Policy {
    let networks = ReinforceNetworks(configuration, spec)
    let weights = try Parameters(networks.layout, from: archive, prefix: "")
    return policy(in: spec, weights, logits: networks.logits, values: networks.baseline)
  }

  func visitPolicy(_ state: inout StateVisitor) throws(StateError) {
    try weights.visit(&state)
  }

  func visitTraining(_ state: inout StateVisitor) throws(StateError) {
    var observations = Array(batch.observations)
    try state.part("optimizer/", optimizer)
    try state.part("environments/") { (state) throws(StateError) in
      try environments.visit(&state)
    }
    try state.part("episodes/", &tally)
    try state.array("observations", &observations)
    for (i, x) in observations.enumerated() { batch.observations[i] = x }
    try state.number("steps", &stepsDone)
    try state.number("iterations", &iterations)
    if var stream = rng {
      try state.generator("generator", &stream)
      rng = stream
    }
  }
}

/// What happened in `rolloutSteps` steps of each environment, `[steps, environments]`.
struct Rollout {
  let environments: Int
  var observations: [Float] = []
  var actions: [Float] = []
  var rewards: [Float] = []
  var ended: [Bool] = []
  private(set) var returns: [Float] = []

  init(environments: Int) { self.environments = environments }

  /// G = r + γ G' backwards, up to the end of the episode.
  ///
  /// - Parameter rest: What follows the last step of each environment.
  mutating func computeReturns(rest: [Float], _ discount: Float) {
    var next = rest
    returns = rewards
    for k in rewards.indices.reversed() {
      let i = k % environments
      if !ended[k] { returns[k] += discount * next[i] }
      next[i] = returns[k]
    }
  }
}
