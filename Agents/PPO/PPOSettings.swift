public import RLCore
public import RLSupport
public import RLTensor

/// The hyperparameters of ``PPO``; the defaults are Stable-Baselines3's.
public struct PPOSettings: AgentSettings {
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
  /// A recurrent layer of the policy and one of the value function, below their own layers: memory of an episode (Hausknecht
  /// and Stone 2015; sb3-contrib `RecurrentPPO`).
  public var recurrent: RecurrentKind?
  /// The units of a recurrent layer (sb3-contrib `lstm_hidden_size`).
  public var recurrentWidth = 256
  /// Steps through which gradients of recurrent layers flow at most.
  public var sequenceLength = 32
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

  /// One line a hyperparameter.
  public static let table = SettingsTable<PPOSettings> {
    Setting(
      \.environments, "environments", peers: ["n_envs"], "environments stepped together",
      in: .atLeast(1))
    Setting(
      \.rolloutSteps, "rolloutSteps", peers: ["n_steps"], symbol: "T",
      "steps of each environment between updates", in: .atLeast(1),
      search: .ordered(
        [32, 64, 128, 256, 512, 1024, 2048], upTo: { $1 / max(1, $0.environments) / 8 }))
    Setting(
      \.batchSize, "batchSize", peers: ["batch_size"], symbol: "M", "transitions a minibatch",
      in: .atLeast(2), search: .ordered([32, 64, 128, 256, 512]))
    Setting(
      \.epochs, "epochs", peers: ["n_epochs"], symbol: "K", "passes over each rollout",
      in: .atLeast(1), search: .whole(1...20, .log), isVariable: true)
    Setting(
      \.learningRate, "learningRate", peers: ["learning_rate"], "step size of Adam",
      in: .stepSize, search: .numbers(1e-5...1e-2, .log), isVariable: true)
    Setting(
      \.discount, "discount", peers: ["gamma"], symbol: "γ", "weight of the next step's value",
      in: .from(0, to: 1), search: .numbers(0.9...0.9999, .complement))
    Setting(
      \.gaeLambda, "gaeLambda", peers: ["gae_lambda"], symbol: "λ",
      "bias against variance of advantages", in: .from(0, to: 1),
      search: .numbers(0.8...0.999, .complement))
    Setting(
      \.clipRange, "clipRange", peers: ["clip_range"], symbol: "ε",
      "how far the ratio of policies may go from 1", in: .positive, search: .numbers(0.1...0.4),
      isVariable: true)
    Setting(
      \.valueClipRange, "valueClipRange", peers: ["clip_range_vf"],
      "how far values may move in an update", in: Limits<Schedule>.positive.orNone)
    Setting(
      \.normalizeAdvantage, "normalizeAdvantage", peers: ["normalize_advantage"],
      "mean 0, deviation 1 a minibatch")
    Setting(
      \.entropyCoefficient, "entropyCoefficient", peers: ["ent_coef"], symbol: "c2",
      "weight of the entropy bonus", in: .finite, search: .numbers(1e-8...0.1, .log))
    Setting(
      \.valueCoefficient, "valueCoefficient", peers: ["vf_coef"], symbol: "c1",
      "weight of the value loss", in: .atLeast(0))
    Setting(
      \.maxGradientNorm, "maxGradientNorm", peers: ["max_grad_norm"],
      "largest norm of the gradient", in: Limits("positive") { Float($0) > 0 },
      search: .numbers(0.3...5, .log), isVariable: true)
    Setting(
      \.targetKL, "targetKL", peers: ["target_kl"],
      "an update stops at 1.5 times this divergence", in: Limits("positive") { $0 > 0 }.orNone,
      isVariable: true)
    Setting(
      \.policyWidths, "policyWidths", peers: ["net_arch[pi]"], "hidden layers of the policy",
      in: .widths,
      search: .ordered(
        [[64], [64, 64], [128, 128], [256, 256]], followers: [\PPOSettings.valueWidths]))
    Setting(
      \.valueWidths, "valueWidths", peers: ["net_arch[vf]"],
      "hidden layers of the value function", in: .widths)
    Setting(
      \.sharedWidths, "sharedWidths", "hidden layers that both share, below their own",
      in: .widths)
    Setting(
      \.recurrent, "recurrent",
      "a layer with memory of the episode below those of the policy and the value function")
    Setting(
      \.recurrentWidth, "recurrentWidth", peers: ["lstm_hidden_size"], "units of that layer",
      in: Limits("a multiple of 16 up to 4096") { (16...4096).contains($0) && $0 % 16 == 0 },
      onlyWith: recurrence)
    Setting(
      \.sequenceLength, "sequenceLength",
      "steps through which its gradients flow at most; a divisor of rolloutSteps and batchSize",
      in: .atLeast(1), onlyWith: recurrence)
    Setting(
      \.activation, "activation", peers: ["activation_fn"], "the function after each hidden layer",
      search: .choices(["tanh", "relu"]))
    Setting(
      \.orthogonalInitialization, "orthogonalInitialization", peers: ["ortho_init"],
      "orthogonal weights, else PyTorch's default")
    Setting(
      \.initialLogDeviation, "initialLogDeviation", peers: ["log_std_init"],
      "log of the standard deviation of continuous actions at the start", in: .from(-20, to: 20))
    Setting(
      \.stateDependentExploration, "stateDependentExploration", peers: ["use_sde"],
      "continuous noise that depends on the state and changes slowly")
    Setting(
      \.explorationInterval, "explorationInterval", peers: ["sde_sample_freq"],
      "steps after which that noise is drawn anew", in: .steps(orMinusOneFor: "once a rollout"),
      onlyWith: .flag(\.stateDependentExploration))
    Setting(
      \.adamEpsilon, "adamEpsilon", peers: ["eps"], "added to Adam's denominator",
      in: Limits("positive") { Float($0) > 0 })
    Setting(
      \.normalizeObservations, "normalizeObservations", peers: ["norm_obs"],
      "running normalization of observations")
    Setting(
      \.normalizeRewards, "normalizeRewards", peers: ["norm_reward"],
      "running normalization of rewards")
  }

  private static let recurrence = Setting<PPOSettings>.Requirement.value(
    of: \.recurrent, "gru"
  ) { $0 != nil }

  /// The steps of a sequence that is learned from at once: 1 without memory.
  var stepsOfSequence: Int { recurrent == nil ? 1 : sequenceLength }

  /// The longest sequence that is not longer than `sequenceLength` and fits rollouts and minibatches.
  private var divisor: Int {
    stride(from: max(1, sequenceLength), to: 1, by: -1).first {
      rolloutSteps % $0 == 0 && batchSize % $0 == 0
    } ?? 1
  }

  /// Throws if a combination of values makes no sense.
  public func validateCombinations() throws(SettingsError) {
    let (rollout, overflows) = environments.multipliedReportingOverflow(by: rolloutSteps)
    try require(
      !overflows && rollout <= 1 << 28, "rolloutSteps",
      "times environments (--envs) must be at most \(1 << 28) transitions, which memory has to hold"
    )
    try require(
      rollout >= 2, "rolloutSteps",
      "must be 2 or more with a single environment, since one transition has no deviation")
    for (name, steps) in [("rolloutSteps", rolloutSteps), ("batchSize", batchSize)] {
      try require(
        steps % stepsOfSequence == 0, "sequenceLength",
        "must divide \(name), \(steps), where recurrent is \(recurrent?.rawValue ?? ""); \(divisor) divides rolloutSteps and batchSize"
      )
    }
    try require(
      !stateDependentExploration || !policyWidths.isEmpty || !sharedWidths.isEmpty,
      "stateDependentExploration", "needs a policy with a hidden layer")
  }

  /// Noise of continuous actions has no effect where they are discrete.
  public func remarks(in spec: EnvironmentSpec, steps: Int) -> [String] {
    let remarks = noHiddenLayers([policyWidths, valueWidths, sharedWidths], ["activation"])
    if case .box = spec.actionSpace { return remarks }
    return remarks
      + withoutEffect(
        ["initialLogDeviation", "stateDependentExploration"], "\(spec.id) has discrete actions")
  }

  /// Environments, rollouts, and the networks.
  public func memoryNeed(in spec: EnvironmentSpec) -> MemoryNeed {
    var need = MemoryNeed()
    need.addEnvironments(environments, spec)
    let (observation, action) = (spec.observationSpace.flatWidth, spec.actionSpace.flatWidth)
    need.addRows(
      environments, "environments", through: sharedWidths + policyWidths, from: observation)
    let isSmooth = if case .box = spec.actionSpace { stateDependentExploration } else { false }
    need.addRollout(
      steps: rolloutSteps, environments: environments, spec, noise: isSmooth ? 0 : action)
    if isSmooth {
      // A matrix for each environment, every so many steps.
      let draws = explorationInterval > 0 ? (rolloutSteps - 1) / explorationInterval + 1 : 1
      let features = Double(policyWidths.last ?? sharedWidths.last ?? 0)
      need.add(
        "explorationInterval",
        4 * Double(draws) * Double(environments) * features * Double(action))
    }
    need.addNetwork("sharedWidths", observation, sharedWidths, 0)
    let inputs = sharedWidths.last ?? observation
    if let recurrent {
      let (units, rows) = (Double(recurrentWidth), Double(environments * stepsOfSequence))
      let gates = Double(recurrent.gates)
      // Weights, gradients, moments and transposes of both; what is remembered before each sequence; and what the steps
      // of a sequence of all environments take.
      need.add("recurrentWidth", 2 * 4 * 5 * gates * units * (Double(inputs) + units + 2))
      need.add(
        "recurrentWidth",
        2 * 4 * Double(recurrent.states) * units * Double(environments * rolloutSteps)
          / Double(stepsOfSequence))
      need.add("sequenceLength", 2 * 4 * rows * units * (2 * gates + 3 * Double(recurrent.states)))
    }
    let width = recurrent == nil ? inputs : recurrentWidth
    need.addNetwork("policyWidths", width, policyWidths, action)
    need.addNetwork("valueWidths", width, valueWidths, 1)
    return need
  }
}
