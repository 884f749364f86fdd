internal import RLTensor

extension PPO {
  /// Tuned settings by the environment's full name.
  ///
  /// Without hidden layers the networks are tables: a logit for each state and action, a value for each state.
  /// LunarLander's are those of RL Baselines3 Zoo. MuJoCo's are the usual ones but for two choices of Andrychowicz et al. 2021
  /// (sections 3.2 and 3.4): actions vary less at the start, and λ is 0.9; Swimmer needs to look further ahead.
  public static let presets: [String: Preset<PPOSettings>] = [
    "Acrobot-v1": .init(steps: 400_000) {
      $0.environments = 16
      $0.rolloutSteps = 128
      $0.batchSize = 256
      $0.learningRate = .linear(from: 3e-3, to: 0)
      $0.normalizeObservations = true
      $0.normalizeRewards = true
    },
    "Ant-v5": muJoCo(),
    "Blackjack-v1": .init(steps: 100_000) {
      $0.environments = 32
      $0.rolloutSteps = 32
      $0.batchSize = 512
      $0.epochs = 8
      $0.discount = 1
      $0.learningRate = .linear(from: 0.1, to: 0)
      $0.entropyCoefficient = 0.03
      $0.policyWidths = []
      $0.valueWidths = []
    },
    "CartPole-v0": cartPole,
    "CartPole-v1": cartPole,
    "CliffWalking-v1": .init(steps: 80_000) {
      $0.environments = 16
      $0.rolloutSteps = 16
      $0.batchSize = 256
      $0.epochs = 6
      $0.gaeLambda = 0.9
      $0.discount = 1
      $0.learningRate = .linear(from: 0.05, to: 0)
      $0.clipRange = 0.1
      $0.entropyCoefficient = 0.03
      $0.normalizeAdvantage = false
      $0.normalizeRewards = true
      $0.maxGradientNorm = 100
      $0.policyWidths = []
      $0.valueWidths = []
    },
    "FrozenLake-v1": .init(steps: 100_000) {
      $0.environments = 16
      $0.rolloutSteps = 32
      $0.batchSize = 512
      $0.epochs = 15
      $0.gaeLambda = 0.8
      $0.discount = 0.999
      $0.learningRate = .linear(from: 0.01, to: 0)
      $0.entropyCoefficient = 0.1
      $0.policyWidths = []
      $0.valueWidths = []
    },
    "FrozenLake8x8-v1": .init(steps: 800_000) {
      $0.environments = 64
      $0.rolloutSteps = 64
      $0.batchSize = 512
      $0.epochs = 15
      $0.gaeLambda = 0.85
      $0.learningRate = .linear(from: 0.01, to: 0)
      $0.entropyCoefficient = 0.1
      $0.policyWidths = []
      $0.valueWidths = []
    },
    "GridWorld-v0": .init(steps: 50_000) {
      $0.environments = 16
      $0.rolloutSteps = 64
      $0.batchSize = 256
      $0.epochs = 4
      $0.gaeLambda = 0.85
      $0.learningRate = .linear(from: 0.05, to: 0)
      $0.entropyCoefficient = 0.02
      $0.normalizeRewards = true
      $0.policyWidths = []
      $0.valueWidths = []
    },
    "HalfCheetah-v5": muJoCo(),
    "Hopper-v5": muJoCo(),
    "Humanoid-v5": muJoCo(),
    "HumanoidStandup-v5": muJoCo(),
    "InvertedDoublePendulum-v5": muJoCo(),
    "InvertedPendulum-v5": muJoCo(),
    "LunarLander-v3": lunarLander,
    "LunarLanderContinuous-v3": lunarLander,
    "MountainCar-v0": .init(steps: 400_000) {
      $0.environments = 32
      $0.rolloutSteps = 128
      $0.batchSize = 256
      $0.gaeLambda = 0.98
      $0.discount = 0.98
      $0.learningRate = .linear(from: 3e-3, to: 0)
      $0.entropyCoefficient = 0.01
      $0.normalizeObservations = true
      $0.normalizeRewards = true
    },
    "MountainCarContinuous-v0": .init(steps: 20_000) {
      $0.environments = 4
      $0.rolloutSteps = 256
      $0.batchSize = 128
      $0.epochs = 5
      $0.gaeLambda = 0.98
      $0.discount = 0.995
      $0.learningRate = .linear(from: 5e-4, to: 0)
      $0.clipRange = 0.3
      $0.stateDependentExploration = true
      $0.explorationInterval = 64
      $0.initialLogDeviation = 0.5
      $0.normalizeObservations = true
      $0.normalizeRewards = true
    },
    "Pendulum-v1": .init(steps: 50_000) {
      $0.environments = 4
      $0.rolloutSteps = 512
      $0.gaeLambda = 0.9
      $0.discount = 0.93
      $0.learningRate = .linear(from: 2e-3, to: 0)
      $0.activation = .relu
      $0.initialLogDeviation = 0.6
      $0.maxGradientNorm = 5
      $0.normalizeRewards = true
    },
    "Pusher-v5": muJoCo(),
    "Reacher-v5": muJoCo(),
    "Swimmer-v5": muJoCo(discount: 0.9999, gaeLambda: 0.98),
    "Taxi-v3": taxi,
    "Taxi-v4": taxi,
    "Walker2d-v5": muJoCo(),
  ]

  private static let cartPole = Preset<PPOSettings>(steps: 40_000) {
    $0.environments = 4
    $0.rolloutSteps = 128
    $0.gaeLambda = 0.9
    $0.discount = 0.98
    $0.learningRate = .linear(from: 1.5e-3, to: 0)
  }

  private static let taxi = Preset<PPOSettings>(steps: 200_000) {
    $0.environments = 16
    $0.rolloutSteps = 128
    $0.batchSize = 128
    $0.discount = 0.95
    $0.learningRate = .linear(from: 0.01, to: 0)
    $0.entropyCoefficient = 0.05
    $0.policyWidths = []
    $0.valueWidths = []
  }

  private static let lunarLander = Preset<PPOSettings>(steps: 1_000_000) {
    $0.environments = 16
    $0.rolloutSteps = 1024
    $0.epochs = 4
    $0.gaeLambda = 0.98
    $0.discount = 0.999
    $0.entropyCoefficient = 0.01
  }

  private static func muJoCo(discount: Double = 0.99, gaeLambda: Double = 0.9) -> Preset<
    PPOSettings
  > {
    .init(steps: 1_000_000) {
      $0.environments = 8
      $0.rolloutSteps = 256
      $0.gaeLambda = gaeLambda
      $0.discount = discount
      $0.learningRate = .linear(from: 3e-4, to: 0)
      $0.initialLogDeviation = -1
      $0.normalizeObservations = true
      $0.normalizeRewards = true
    }
  }
}
