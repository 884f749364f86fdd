public import RLCore
public import RLSupport
public import RLTensor

/// The hyperparameters of ``SAC``; the defaults are Stable-Baselines3's.
public struct SACSettings: OffPolicySettings {
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
  /// Updates of the critics for each one of the policy (Chen et al. 2021 and others; SB3 has 1, CrossQ
  /// in sb3-contrib `policy_delay`).
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
  /// Batch renormalization of inputs and hidden layers of the policy and the critics, which then value observations and next
  /// observations in one batch (CrossQ; Bhatt et al. 2024).
  public var batchNormalization = false
  /// Residual blocks instead of plain hidden layers, one for each width (SimBa; Lee et al. 2025).
  public var residualBlocks = false
  /// Whether next values come from averaged copies of the critics (Lillicrap et al. 2016, section 3).
  public var targetCritics = true
  /// How much of Adam's mean of gradients stays in a step (Kingma and Ba 2015, β₁).
  public var adamBeta1 = 0.9
  /// The share of the learning rate by which weights shrink in a step (Loshchilov and Hutter 2019, λ).
  public var weightDecay = 0.0
  /// Added to Adam's denominator.
  public var adamEpsilon = 1e-8
  /// Running normalization of observations.
  public var normalizeObservations = false

  /// Stable-Baselines3's defaults.
  public init() {}

  /// One line a hyperparameter.
  public static let table = SettingsTable<SACSettings>(
    sharedSettings(
      batchSize: [64, 128, 256, 512], tau: 0.001...0.1, returnSteps: .whole(1...5))
  ) {
    Setting(
      \.entropyCoefficient, "entropyCoefficient", peers: ["ent_coef"], symbol: "α",
      "weight of the entropy",
      in: Limits("0 or more, or auto with a positive start") {
        $0.start.isFinite && $0.start > 0 || $0 == .fixed(0)
      })
    Setting(
      \.targetEntropy, "targetEntropy", peers: ["target_entropy"],
      "the entropy that auto aims at",
      in: Limits("finite, or null for minus the number of actions") { $0?.isFinite ?? true },
      onlyWith: .value(of: \.entropyCoefficient, "auto") {
        if case .automatic = $0 { true } else { false }
      })
    Setting(
      \.targetUpdateInterval, "targetUpdateInterval", peers: ["target_update_interval"],
      "updates between those of the target critics", in: .atLeast(1),
      onlyWith: .flag(\.targetCritics))
    Setting(
      \.policyDelay, "policyDelay", peers: ["policy_delay"],
      "updates of the critics for each one of the policy", in: .atLeast(1))
    Setting(
      \.criticCount, "criticCount", peers: ["n_critics"],
      "critics, of which the lowest value counts", in: .from(1, to: 16))
    Setting(
      \.actorWidths, "actorWidths", peers: ["net_arch[pi]"], "hidden layers of the policy",
      in: .widths,
      search: .ordered(
        [[64, 64], [128, 128], [256, 256], [400, 300]],
        followers: [\SACSettings.criticWidths]))
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
      \.batchNormalization, "batchNormalization",
      "batch renormalization in policy and critics (CrossQ); needs targetCritics=false")
    Setting(
      \.residualBlocks, "residualBlocks",
      "each hidden layer is a residual block with layer normalization (SimBa)")
    Setting(
      \.targetCritics, "targetCritics", "next values come from averaged copies of the critics")
    Setting(
      \.adamBeta1, "adamBeta1", symbol: "β₁", "how much of Adam's mean of gradients stays",
      in: Limits("from 0 to below 1") { $0 >= 0 && Float($0) < 1 })
    Setting(
      \.weightDecay, "weightDecay", peers: ["weight_decay"], symbol: "λ",
      "decoupled weight decay (AdamW)", in: .from(0, to: 1))
    Setting(
      \.stateDependentExploration, "stateDependentExploration", peers: ["use_sde"],
      "noise that depends on the state and changes slowly")
    Setting(
      \.explorationInterval, "explorationInterval", peers: ["sde_sample_freq"],
      "steps after which that noise is drawn anew", in: .steps(orMinusOneFor: "once a round"),
      onlyWith: .flag(\.stateDependentExploration))
    Setting(
      \.initialLogDeviation, "initialLogDeviation", peers: ["log_std_init"],
      "log of the deviation of that noise at the start", in: .from(-20, to: 20),
      onlyWith: .flag(\.stateDependentExploration))
  }

  /// Throws if a combination of values makes no sense.
  public func validateCombinations() throws(SettingsError) {
    try validateSharedCombinations()
    try require(
      !stateDependentExploration || !actorWidths.isEmpty, "stateDependentExploration",
      "needs a policy with a hidden layer")
    try require(
      !batchNormalization || !targetCritics, "batchNormalization",
      "has no target critics: set targetCritics=false")
    try require(
      !batchNormalization || !residualBlocks, "batchNormalization",
      "and residualBlocks cannot be on together")
    try require(
      !normalizeLayers || !batchNormalization && !residualBlocks, "normalizeLayers",
      "is of plain layers: batchNormalization and residualBlocks have their own normalization")
    for (name, widths) in [("actorWidths", actorWidths), ("criticWidths", criticWidths)] {
      try require(
        !residualBlocks || widths.first.map { first in widths.allSatisfy { $0 == first } } ?? false,
        name, "must be one or more equal widths, since residualBlocks add up")
    }
  }

  /// How hidden layers are built.
  func networkStyle(normalizesLayers: Bool) -> NetworkBody.Style {
    residualBlocks
      ? .residual
      : batchNormalization ? .batchNormalized : .plain(normalizesLayers: normalizesLayers)
  }

  /// Warns of budgets that are over before anything is learned.
  public func remarks(in spec: EnvironmentSpec, steps: Int) -> [String] {
    sharedRemarks(
      steps: steps,
      every: [("policyDelay", policyDelay), ("targetUpdateInterval", targetUpdateInterval)],
      widths: [actorWidths, criticWidths])
      + (targetCritics ? [] : withoutEffect(["tau"], "there are no target critics"))
  }

  /// Environments, replay buffer, and the networks with their targets.
  public func memoryNeed(in spec: EnvironmentSpec) -> MemoryNeed {
    var need = sharedMemoryNeed(in: spec)
    let (observation, action) = (spec.observationSpace.flatWidth, spec.actionSpace.flatWidth)
    // A residual block has two layers more.
    func layers(_ widths: [Int]) -> [Int] {
      guard residualBlocks else { return widths }
      return widths.flatMap { [$0, ResidualPerceptron.expansion * $0] } + widths.suffix(1)
    }
    need.addRows(environments, "environments", through: layers(actorWidths), from: observation)
    need.addNetwork("actorWidths", observation, layers(actorWidths), 2 * action)
    for _ in 0..<criticCount {
      need.addNetwork("criticWidths", observation + action, layers(criticWidths), 1, copies: 6)
    }
    if batchNormalization {
      // A batch is not cut into slices, and two threads have memory of their own: each layer's numbers with their gradients.
      for _ in 0..<4 * criticCount {
        need.addRows(2 * batchSize, "batchSize", through: criticWidths, from: observation + action)
      }
      for _ in 0..<2 {
        need.addRows(batchSize, "batchSize", through: actorWidths, from: observation)
      }
    }
    return need
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

extension EntropyCoefficient: CodedSetting, CustomStringConvertible, ExpressibleByFloatLiteral {
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

  /// What is expected.
  public static var expected: String { "a number, auto or auto(start)" }
  /// The forms.
  public static var forms: String? { expected }
  /// Takes a number or a word.
  public init?(setting: JSONValue) {
    if let value = Double(setting: setting) {
      self = .fixed(value)
    } else if let word = setting.string {
      self.init(word)
    } else {
      return nil
    }
  }
  /// A number or a word.
  public var setting: JSONValue {
    if case .fixed(let value) = self { value.setting } else { .string(description) }
  }
}
