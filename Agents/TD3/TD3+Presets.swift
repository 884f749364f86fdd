extension TD3 {
  /// Tuned settings by the environment's full name; LunarLanderContinuous's are ``SAC``'s in what both have.
  public static let presets: [String: Preset<TD3Settings>] = [
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
  ]
}
