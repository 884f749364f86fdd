/// The hyperparameters that every off-policy agent has.
protocol OffPolicyConfiguration: AgentConfiguration {
  var environments: Int { get }
  var learningRate: Schedule { get }
  var bufferSize: Int { get }
  var learningStarts: Int { get }
  var batchSize: Int { get }
  var tau: Double { get }
  var discount: Double { get }
  var trainFrequency: Int { get }
  var trainFrequencyUnit: TrainFrequencyUnit { get }
  var gradientSteps: Int { get }
  var returnSteps: Int { get }
  var adamEpsilon: Double { get }
  var normalizeObservations: Bool { get }
}

extension OffPolicyConfiguration {
  /// The meanings of the shared hyperparameters.
  static var sharedFields: [ConfigurationField] {
    [
      .init("environments", alias: "n_envs", "environments stepped together, 1 or more"),
      .init("learningRate", alias: "learning_rate", "step size of Adam; a number or a schedule"),
      .init("bufferSize", alias: "buffer_size", "transitions that the replay buffer keeps"),
      .init(
        "learningStarts", alias: "learning_starts",
        "steps with random actions before the first update"),
      .init("batchSize", alias: "batch_size", "transitions an update, 2 or more"),
      .init(
        "tau", alias: "tau, τ", "how far target networks move in an update, above 0, at most 1"),
      .init("discount", alias: "gamma, γ", "weight of the next step's value, 0 ... 1"),
      .init(
        "trainFrequency", alias: "train_freq",
        "steps of each environment, or episodes, between rounds of updates"),
      .init("trainFrequencyUnit", "what trainFrequency counts: step or episode"),
      .init(
        "gradientSteps", alias: "gradient_steps",
        "updates a round; -1 for as many as steps were taken"),
      .init("returnSteps", alias: "n_steps, n", "rewards summed before a value is bootstrapped"),
      .init("adamEpsilon", alias: "eps", "added to Adam's denominator"),
    ]
  }

  /// Throws if a shared value makes no sense.
  func validateShared() throws(ConfigurationError) {
    try require(environments >= 1, "environments", "must be 1 or more, not \(environments)")
    try requirePositive("learningRate", learningRate)
    try require(
      bufferSize >= environments && bufferSize <= 1 << 31, "bufferSize",
      "must hold a transition of each environment, and at most \(1 << 31), not \(bufferSize)")
    try require(learningStarts >= 0, "learningStarts", "must be 0 or more, not \(learningStarts)")
    try require(
      (2...1 << 20).contains(batchSize), "batchSize",
      "must be from 2 to \(1 << 20), not \(batchSize)")
    try require(Float(tau) > 0 && tau <= 1, "tau", "must be above 0 and at most 1, not \(tau)")
    try require((0...1).contains(discount), "discount", "must be from 0 to 1, not \(discount)")
    try require(
      (1...65_536).contains(trainFrequency), "trainFrequency",
      "must be from 1 to 65536, not \(trainFrequency)")
    try require(
      trainFrequencyUnit == .step || environments == 1, "trainFrequencyUnit",
      "must be step with several environments, whose episodes end at different times")
    try require(
      gradientSteps == -1 || (1...65_536).contains(gradientSteps), "gradientSteps",
      "must be -1, or from 1 to 65536, not \(gradientSteps)")
    try require(
      (1...10_000).contains(returnSteps), "returnSteps",
      "must be from 1 to 10000, not \(returnSteps)")
    try require(
      Float(adamEpsilon) > 0 && adamEpsilon.isFinite, "adamEpsilon",
      "must be positive, not \(adamEpsilon)")
  }

  /// Updates in a round that follows so many environment steps.
  func updates(after steps: Int) -> Int { gradientSteps == -1 ? steps : gradientSteps }
}

/// What passes between rounds of updates.
public enum TrainFrequencyUnit: String, Sendable, Codable, CaseIterable {
  /// Steps of each environment.
  case step
  /// Whole episodes of the only environment.
  case episode
}
