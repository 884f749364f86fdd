extension SAC {
  /// Tuned settings by the environment's full name.
  ///
  /// In LunarLanderContinuous, with rewards summed over fewer steps or a lower discount, more seeds learn to
  /// hover, which costs less than a crash. In Pendulum, with 6,000 steps, 2 of 60 seeds keep a start state from which they
  /// never swing up. MuJoCo's are the defaults, with 5,000 random steps as in CleanRL.
  public static let presets: [String: Preset<SACSettings>] = [
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
      $0.learningStarts = 5_000
    },
    "MountainCarContinuous-v0": .init(steps: 50_000) {
      $0.actorWidths = [64, 64]
      $0.criticWidths = [64, 64]
      $0.learningRate = .linear(from: 1e-3, to: 0)
      $0.discount = 0.9999
      $0.tau = 0.02
      $0.learningStarts = 0
      $0.bufferSize = 50_000
      $0.trainFrequency = 32
      $0.gradientSteps = 32
      $0.entropyCoefficient = 0.1
      $0.stateDependentExploration = true
      $0.initialLogDeviation = -3.67
    },
    "Pendulum-v1": .init(steps: 10_000) {
      $0.actorWidths = [64, 64]
      $0.criticWidths = [64, 64]
      $0.normalizeLayers = true
      $0.learningRate = 3e-3
      $0.tau = 0.02
      $0.discount = 0.98
    },
    "Walker2d-v5": muJoCo,
  ]

  private static let muJoCo = Preset<SACSettings>(steps: 300_000) { $0.learningStarts = 5_000 }
}
