extension DQN {
  /// Tuned settings by the environment's full name.
  public static let presets: [String: Preset<DQNSettings>] = [
    "Acrobot-v1": .common(steps: 100_000) {
      $0.bufferSize = 100_000
      $0.batchSize = 128
      $0.tau = 0.005
    },
    "Blackjack-v1": .common(steps: 100_000) {
      $0.returnSteps = 1
      $0.learningRate = .linear(from: 5e-4, to: 0)
      $0.explorationFraction = 0.5
    },
    "CartPole-v0": cartPole,
    "CartPole-v1": cartPole,
    "CliffWalking-v1": .common(steps: 20_000) {
      $0.returnSteps = 1
      $0.explorationFraction = 0.3
    },
    "FrozenLake-v1": .common(steps: 60_000) {
      $0.returnSteps = 1
      $0.normalizeLayers = false
      $0.explorationFraction = 0.3
    },
    "FrozenLake8x8-v1": .common(steps: 150_000) {
      $0.returnSteps = 1
      $0.normalizeLayers = false
      $0.explorationFraction = 0.5
    },
    "GridWorld-v0": .common(steps: 60_000) {
      $0.explorationFraction = 0.3
    },
    "LunarLander-v3": .init(steps: 100_000) {
      $0.learningStarts = 1000
      $0.trainFrequency = 1
      $0.targetUpdateInterval = 1
      $0.isDouble = true
      $0.bufferSize = 100_000
      $0.batchSize = 128
      $0.tau = 0.005
      $0.returnSteps = 3
      $0.widths = [128, 128]
      $0.normalizeLayers = true
      $0.learningRate = .linear(from: 1e-3, to: 0)
      $0.explorationFraction = 0.2
    },
    "MountainCar-v0": .common(steps: 120_000) {
      $0.environments = 4
      $0.gradientSteps = 4
      $0.explorationFraction = 0.3
    },
    "Taxi-v3": taxi,
    "Taxi-v4": taxi,
  ]

  private static let cartPole = Preset<DQNSettings>.common(steps: 50_000) {
    $0.returnSteps = 8
    $0.tau = 0.005
    $0.explorationFraction = 0.06
    $0.maxGradientNorm = 1
  }

  private static let taxi = Preset<DQNSettings>.common(steps: 100_000) {
    $0.explorationFraction = 0.3
  }
}

extension Preset<DQNSettings> {
  /// DQN as it does well in most tasks here: double, with returns of three steps, small normalized networks,
  /// and a target that follows in each step of the environments.
  ///
  /// - Parameter change: What differs, or comes on top.
  fileprivate static func common(steps: Int, _ change: (inout DQNSettings) -> Void) -> Self {
    Preset(steps: steps) {
      $0.learningStarts = 500
      $0.trainFrequency = 1
      $0.targetUpdateInterval = 1
      $0.isDouble = true
      $0.bufferSize = 50_000
      $0.batchSize = 64
      $0.tau = 0.01
      $0.returnSteps = 3
      $0.normalizeLayers = true
      $0.learningRate = .linear(from: 1e-3, to: 0)
      change(&$0)
    }
  }
}
