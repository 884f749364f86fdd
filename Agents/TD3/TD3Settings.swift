public import RLCore
public import RLSupport
public import RLTensor

/// The hyperparameters of ``TD3``; the defaults are Stable-Baselines3's.
///
/// DDPG (Lillicrap et al. 2016) is TD3 with `criticCount` 1, `policyDelay` 1 and `targetNoise` 0.
public struct TD3Settings: OffPolicySettings {
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

  /// One line a hyperparameter.
  public static let table = SettingsTable<TD3Settings>(
    sharedSettings(
      batchSize: [64, 128, 256, 512], tau: 0.001...0.1, returnSteps: .whole(1...5))
  ) {
    Setting(
      \.policyDelay, "policyDelay", peers: ["policy_delay"], symbol: "d",
      "updates of the critics for each one of policy and targets", in: .atLeast(1),
      search: .whole(1...4))
    Setting(
      \.targetNoise, "targetNoise", peers: ["target_policy_noise"], symbol: "σ~",
      "deviation of the noise on the target policy's actions", in: .atLeast(0),
      search: .numbers(0.05...0.5))
    Setting(
      \.targetNoiseClip, "targetNoiseClip", peers: ["target_noise_clip"], symbol: "c",
      "where that noise is cut", in: .atLeast(0),
      onlyWith: .value(of: \.targetNoise, "0.2") { $0 > 0 })
    Setting(
      \.criticCount, "criticCount", peers: ["n_critics"],
      "critics, of which the lowest value counts", in: .from(1, to: 16))
    Setting(
      \.explorationNoise, "explorationNoise", peers: ["action_noise"], symbol: "σ",
      "deviation of the noise on actions, 1 being half the action space",
      in: Limits("never negative") { $0.ends.allSatisfy { $0 >= 0 && $0.isFinite } },
      search: .numbers(0.02...0.8), isVariable: true)
    Setting(
      \.noiseProcess, "noiseProcess", "how the noise on actions moves",
      search: .choices(["gaussian", "ornsteinUhlenbeck"]),
      onlyWith: .value(of: \.explorationNoise, "0.1") { $0.ends.contains { $0 > 0 } })
    Setting(
      \.actorWidths, "actorWidths", peers: ["net_arch[pi]"], "hidden layers of the policy",
      in: .widths,
      search: .ordered(
        [[64, 64], [128, 128], [256, 256], [400, 300]],
        followers: [\TD3Settings.criticWidths]))
    Setting(
      \.criticWidths, "criticWidths", peers: ["net_arch[qf]"], "hidden layers of each critic",
      in: .widths)
    Setting(
      \.activation, "activation", peers: ["activation_fn"],
      "the function after each hidden layer")
    Setting(
      \.normalizeLayers, "normalizeLayers",
      "layer normalization before each activation of the critics",
      search: .choices([false, true]))
    Setting(
      \.preactivationPenalty, "preactivationPenalty",
      "weight of the squares of the policy's last layer in its loss, against saturation",
      in: .atLeast(0))
  }

  /// Throws if a combination of values makes no sense.
  public func validateCombinations() throws(SettingsError) { try validateSharedCombinations() }

  /// Warns of budgets that are over before anything is learned.
  public func remarks(in spec: EnvironmentSpec, steps: Int) -> [String] {
    sharedRemarks(
      steps: steps, every: [("policyDelay", policyDelay)], widths: [actorWidths, criticWidths])
  }

  /// Environments, replay buffer, and the networks with their targets.
  public func memoryNeed(in spec: EnvironmentSpec) -> MemoryNeed {
    var need = sharedMemoryNeed(in: spec)
    let (observation, action) = (spec.observationSpace.flatWidth, spec.actionSpace.flatWidth)
    need.addRows(environments, "environments", through: actorWidths, from: observation)
    need.addNetwork("actorWidths", observation, actorWidths, action, copies: 6)
    for _ in 0..<criticCount {
      need.addNetwork("criticWidths", observation + action, criticWidths, 1, copies: 6)
    }
    return need
  }
}

/// How the noise on actions moves from step to step.
public enum NoiseProcess: String, Sendable, Codable, CaseIterable, SettingValue {
  /// Independent normal numbers.
  case gaussian
  /// Numbers that drift back to zero with θ = 0.15 and time steps of 0.01 (Uhlenbeck and Ornstein 1930;
  /// Lillicrap et al. 2016, section 7); they start at zero in each episode.
  case ornsteinUhlenbeck
}
