public import RLTensor

/// The hyperparameters of ``PPO``; the defaults are Stable-Baselines3's.
public struct PPOConfiguration: AgentConfiguration {
  /// How many environments are stepped together (SB3 `n_envs`).
  public var environments = 1
  /// Steps of each environment between updates (SB3 `n_steps`, T).
  public var rolloutSteps = 2048
  /// Transitions a minibatch (SB3 `batch_size`, M).
  public var batchSize = 64
  /// Passes over each rollout (SB3 `n_epochs`, K).
  public var epochs = 10
  /// The step size of Adam.
  public var learningRate: Schedule = 3e-4
  /// SB3 `gamma`, γ.
  public var discount = 0.99
  /// SB3 `gae_lambda`, λ.
  public var gaeLambda = 0.95
  /// SB3 `clip_range`, ε.
  public var clipRange: Schedule = 0.2
  /// SB3 `clip_range_vf`; none by default.
  public var valueClipRange: Schedule?
  /// SB3 `normalize_advantage`.
  public var normalizeAdvantage = true
  /// SB3 `ent_coef`, c₂.
  public var entropyCoefficient = 0.0
  /// SB3 `vf_coef`, c₁.
  public var valueCoefficient = 0.5
  /// SB3 `max_grad_norm`.
  public var maxGradientNorm = 0.5
  /// SB3 `target_kl`; none by default.
  public var targetKL: Double?
  /// The hidden layers of the policy (SB3 `net_arch["pi"]`).
  public var policyWidths = [64, 64]
  /// The hidden layers of the value function (SB3 `net_arch["vf"]`).
  public var valueWidths = [64, 64]
  /// Hidden layers that both share, below their own.
  public var sharedWidths: [Int] = []
  /// The function after each hidden layer (SB3 `activation_fn`).
  public var activation: Activation = .tanh
  /// Orthogonal weights with zero biases, else PyTorch's default (SB3 `ortho_init`).
  public var orthogonalInitialization = true
  /// The logarithm of the standard deviation of continuous actions at the start (SB3 `log_std_init`).
  public var initialLogDeviation = 0.0
  /// Continuous noise that depends on the state and changes slowly (SB3 `use_sde`; Raffin et al. 2022).
  public var stateDependentExploration = false
  /// Steps after which state-dependent noise is drawn anew; -1 for once a rollout (SB3 `sde_sample_freq`).
  public var explorationInterval = -1
  /// Adam's ε.
  public var adamEpsilon = 1e-5
  /// Running normalization of observations (SB3 `VecNormalize(norm_obs)`).
  public var normalizeObservations = false
  /// Running normalization of rewards (SB3 `VecNormalize(norm_reward)`).
  public var normalizeRewards = false

  /// Stable-Baselines3's defaults.
  public init() {}

  /// Every hyperparameter with its meaning.
  public static var fields: [ConfigurationField] {
    [
      .init("environments", alias: "n_envs", "environments stepped together, 1 or more"),
      .init("rolloutSteps", alias: "n_steps, T", "steps of each environment between updates"),
      .init("batchSize", alias: "batch_size, M", "transitions a minibatch, 2 or more"),
      .init("epochs", alias: "n_epochs, K", "passes over each rollout"),
      .init("learningRate", alias: "learning_rate", "step size of Adam; a number or a schedule"),
      .init("discount", alias: "gamma, γ", "weight of the next step's value, 0 ... 1"),
      .init("gaeLambda", alias: "gae_lambda, λ", "bias against variance of advantages, 0 ... 1"),
      .init("clipRange", alias: "clip_range, ε", "how far the ratio of policies may go from 1"),
      .init(
        "valueClipRange", alias: "clip_range_vf",
        "how far values may move in an update; null for any"),
      .init("normalizeAdvantage", alias: "normalize_advantage", "mean 0, deviation 1 a minibatch"),
      .init("entropyCoefficient", alias: "ent_coef, c2", "weight of the entropy bonus"),
      .init("valueCoefficient", alias: "vf_coef, c1", "weight of the value loss"),
      .init("maxGradientNorm", alias: "max_grad_norm", "largest norm of the gradient"),
      .init(
        "targetKL", alias: "target_kl",
        "an update stops at 1.5 times this divergence; null for never"),
      .init("policyWidths", alias: "net_arch[pi]", "hidden layers of the policy"),
      .init("valueWidths", alias: "net_arch[vf]", "hidden layers of the value function"),
      .init("sharedWidths", alias: "", "hidden layers that both share, below their own"),
      .init("activation", alias: "activation_fn", "tanh, relu, gelu, sigmoid, softplus or none"),
      .init(
        "orthogonalInitialization", alias: "ortho_init",
        "orthogonal weights, else PyTorch's default"),
      .init(
        "initialLogDeviation", alias: "log_std_init",
        "log of the standard deviation of continuous actions at the start"),
      .init(
        "stateDependentExploration", alias: "use_sde",
        "continuous noise that depends on the state and changes slowly"),
      .init(
        "explorationInterval", alias: "sde_sample_freq",
        "steps after which that noise is drawn anew; -1 for once a rollout"),
      .init("adamEpsilon", alias: "eps", "added to Adam's denominator"),
      .init("normalizeObservations", alias: "norm_obs", "running normalization of observations"),
      .init("normalizeRewards", alias: "norm_reward", "running normalization of rewards"),
    ]
  }

  /// Throws if a value, or a combination of values, makes no sense.
  public func validate() throws(ConfigurationError) {
    try require(environments >= 1, "environments", "must be 1 or more, not \(environments)")
    try require(rolloutSteps >= 1, "rolloutSteps", "must be 1 or more, not \(rolloutSteps)")
    let (rollout, overflows) = environments.multipliedReportingOverflow(by: rolloutSteps)
    try require(
      !overflows && rollout <= 1 << 28, "rolloutSteps",
      "times environments must be at most \(1 << 28) transitions, which memory has to hold")
    try require(
      rollout >= 2, "rolloutSteps",
      "must be 2 or more with a single environment, since one transition has no deviation")
    try require(batchSize >= 2, "batchSize", "must be 2 or more, not \(batchSize)")
    try require(epochs >= 1, "epochs", "must be 1 or more, not \(epochs)")
    try require((0...1).contains(discount), "discount", "must be from 0 to 1, not \(discount)")
    try require((0...1).contains(gaeLambda), "gaeLambda", "must be from 0 to 1, not \(gaeLambda)")
    try requirePositive("learningRate", learningRate)
    try requirePositive("clipRange", clipRange)
    try requirePositive("valueClipRange", valueClipRange ?? 1.0)
    try require(entropyCoefficient.isFinite, "entropyCoefficient", "must be a number")
    try require(
      valueCoefficient >= 0 && valueCoefficient.isFinite, "valueCoefficient",
      "must be 0 or more, not \(valueCoefficient)")
    try require(
      Float(maxGradientNorm) > 0, "maxGradientNorm", "must be positive, not \(maxGradientNorm)")
    try require(
      targetKL.map { $0 > 0 } ?? true, "targetKL", "must be positive, or null for no limit")
    try requireWidths("policyWidths", policyWidths)
    try requireWidths("valueWidths", valueWidths)
    try requireWidths("sharedWidths", sharedWidths)
    try require(
      explorationInterval == -1 || explorationInterval >= 1, "explorationInterval",
      "must be -1 or a number of steps, not \(explorationInterval)")
    try require(
      !stateDependentExploration || !policyWidths.isEmpty || !sharedWidths.isEmpty,
      "stateDependentExploration", "needs a policy with a hidden layer")
    try require(Float(adamEpsilon) > 0, "adamEpsilon", "must be positive, not \(adamEpsilon)")
  }
}
