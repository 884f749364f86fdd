internal import RLSupport

extension SearchSpace {
  /// The space of an agent's hyperparameters.
  ///
  /// Ranges are those of RL Baselines3 Zoo's searches (Raffin 2020), without what hardly ever learns, and
  /// with numbers where the zoo has a few to choose from. They are widened to hold the starting point.
  ///
  /// - Parameters:
  ///   - start: All hyperparameters of the starting point.
  ///   - steps: The budget; what would use it up before anything is learned is left out.
  static func builtIn(_ agent: String, start: [String: JSONValue], steps: Int)
    -> SearchSpace
  {
    let dimensions: [Dimension] =
      switch agent {
      case "ppo": ppo(steps / max(1, Int(start["environments"]?.number ?? 1)))
      case "dqn": dqn(steps)
      case "sac": actorCritic(steps)
      case "td3":
        actorCritic(steps) + [
          Dimension("explorationNoise", .real(low: 0.02, high: 0.8, .linear)),
          Dimension("noiseProcess", .choices(["gaussian", "ornsteinUhlenbeck"])),
          Dimension("targetNoise", .real(low: 0.05, high: 0.5, .linear)),
          Dimension("policyDelay", .whole(low: 1, high: 4, .linear)),
        ]
      default: []
      }
    return SearchSpace(
      dimensions.map { dimension in
        var dimension = dimension
        if let value = start[dimension.name] {
          dimension.range = dimension.range.widened(toHold: value)
        }
        return dimension
      }, start: start)
  }

  private static let learningRate = Dimension(
    "learningRate", .real(low: 1e-5, high: 1e-2, .log))
  private static let discount = Dimension(
    "discount", .real(low: 0.9, high: 0.9999, .complement))

  /// - Parameter steps: Of each environment.
  private static func ppo(_ steps: Int) -> [Dimension] {
    [
      learningRate, discount,
      Dimension("gaeLambda", .real(low: 0.8, high: 0.999, .complement)),
      Dimension("rolloutSteps", limited([32, 64, 128, 256, 512, 1024, 2048], to: steps / 8)),
      Dimension("batchSize", .ordered([32, 64, 128, 256, 512])),
      Dimension("epochs", .whole(low: 1, high: 20, .log)),
      Dimension("clipRange", .real(low: 0.1, high: 0.4, .linear)),
      Dimension("entropyCoefficient", .real(low: 1e-8, high: 0.1, .log)),
      Dimension("maxGradientNorm", .real(low: 0.3, high: 5, .log)),
      Dimension(
        "policyWidths", .ordered([[64], [64, 64], [128, 128], [256, 256]]),
        others: ["valueWidths"]),
      Dimension("activation", .choices(["tanh", "relu"])),
    ]
  }

  private static func dqn(_ steps: Int) -> [Dimension] {
    [
      learningRate, discount,
      Dimension("batchSize", .ordered([32, 64, 128, 256])),
      Dimension("learningStarts", limited([100, 500, 1000, 5000, 10_000], to: steps / 5)),
      Dimension("trainFrequency", .ordered([1, 2, 4, 8])),
      Dimension("returnSteps", .whole(low: 1, high: 10, .log)),
      Dimension("tau", .real(low: 0.002, high: 1, .log)),
      Dimension("targetUpdateInterval", limited([1, 10, 100, 1000, 10_000], to: steps / 5)),
      Dimension("explorationFraction", .real(low: 0.02, high: 0.5, .linear)),
      Dimension("explorationEnd", .real(low: 0, high: 0.2, .linear)),
      Dimension("widths", .ordered([[64], [64, 64], [128, 128], [256, 256]])),
      Dimension("normalizeLayers", .choices([false, true])),
    ]
  }

  private static func actorCritic(_ steps: Int) -> [Dimension] {
    [
      learningRate, discount,
      Dimension("batchSize", .ordered([64, 128, 256, 512])),
      Dimension("learningStarts", limited([100, 500, 1000, 5000, 10_000], to: steps / 5)),
      Dimension("tau", .real(low: 0.001, high: 0.1, .log)),
      Dimension("returnSteps", .whole(low: 1, high: 5, .linear)),
      Dimension(
        "actorWidths", .ordered([[64, 64], [128, 128], [256, 256], [400, 300]]),
        others: ["criticWidths"]),
      Dimension("normalizeLayers", .choices([false, true])),
    ]
  }

  /// The values up to a limit, and the first at any rate.
  private static func limited(_ values: [Int], to limit: Int) -> SearchRange {
    .ordered((values.prefix(1) + values.dropFirst().filter { $0 <= limit }).map { .int($0) })
  }
}
