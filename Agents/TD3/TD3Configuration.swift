public import RLTensor

/// The hyperparameters of ``TD3``; the defaults are Stable-Baselines3's.
///
/// DDPG (Lillicrap et al. 2016) is TD3 with `criticCount` 1, `policyDelay` 1 and `targetNoise` 0.
public struct TD3Configuration: OffPolicyConfiguration {
  /// How many environments are stepped together (SB3 `n_envs`).
  public var environments = 1
  /// The step size of Adam.
  public var learningRate: Schedule = 1e-3
  /// Transitions that the replay buffer keeps (SB3 `buffer_size`).
  public var bufferSize = 1_000_000
  /// Steps with random actions before the first update (SB3 `learning_starts`).
  public var learningStarts = 100
  /// Transitions an update (SB3 `batch_size`).
  public var batchSize = 256
  /// How far target networks move in an update of the policy (SB3 `tau`, τ).
  public var tau = 0.005
  /// SB3 `gamma`, γ.
  public var discount = 0.99
  /// Steps of each environment, or episodes, between rounds of updates (SB3 `train_freq`).
  public var trainFrequency = 1
  /// What `trainFrequency` counts (the unit of SB3's `train_freq`).
  public var trainFrequencyUnit = TrainFrequencyUnit.step
  /// Updates a round (SB3 `gradient_steps`); -1 for as many as steps were taken.
  public var gradientSteps = 1
  /// Rewards summed before a value is bootstrapped (SB3 `n_steps`, n).
  public var returnSteps = 1
  /// Updates of the critics for each one of the policy and the targets (SB3 `policy_delay`, d).
  public var policyDelay = 2
  /// The deviation of the noise on the target policy's actions (SB3 `target_policy_noise`, σ~), in units of
  /// half the action space.
  public var targetNoise = 0.2
  /// Where that noise is cut (SB3 `target_noise_clip`, c).
  public var targetNoiseClip = 0.5
  /// How many critics there are, of which the lowest value counts.
  public var criticCount = 2
  /// The deviation of the noise on actions (SB3 `action_noise`, σ), in units of half the action space; none
  /// by default.
  public var explorationNoise: Schedule = 0.0
  /// How the noise on actions moves.
  public var noiseProcess = NoiseProcess.gaussian
  /// Hidden layers of the policy (SB3 `net_arch[pi]`).
  public var actorWidths = [400, 300]
  /// Hidden layers of each critic (SB3 `net_arch[qf]`).
  public var criticWidths = [400, 300]
  /// The function between layers.
  public var activation = Activation.relu
  /// Normalizes each hidden layer of the critics (Ball et al. 2023, section 4.2).
  public var normalizeLayers = false
  /// The weight of the squares of the policy's last layer in its loss, which keep tanh from saturating
  /// (Andrychowicz et al. 2017, appendix A); none by default.
  public var preactivationPenalty = 0.0
  /// Added to Adam's denominator.
  public var adamEpsilon = 1e-8
  /// Running normalization of observations.
  public var normalizeObservations = false

  /// Stable-Baselines3's defaults.
  public init() {}

  /// Every hyperparameter with its meaning.
  public static var fields: [ConfigurationField] {
    sharedFields + [
      .init(
        "policyDelay", alias: "policy_delay, d",
        "updates of the critics for each one of policy and targets"),
      .init(
        "targetNoise", alias: "target_policy_noise",
        "deviation of the noise on the target policy's actions"),
      .init("targetNoiseClip", alias: "target_noise_clip, c", "where that noise is cut"),
      .init("criticCount", alias: "n_critics", "critics, of which the lowest value counts"),
      .init(
        "explorationNoise", alias: "action_noise, σ",
        "deviation of the noise on actions, 1 being half the action space; a number or a schedule"),
      .init("noiseProcess", "gaussian or ornsteinUhlenbeck"),
      .init("actorWidths", alias: "net_arch[pi]", "hidden layers of the policy"),
      .init("criticWidths", alias: "net_arch[qf]", "hidden layers of each critic"),
      .init("activation", alias: "activation_fn", "tanh, relu, gelu, sigmoid, softplus or none"),
      .init("normalizeLayers", "layer normalization before each activation of the critics"),
      .init(
        "preactivationPenalty",
        "weight of the squares of the policy's last layer in its loss, against saturation"),
      .init("normalizeObservations", alias: "norm_obs", "running normalization of observations"),
    ]
  }

  /// Throws if a value, or a combination of values, makes no sense.
  public func validate() throws(ConfigurationError) {
    try validateShared()
    try require(policyDelay >= 1, "policyDelay", "must be 1 or more, not \(policyDelay)")
    try require(
      targetNoise >= 0 && targetNoise.isFinite, "targetNoise",
      "must be 0 or more, not \(targetNoise)")
    try require(
      targetNoiseClip >= 0 && targetNoiseClip.isFinite, "targetNoiseClip",
      "must be 0 or more, not \(targetNoiseClip)")
    try require(
      (1...16).contains(criticCount), "criticCount", "must be from 1 to 16, not \(criticCount)")
    try require(
      explorationNoise.ends.allSatisfy { $0 >= 0 && $0.isFinite }, "explorationNoise",
      "must never be negative, not \(explorationNoise)")
    try require(
      preactivationPenalty >= 0 && preactivationPenalty.isFinite, "preactivationPenalty",
      "must be 0 or more, not \(preactivationPenalty)")
    try requireWidths("actorWidths", actorWidths)
    try requireWidths("criticWidths", criticWidths)
  }
}

/// How the noise on actions moves from step to step.
public enum NoiseProcess: String, Sendable, Codable, CaseIterable {
  /// Independent normal numbers.
  case gaussian
  /// Numbers that drift back to zero with θ = 0.15 and time steps of 0.01 (Uhlenbeck and Ornstein 1930;
  /// Lillicrap et al. 2016, section 7); they start at zero in each episode.
  case ornsteinUhlenbeck
}
