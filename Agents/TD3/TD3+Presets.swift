extension TD3 {
  /// Tuned settings by the environment's full name; LunarLanderContinuous's are ``SAC``'s in what both have. MuJoCo's are those of
  /// the authors' code (sfujim/TD3), with 10,000 random steps.
  public static let presets: [String: Preset<TD3Settings>] = [
    "Ant-v5": muJoCo,
    "HalfCheetah-v5": muJoCo,
    "Hopper-v5": muJoCo,
    "Humanoid-v5": muJoCo,
    "LunarLanderContinuous-v3": .init(steps: 300_000) {
      $0.actorWidths = [64, 64]
      $0.criticWidths = [64, 64]
      $0.normalizeLayers = true
      $0.learningRate = .linear(from: 1e-3, to: 0)
      $0.tau = 0.01
      $0.returnSteps = 5
      $0.discount = 0.998
      $0.learningStarts = 10_000
      $0.explorationNoise = 0.1
      $0.preactivationPenalty = 1e-3
    },
    "MountainCarContinuous-v0": .init(steps: 50_000) {
      $0.actorWidths = [64, 64]
      $0.criticWidths = [64, 64]
      $0.tau = 0.01
      $0.returnSteps = 5
      $0.explorationNoise = 0.5
      $0.noiseProcess = .ornsteinUhlenbeck
    },
    "Pendulum-v1": .init(steps: 10_000) {
      $0.actorWidths = [64, 64]
      $0.criticWidths = [64, 64]
      $0.normalizeLayers = true
      $0.learningRate = .linear(from: 2e-3, to: 0)
      $0.tau = 0.01
      $0.discount = 0.97
      $0.learningStarts = 500
      $0.explorationNoise = .linear(from: 0.6, to: 0.1)
      $0.preactivationPenalty = 1e-3
    },
    "Walker2d-v5": muJoCo,
  ]

  private static let muJoCo = Preset<TD3Settings>(steps: 300_000) {
    $0.actorWidths = [256, 256]
    $0.criticWidths = [256, 256]
    $0.learningRate = 3e-4
    $0.learningStarts = 10_000
    $0.explorationNoise = 0.1
  }
}
