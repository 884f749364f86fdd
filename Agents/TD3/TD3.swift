public import RLCore
internal import RLSupport
internal import RLTensor

/// Twin delayed deep deterministic policy gradient (Fujimoto et al. 2018, algorithm 1), with the options of
/// Stable-Baselines3's implementation; DDPG is a configuration of it.
///
/// The loop alternates between `trainFrequency` steps or episodes and a round of updates. Each thread has its share of
/// the rows and weights in each statement of an update; that changes no bit of the result.
public final class TD3: OffPolicyAgent {
  /// The word on the command line.
  public static let name = "td3"
  /// One line on the agent.
  public static let summary =
    "Twin delayed DDPG (Fujimoto et al. 2018): off-policy, continuous actions, a deterministic policy"

  /// The hyperparameters in force.
  public var configuration: TD3Settings
  let loop: OffPolicyLoop
  private let networks: TD3Networks
  private let actor: TrainedNetwork
  private let critics: TrainedNetwork
  private let targetActor: Parameters
  private let targetCritics: Parameters
  private let criticLoss: TD3CriticLoss
  private let actorLoss: TD3ActorLoss
  /// Standard normal numbers behind the noise on the target policy's actions, `[batch, actions]`.
  private var targetNoise: [Float]
  /// The policy in the present observations of the environments.
  private let actorNetwork: ForwardProgram
  /// The present exploration noise `[environments, actions]`.
  private var noise: [Double]

  /// TD3 chooses real numbers between bounds.
  public static func unsupportedReason(in spec: EnvironmentSpec) -> String? {
    unsupportedReasonOfBoundedActions(in: spec)
  }

  /// An agent at the start of its training.
  public init(
    _ configuration: TD3Settings, environments: any VectorEnvironment, seed: UInt64,
    steps: Int, threads: Int
  ) throws {
    let c = configuration
    self.configuration = c
    let loop = try OffPolicyLoop(
      of: TD3.self, c, environments: environments, seed: seed, steps: steps, threads: threads,
      spawnKey: 0x54_4433)
    self.loop = loop
    let networks = TD3Networks(c, spec: environments.spec)
    self.networks = networks
    var generator = loop.weightGenerator
    let actor = TrainedNetwork(
      networks.layout, name: "actor", .adam(epsilon: Float(c.adamEpsilon)), using: &generator)
    let critics = TrainedNetwork(
      networks.critics.layout, name: "critic", .adam(epsilon: Float(c.adamEpsilon)),
      using: &generator)
    let targets = (
      actor: Parameters(copying: actor.weights), critics: Parameters(copying: critics.weights)
    )
    (self.actor, self.critics) = (actor, critics)
    (targetActor, targetCritics) = targets
    criticLoss = try TD3CriticLoss(
      c, networks, critics: critics.weights, targetActor: targetActor,
      targetCritics: targetCritics, of: loop)
    actorLoss = try TD3ActorLoss(
      c, networks, actor: actor.weights, critics: critics.weights, of: loop)
    targetNoise = Array(repeating: 0, count: c.batchSize * networks.actionDimension)
    actorNetwork = loop.forward(actor.weights) { [networks.actions($0)] }
    noise = Array(repeating: 0, count: environments.count * networks.actionDimension)
  }

  // MARK: Acting

  /// Chooses the policy's actions and adds noise.
  func chooseActions() {
    let (c, collector, size) = (configuration, loop.collector, networks.actionDimension)
    if loop.stepsDone < c.learningStarts {
      for i in 0..<collector.count { collector.chooseRandomly(i, using: &loop.actionGenerator) }
    } else {
      actorNetwork.run(on: collector)
      for i in 0..<collector.count {
        (collector.chosen + i * size).update(from: actorNetwork.row(i), count: size)
      }
    }
    let deviation = c.explorationNoise.value(at: loop.progress)
    guard deviation > 0 else { return }
    for i in 0..<collector.count * size {
      let draw = deviation * loop.actionGenerator.normal()
      switch c.noiseProcess {
      case .gaussian: noise[i] = draw
      case .ornsteinUhlenbeck: noise[i] += -0.15 * 0.01 * noise[i] + 0.1 * draw
      }
      collector.chosen[i] = min(max(collector.chosen[i] + Float(noise[i]), -1), 1)
    }
  }

  /// Noise starts at zero in each episode.
  func didStep() {
    let size = networks.actionDimension
    for i in 0..<loop.collector.count where loop.collector.hasEnded(i) {
      for j in 0..<size { noise[i * size + j] = 0 }
    }
  }

  // MARK: Update

  /// Draws a batch and noise, and learns from them.
  func update() {
    loop.drawBatch()
    if configuration.targetNoise > 0 {
      loop.drawNormals(into: &targetNoise)
    }
    learn()
  }

  /// Takes one step of the critics' optimizer, and of the policy's if it is due (Fujimoto et al. 2018, algorithm 1).
  private func learn() {
    let (c, team) = (configuration, loop.team)
    loop.updates += 1
    let learningRate = Float(c.learningRate.value(at: loop.progress))
    team.choosing {
      criticLoss.run(loop, c, targetNoise: targetNoise)
      critics.optimizer.step(on: team, learningRate: learningRate)
    }
    loop.means.loss.add(criticLoss.mean)
    loop.means.value.add(criticLoss.meanValue)
    if loop.updates % c.policyDelay == 0 { improvePolicy(learningRate) }
  }

  /// Takes one step of the policy's optimizer, and moves the target networks.
  private func improvePolicy(_ learningRate: Float) {
    let (c, team) = (configuration, loop.policyTeam)
    team.choosing {
      actorLoss.run(loop, c)
      actor.optimizer.step(on: team, learningRate: learningRate)
      targetCritics.average(towards: critics.weights, tau: Float(c.tau), on: team)
      targetActor.average(towards: actor.weights, tau: Float(c.tau), on: team)
    }
    loop.means.actorLoss.add(actorLoss.mean)
  }

  /// Learns from one given batch and noise, without the replay buffer: for comparisons with other
  /// implementations.
  ///
  /// - Parameter targetNoise: Standard normal numbers at the next observations, `[batch, actions]`.
  /// - Returns: The losses of the critics and of the policy, the latter 0 if it was not updated.
  package func learn(from batch: GivenBatch, targetNoise: [Float]) -> (
    critic: Double, actor: Double
  ) {
    self.targetNoise = targetNoise
    loop.means = OffPolicyLoop.Means()
    loop.given = batch
    learn()
    loop.given = nil
    return (loop.means.loss.sum, loop.means.actorLoss.sum)
  }

  var measurements: [(name: String, value: Double)] {
    [
      ("critic_loss", loop.means.loss.value), ("actor_loss", loop.means.actorLoss.value),
      ("mean_value", loop.means.value.value),
    ]
  }

  // MARK: Policy and state

  /// What the agent would do now; further training does not change it.
  public var policy: any Policy {
    Self.policy(loop.collector.spec, networks, actor.weights, loop.collector.encoder)
  }

  /// The lowest value that the critics give to observations and actions, as rows of numbers as environments
  /// write and take them.
  public func values(of observations: [Float], actions: [Float]) -> [Float] {
    networks.critics.lowestValues(critics.weights, of: observations, actions, loop.collector)
  }

  var trained: [TrainedNetwork] { [actor, critics] }
  var targets: [(name: String, weights: Parameters)] {
    [("actor_target", targetActor), ("critic_target", targetCritics)]
  }

  func visitOwn(_ state: inout StateVisitor) throws(StateError) {
    try state.array("noise", &noise)
    if state.isRestoring, loop.collector.startsAnew { noise = noise.map { _ in 0 } }
  }
}
