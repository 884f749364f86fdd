public import RLCore
public import RLSupport
public import RLTensor

/// The hyperparameters of ``DQN``; the defaults are Stable-Baselines3's.
public struct DQNSettings: OffPolicySettings {
  /// How many environments are stepped together (SB3 `n_envs`).
  public var environments = 1
  /// The step size of Adam.
  public var learningRate: Schedule = 1e-4
  /// Transitions that the replay buffer keeps (SB3 `buffer_size`).
  public var bufferSize = 1_000_000
  /// Steps with random actions before the first update (SB3 `learning_starts`).
  public var learningStarts = 100
  /// Transitions an update (SB3 `batch_size`).
  public var batchSize = 32
  /// How far the target network moves when it is updated (SB3 `tau`); 1 copies the network.
  public var tau = 1.0
  /// SB3 `gamma`, γ.
  public var discount = 0.99
  /// Steps of each environment, or episodes, between rounds of updates (SB3 `train_freq`).
  public var trainFrequency = 4
  /// What `trainFrequency` counts (the unit of SB3's `train_freq`).
  public var trainFrequencyUnit = TrainFrequencyUnit.step
  /// Updates a round (SB3 `gradient_steps`); -1 for as many as steps were taken.
  public var gradientSteps = 1
  /// Rewards summed before a value is bootstrapped (SB3 `n_steps`, n; Sutton 1988).
  public var returnSteps = 1
  /// Environment steps between moves of the target network (SB3 `target_update_interval`); they come before the
  /// updates of a round.
  public var targetUpdateInterval = 10_000
  /// The share of the budget over which exploration falls (SB3 `exploration_fraction`).
  public var explorationFraction = 0.1
  /// The share of random actions at the start (SB3 `exploration_initial_eps`, ε).
  public var explorationStart = 1.0
  /// The share of random actions in the end (SB3 `exploration_final_eps`).
  public var explorationEnd = 0.05
  /// SB3 `max_grad_norm`.
  public var maxGradientNorm = 10.0
  /// Hidden layers (SB3 `net_arch`).
  public var widths = [64, 64]
  /// The function between layers.
  public var activation = Activation.relu
  /// Normalizes each hidden layer (Ba et al. 2016).
  public var normalizeLayers = false
  /// Chooses the next action with the network and values it with the target (van Hasselt et al. 2016).
  public var isDouble = false
  /// Sums a value and advantages (Wang et al. 2016, equation 9).
  public var isDueling = false
  /// How many quantiles of each action's return are learned (QR-DQN; Dabney et al. 2018, algorithm 1, with
  /// κ = 1; sb3-contrib `n_quantiles`); 0 for its mean only, as in DQN. Differences of returns far below 1 are
  /// averaged rather than ranked.
  public var quantiles = 0
  /// Squares errors instead of Huber's loss, as in the first DQN.
  public var usesSquaredLoss = false
  /// Draws transitions by their errors (Schaul et al. 2016).
  public var prioritizedReplay = false
  /// How much priorities matter (α).
  public var priorityExponent = 0.6
  /// How much importance weights make up for them (β).
  public var priorityCorrection: Schedule = .linear(from: 0.4, to: 1)
  /// Added to Adam's denominator.
  public var adamEpsilon = 1e-8
  /// Running normalization of observations.
  public var normalizeObservations = false

  /// Stable-Baselines3's defaults.
  public init() {}

  /// One line a hyperparameter.
  public static let table = SettingsTable<DQNSettings>(
    sharedSettings(
      batchSize: [32, 64, 128, 256], tau: 0.002...1, returnSteps: .whole(1...10, .log),
      trainFrequency: .ordered([1, 2, 4, 8]))
  ) {
    Setting(
      \.targetUpdateInterval, "targetUpdateInterval", peers: ["target_update_interval"],
      "steps of environments between moves of the target network", in: .atLeast(1),
      search: .ordered([1, 10, 100, 1000, 10_000], upTo: { $1 / 5 }))
    Setting(
      \.explorationFraction, "explorationFraction", peers: ["exploration_fraction"],
      "share of the budget over which exploration falls", in: .from(0, to: 1),
      search: .numbers(0.02...0.5), isVariable: true)
    Setting(
      \.explorationStart, "explorationStart", peers: ["exploration_initial_eps"], symbol: "ε",
      "share of random actions at the start", in: .from(0, to: 1),
      onlyWith: .value(of: \.explorationFraction, "0.1") { $0 > 0 }, isVariable: true)
    Setting(
      \.explorationEnd, "explorationEnd", peers: ["exploration_final_eps"], symbol: "ε",
      "share of random actions in the end", in: .from(0, to: 1), search: .numbers(0...0.2),
      isVariable: true)
    Setting(
      \.maxGradientNorm, "maxGradientNorm", peers: ["max_grad_norm"],
      "largest norm of the gradient", in: .positive, isVariable: true)
    Setting(
      \.widths, "widths", peers: ["net_arch"], "hidden layers", in: .widths,
      search: .ordered([[64], [64, 64], [128, 128], [256, 256]]))
    Setting(
      \.activation, "activation", peers: ["activation_fn"],
      "the function after each hidden layer")
    Setting(
      \.normalizeLayers, "normalizeLayers", "layer normalization before each activation",
      search: .choices([false, true]))
    Setting(
      \.isDouble, "isDouble",
      "double Q-learning: the network chooses, the target network values")
    Setting(\.isDueling, "isDueling", "a value and advantages instead of plain action values")
    Setting(
      \.quantiles, "quantiles", peers: ["n_quantiles"],
      "quantiles of each action's return, as in QR-DQN; 0 for the mean only",
      in: .from(0, to: 10_000))
    Setting(
      \.usesSquaredLoss, "usesSquaredLoss", "squared errors instead of Huber's loss")
    Setting(
      \.prioritizedReplay, "prioritizedReplay", "transitions are drawn by their errors")
    Setting(
      \.priorityExponent, "priorityExponent", symbol: "α", "how much priorities matter",
      in: .from(0, to: 1), onlyWith: .flag(\.prioritizedReplay))
    Setting(
      \.priorityCorrection, "priorityCorrection", symbol: "β",
      "how much importance weights make up for priorities", in: .from(0, to: 1),
      onlyWith: .flag(\.prioritizedReplay), isVariable: true)
  }

  /// Throws if a combination of values makes no sense.
  public func validateCombinations() throws(SettingsError) {
    try validateSharedCombinations()
    try require(
      quantiles == 0 || !isDueling, "isDueling", "must be false where quantiles are learned")
    try require(
      quantiles == 0 || !usesSquaredLoss, "usesSquaredLoss",
      "must be false where quantiles are learned, which have a loss of their own")
  }

  /// Warns of budgets that are over before anything is learned.
  public func remarks(in spec: EnvironmentSpec, steps: Int) -> [String] {
    let remarks = sharedRemarks(steps: steps, widths: [widths])
    let isChosen = targetUpdateInterval != Self().targetUpdateInterval
    return targetUpdateInterval <= steps || !isChosen || !remarks.isEmpty
      ? remarks
      : [
        "'targetUpdateInterval' (\(targetUpdateInterval)) is more than the budget (\(steps)), so that the target network never moves."
      ]
  }

  /// Environments, replay buffer, and the network with its target.
  public func memoryNeed(in spec: EnvironmentSpec) -> MemoryNeed {
    var need = sharedMemoryNeed(in: spec, isPrioritized: prioritizedReplay)
    let (observation, action) = (spec.observationSpace.flatWidth, spec.actionSpace.flatWidth)
    need.addRows(environments, "environments", through: widths, from: observation)
    need.addNetwork("widths", observation, widths, action, copies: 6)
    // Weights of the last layer, and the values of all actions: while acting, and for a slice of a batch, of which each
    // thread has one, of both networks and with gradients.
    let outputs = Double(action) * Double(quantiles)
    if quantiles > 0 {
      let width = Double(widths.last ?? observation)
      need.add("quantiles", 4 * 6 * (width + 1) * (outputs - Double(action)))
      need.add("quantiles", 4 * outputs * Double(environments + 5 * min(batchSize, 64)))
    }
    return need
  }
}
