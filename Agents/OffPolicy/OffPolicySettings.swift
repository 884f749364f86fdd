internal import RLCore
public import RLSupport

/// The hyperparameters that every off-policy agent has.
protocol OffPolicySettings: AgentSettings {
  var environments: Int { get set }
  var learningRate: Schedule { get set }
  var bufferSize: Int { get set }
  var learningStarts: Int { get set }
  var batchSize: Int { get set }
  var tau: Double { get set }
  var discount: Double { get set }
  var trainFrequency: Int { get set }
  var trainFrequencyUnit: TrainFrequencyUnit { get set }
  var gradientSteps: Int { get set }
  var returnSteps: Int { get set }
  var adamEpsilon: Double { get set }
  var normalizeObservations: Bool { get set }
}

extension OffPolicySettings {
  /// The lines that every off-policy agent has.
  ///
  /// - Parameters:
  ///   - batchSize: What searches try for it, in order; likewise the others.
  static func sharedSettings(
    batchSize: [JSONValue], tau: ClosedRange<Double>, returnSteps: SettingSearch<Self>,
    trainFrequency: SettingSearch<Self>? = nil
  ) -> [Setting<Self>] {
    [
      Setting(
        \.environments, "environments", peers: ["n_envs"], "environments stepped together",
        in: .atLeast(1)),
      Setting(
        \.learningRate, "learningRate", peers: ["learning_rate"], "step size of Adam",
        in: .stepSize, search: .numbers(1e-5...1e-2, .log), isVariable: true),
      Setting(
        \.bufferSize, "bufferSize", peers: ["buffer_size"],
        "transitions that the replay buffer keeps", in: .from(1, to: 1 << 31)),
      Setting(
        \.learningStarts, "learningStarts", peers: ["learning_starts"],
        "steps with random actions before the first update", in: .atLeast(0),
        search: .ordered([100, 500, 1000, 5000, 10_000], upTo: { $1 / 5 })),
      Setting(
        \.batchSize, "batchSize", peers: ["batch_size"], "transitions an update",
        in: .from(2, to: 1 << 20), search: .ordered(batchSize)),
      Setting(
        \.tau, "tau", peers: ["tau"], symbol: "τ", "how far target networks move in an update",
        in: Limits("above 0 and at most 1") { Float($0) > 0 && $0 <= 1 },
        search: .numbers(tau, .log), isVariable: true),
      Setting(
        \.discount, "discount", peers: ["gamma"], symbol: "γ", "weight of the next step's value",
        in: .from(0, to: 1), search: .numbers(0.9...0.9999, .complement)),
      Setting(
        \.trainFrequency, "trainFrequency", peers: ["train_freq"],
        "steps of each environment, or episodes, between rounds of updates",
        in: .from(1, to: 65_536), search: trainFrequency),
      Setting(\.trainFrequencyUnit, "trainFrequencyUnit", "what trainFrequency counts"),
      Setting(
        \.gradientSteps, "gradientSteps", peers: ["gradient_steps"],
        "updates a round",
        in: Limits("from 1 to 65536, or -1 for as many as steps were taken") {
          $0 == -1 || (1...65_536).contains($0)
        }, isVariable: true),
      Setting(
        \.returnSteps, "returnSteps", peers: ["n_steps"], symbol: "n",
        "rewards summed before a value is bootstrapped", in: .from(1, to: 10_000),
        search: returnSteps),
      Setting(
        \.adamEpsilon, "adamEpsilon", peers: ["eps"], "added to Adam's denominator", in: .positive),
      Setting(
        \.normalizeObservations, "normalizeObservations", peers: ["norm_obs"],
        "running normalization of observations"),
    ]
  }

  /// Throws if a combination of shared values makes no sense.
  func validateSharedCombinations() throws(SettingsError) {
    try require(
      bufferSize >= environments, "bufferSize",
      "must hold a transition of each environment, and at most \(1 << 31), not \(bufferSize)")
    try require(
      trainFrequencyUnit == .step || environments == 1, "trainFrequencyUnit",
      "must be step with several environments, whose episodes end at different times")
  }

  /// What leaves a budget without updates, or settings without effect in all of its updates, each as a sentence.
  ///
  /// - Parameters:
  ///   - steps: The budget in environment steps.
  ///   - counts: Settings that count updates, each of which has an effect only every so often.
  ///   - widths: The hidden layers of all networks.
  func sharedRemarks(
    steps: Int, every counts: [(name: String, updates: Int)] = [], widths: [[Int]]
  ) -> [String] {
    var remarks = noHiddenLayers(widths, ["activation", "normalizeLayers"])
    guard learningStarts < steps else {
      return remarks + [
        "'learningStarts' (\(learningStarts)) leaves nothing of the budget (\(steps)) to learn in."
      ]
    }
    guard trainFrequencyUnit == .step else { return remarks }
    // Steps of all environments between two rounds of updates.
    let round = trainFrequency.multipliedReportingOverflow(by: environments)
    guard !round.overflow, round.partialValue <= steps else {
      return remarks + [
        "'trainFrequency' (\(trainFrequency) steps of each environment, of which there are \(environments)) makes the first round of updates longer than the budget (\(steps)), which is rounded up to it."
      ]
    }
    let rounds = (steps - learningStarts) / round.partialValue + 1
    let updates = rounds.multipliedReportingOverflow(by: self.updates(after: round.partialValue))
    if !updates.overflow {
      remarks += counts.filter { $0.updates > updates.partialValue }.map {
        "'\($0.name)' (\($0.updates)) is more than the updates in the budget, about \(updates.partialValue), so that what it counts never happens."
      }
    }
    return remarks
  }

  /// Environments, replay buffer and batches.
  ///
  /// - Parameters:
  ///   - spec: The environment.
  ///   - isPrioritized: Whether transitions have priorities.
  func sharedMemoryNeed(in spec: EnvironmentSpec, isPrioritized: Bool = false) -> MemoryNeed {
    var need = MemoryNeed()
    need.addEnvironments(environments, spec)
    let masks = spec.masksActions ? spec.actionSpace.choiceWidth : 0
    let numbers = 2 * spec.observationSpace.rowWidth + spec.actionSpace.rowWidth + 1
    need.add("bufferSize", Double(bufferSize) * Double(4 * numbers + masks + 1))
    if isPrioritized { need.add("bufferSize", Double(SumTree.byteCount(bufferSize))) }
    let (observation, action) = (spec.observationSpace.flatWidth, spec.actionSpace.flatWidth)
    need.addRows(batchSize, "batchSize", through: [], from: 2 * observation + action)
    return need
  }

  /// Updates in a round that follows so many environment steps.
  func updates(after steps: Int) -> Int { gradientSteps == -1 ? steps : gradientSteps }
}

/// What passes between rounds of updates.
public enum TrainFrequencyUnit: String, Sendable, Codable, CaseIterable, SettingValue {
  /// Steps of each environment.
  case step
  /// Whole episodes of the only environment.
  case episode
}
