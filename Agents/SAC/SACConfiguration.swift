public import RLTensor

/// The hyperparameters of ``SAC``; the defaults are Stable-Baselines3's.
public struct SACConfiguration: OffPolicyConfiguration {
  /// How many environments are stepped together (SB3 `n_envs`).
  public var environments = 1
  /// The step size of Adam.
  public var learningRate: Schedule = 3e-4
  /// Transitions that the replay buffer keeps (SB3 `buffer_size`).
  public var bufferSize = 1_000_000
  /// Steps with random actions before the first update (SB3 `learning_starts`).
  public var learningStarts = 100
  /// Transitions an update (SB3 `batch_size`).
  public var batchSize = 256
  /// How far target critics move in an update (SB3 `tau`, τ).
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
  /// The weight of the entropy (SB3 `ent_coef`, α).
  public var entropyCoefficient: EntropyCoefficient = .automatic(start: 1)
  /// The entropy that an automatic weight aims at (SB3 `target_entropy`); minus the number of actions if
  /// none.
  public var targetEntropy: Double?
  /// Updates between those of the target critics (SB3 `target_update_interval`, which counts anew in each
  /// round).
  public var targetUpdateInterval = 1
  /// Updates of the critics for each one of the policy (Chen et al. 2021 and others; SB3 has 1).
  public var policyDelay = 1
  /// How many critics there are, of which the lowest value counts (SB3 `n_critics`).
  public var criticCount = 2
  /// Hidden layers of the policy (SB3 `net_arch[pi]`).
  public var actorWidths = [256, 256]
  /// Hidden layers of each critic (SB3 `net_arch[qf]`).
  public var criticWidths = [256, 256]
  /// The function between layers.
  public var activation = Activation.relu
  /// Normalizes each hidden layer of the critics (Ball et al. 2023, section 4.2).
  public var normalizeLayers = false
  /// Noise that depends on the state and changes slowly (SB3 `use_sde`; Raffin et al. 2022).
  public var stateDependentExploration = false
  /// Steps after which that noise is drawn anew (SB3 `sde_sample_freq`); -1 for once a round.
  public var explorationInterval = -1
  /// The logarithm of that noise's deviation at the start (SB3 `log_std_init`).
  public var initialLogDeviation = -3.0
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
        "entropyCoefficient", alias: "ent_coef, α",
        "weight of the entropy: a number, auto, or auto(start)"),
      .init(
        "targetEntropy", alias: "target_entropy",
        "the entropy that auto aims at; null for minus the number of actions"),
      .init(
        "targetUpdateInterval", alias: "target_update_interval",
        "updates between those of the target critics"),
      .init("policyDelay", "updates of the critics for each one of the policy"),
      .init("criticCount", alias: "n_critics", "critics, of which the lowest value counts"),
      .init("actorWidths", alias: "net_arch[pi]", "hidden layers of the policy"),
      .init("criticWidths", alias: "net_arch[qf]", "hidden layers of each critic"),
      .init("activation", alias: "activation_fn", "tanh, relu, gelu, sigmoid, softplus or none"),
      .init("normalizeLayers", "layer normalization before each activation of the critics"),
      .init(
        "stateDependentExploration", alias: "use_sde",
        "noise that depends on the state and changes slowly"),
      .init(
        "explorationInterval", alias: "sde_sample_freq",
        "steps after which that noise is drawn anew; -1 for once a round"),
      .init(
        "initialLogDeviation", alias: "log_std_init",
        "log of the deviation of that noise at the start"),
      .init("normalizeObservations", alias: "norm_obs", "running normalization of observations"),
    ]
  }

  /// Throws if a value, or a combination of values, makes no sense.
  public func validate() throws(ConfigurationError) {
    try validateShared()
    try require(
      entropyCoefficient.start.isFinite && entropyCoefficient.start > 0
        || entropyCoefficient == .fixed(0), "entropyCoefficient",
      "must be 0 or more, auto, or auto(start) with a positive start, not \(entropyCoefficient)")
    try require(
      targetEntropy?.isFinite ?? true, "targetEntropy", "must be a number, or null for none")
    try require(
      targetUpdateInterval >= 1, "targetUpdateInterval",
      "must be 1 or more, not \(targetUpdateInterval)")
    try require(policyDelay >= 1, "policyDelay", "must be 1 or more, not \(policyDelay)")
    try require(
      (1...16).contains(criticCount), "criticCount", "must be from 1 to 16, not \(criticCount)")
    try requireWidths("actorWidths", actorWidths)
    try requireWidths("criticWidths", criticWidths)
    try require(
      explorationInterval == -1 || explorationInterval >= 1, "explorationInterval",
      "must be -1 or a number of steps, not \(explorationInterval)")
    try require(
      initialLogDeviation.isFinite, "initialLogDeviation", "must be a number")
    try require(
      !stateDependentExploration || !actorWidths.isEmpty, "stateDependentExploration",
      "needs a policy with a hidden layer")
  }
}

/// The weight of the entropy in SAC's objective: fixed, or learned from a start value.
///
/// In files: a number, `auto`, or `auto(start)` (or `auto_start`, as Stable-Baselines3 writes it).
public enum EntropyCoefficient: Sendable, Equatable {
  /// The same throughout.
  case fixed(Double)
  /// Learned so that the entropy meets its target (Haarnoja et al. 2018, section 5).
  case automatic(start: Double)

  /// The value at the start.
  public var start: Double {
    switch self {
    case .fixed(let value): value
    case .automatic(let value): value
    }
  }
}

extension EntropyCoefficient: Codable, CustomStringConvertible, ExpressibleByFloatLiteral {
  /// A fixed weight.
  public init(floatLiteral value: Double) { self = .fixed(value) }

  /// The form in files.
  public var description: String {
    switch self {
    case .fixed(let value): "\(value)"
    case .automatic(let start): start == 1 ? "auto" : "auto(\(start))"
    }
  }

  /// Reads the form in files; `nil` if it is none.
  public init?(_ text: String) {
    if let value = Double(text) {
      self = .fixed(value)
    } else if text == "auto" {
      self = .automatic(start: 1)
    } else if text.hasPrefix("auto("), text.hasSuffix(")"),
      let start = Double(text.dropFirst(5).dropLast())
    {
      self = .automatic(start: start)
    } else if text.hasPrefix("auto_"), let start = Double(text.dropFirst(5)) {
      // As Stable-Baselines3 writes it.
      self = .automatic(start: start)
    } else {
      return nil
    }
  }

  /// Reads a number or a word.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(Double.self) {
      self = .fixed(value)
    } else if let value = EntropyCoefficient(try container.decode(String.self)) {
      self = value
    } else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "a number, auto or auto(start) is needed")
    }
  }

  /// Writes a number or a word.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if case .fixed(let value) = self {
      try container.encode(value)
    } else {
      try container.encode(description)
    }
  }
}
