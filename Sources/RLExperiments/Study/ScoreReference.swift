internal import Foundation
internal import RLAgents
internal import RLCore
internal import RLSupport

/// The returns that count as 0 and as 1 when environments are taken together.
enum ScoreReference {
  /// What is as good as solved: published results or what is best possible, fixed so that scores do not
  /// change with who else is compared.
  static func reference(_ spec: EnvironmentSpec) -> Double? {
    // Arguments may change what is possible.
    spec.arguments.isEmpty ? known[spec.id] ?? spec.rewardThreshold : nil
  }

  private static let known: [String: Double] = [
    "CartPole-v0": 200, "CartPole-v1": 500, "Pendulum-v1": -150, "MountainCar-v0": -100,
    "MountainCarContinuous-v0": 94, "Acrobot-v1": -73, "FrozenLake-v1": 0.74,
    "FrozenLake8x8-v1": 0.86, "CliffWalking-v1": -13, "Taxi-v3": 7.9, "Taxi-v4": 7.9,
    "Blackjack-v1": -0.05, "LunarLander-v3": 250, "LunarLanderContinuous-v3": 270,
  ]

  /// The mean return of random actions over 200 episodes, cut at 1000 steps where there is no time limit.
  static func random(_ entry: EnvironmentRegistry.Entry) -> Double {
    Evaluation(
      of: RandomPolicy(entry.spec), in: entry.makeVector, episodes: 200, seed: 0,
      isDeterministic: false, stepLimit: entry.spec.maxEpisodeSteps ?? 1_000,
      on: ThreadTeam(threads: ProcessInfo.processInfo.activeProcessorCount)
    ).mean
  }
}
