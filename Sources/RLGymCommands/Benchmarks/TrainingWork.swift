internal import Foundation
internal import RLGym

/// A whole training through the public interface, first steps included, whose speed is measured.
struct TrainingWork {
  let name: String
  let unit: String
  /// Floating-point operations of one unit.
  let flopPerUnit: Double
  private let train: (_ threads: Int) throws -> (seconds: Double, units: Double)

  private init<A: Agent>(
    _: A.Type, _ name: String, _ configuration: A.Settings, environments: Int = 1, steps: Int,
    flop: Double, unit: String = "steps/s"
  ) {
    (self.name, self.unit, flopPerUnit) = (name, unit, flop)
    let environment = String(name.split(separator: "/")[1])
    train = { threads in
      let agent = try A(
        configuration,
        environments: EnvironmentRegistry.builtIn.make(environment, count: environments), seed: 1,
        steps: steps, threads: threads)
      let start = ContinuousClock.now
      var updates = 0.0
      try agent.train { report in
        updates = report.metrics.first { $0.name == "n_updates" }?.value ?? 0
        return .proceed
      }
      let seconds = start.duration(to: .now) / .seconds(1)
      return (seconds, unit == "steps/s" ? Double(agent.stepsDone) : updates)
    }
  }

  /// Units a second.
  func rate(threads: Int) throws -> Double {
    let result = try train(threads)
    return result.units / result.seconds
  }

  /// Units a second that as many cores as threads would give.
  func predictedRate(threads: Int) throws -> Double {
    try Benchmark.predictedRate { try train(threads) }
  }

  /// Trainings in a task of MuJoCo, with the settings of Stable-Baselines3.
  static var inMuJoCo: [TrainingWork] {
    [
      TrainingWork(PPO.self, "ppo/HalfCheetah", PPOSettings(), steps: 16_384, flop: 658e3),
      TrainingWork(
        SAC.self, "sac/HalfCheetah", SACSettings(), steps: 600, flop: 588e6, unit: "updates/s"),
    ]
  }

  static var all: [TrainingWork] {
    var zoo = PPOSettings()
    zoo.environments = 8
    zoo.rolloutSteps = 32
    zoo.batchSize = 256
    zoo.epochs = 20
    zoo.gaeLambda = 0.8
    zoo.discount = 0.98
    zoo.learningRate = .linear(from: 1e-3, to: 0)
    zoo.clipRange = .linear(from: 0.2, to: 0)
    var dqn = DQNSettings()
    dqn.learningRate = 2.3e-3
    dqn.batchSize = 64
    dqn.bufferSize = 100_000
    dqn.learningStarts = 1000
    dqn.targetUpdateInterval = 10
    dqn.trainFrequency = 256
    dqn.gradientSteps = 128
    dqn.explorationFraction = 0.16
    dqn.explorationEnd = 0.04
    dqn.widths = [256, 256]
    var wide = PPOSettings()
    wide.rolloutSteps = 32
    wide.batchSize = 2048
    wide.epochs = 4
    var recurrent = PPOSettings()
    recurrent.rolloutSteps = 128
    recurrent.batchSize = 256
    recurrent.recurrent = .lstm
    var smallSAC = SACSettings()
    smallSAC.actorWidths = [64, 64]
    smallSAC.criticWidths = [64, 64]
    // The task of RLtools' benchmark: as many steps as updates.
    var rltools = smallSAC
    rltools.batchSize = 100
    var td3 = TD3Settings()
    td3.actorWidths = [256, 256]
    td3.criticWidths = [256, 256]
    return [
      TrainingWork(
        PPO.self, "ppo/CartPole/sb3-defaults", PPOSettings(), steps: 81_920, flop: 541e3),
      TrainingWork(
        PPO.self, "ppo/CartPole/rl-zoo", zoo, environments: 8, steps: 51_200, flop: 1.065e6),
      TrainingWork(
        PPO.self, "ppo/CartPole/wide", wide, environments: 2048, steps: 8 * 65_536, flop: 234e3),
      TrainingWork(
        PPO.self, "ppo/CartPole/lstm", recurrent, environments: 8, steps: 4_096, flop: 35.7e6),
      TrainingWork(DQN.self, "dqn/CartPole/rl-zoo", dqn, steps: 12_800, flop: 17.1e6),
      TrainingWork(
        SAC.self, "sac/Pendulum/sb3-defaults", SACSettings(), steps: 600, flop: 545e6,
        unit: "updates/s"),
      TrainingWork(
        SAC.self, "sac/Pendulum/64", smallSAC, steps: 4_000, flop: 35.6e6, unit: "updates/s"),
      TrainingWork(
        SAC.self, "sac/Pendulum/rltools", rltools, steps: 10_000, flop: 13.9e6, unit: "updates/s"),
      TrainingWork(
        TD3.self, "td3/Pendulum/256", td3, steps: 800, flop: 392e6, unit: "updates/s"),
    ]
  }
}

extension Benchmark {
  /// The speed of a training with several threads beside as many busy programs as there are cores, against that of one
  /// thread beside them.
  static func loadBenchmarks(threads: Int) -> [Benchmark] {
    TrainingWork.all.filter { $0.name.hasSuffix("/rltools") }.map { work in
      Benchmark(name: "load/\(work.name)", unit: "% of one thread") {
        let loops = try (0..<ProcessInfo.processInfo.activeProcessorCount).map { _ in
          let loop = Process()
          loop.executableURL = URL(fileURLWithPath: "/bin/sh")
          loop.arguments = ["-c", "while :; do :; done"]
          try loop.run()
          return loop
        }
        defer {
          for loop in loops {
            loop.terminate()
            loop.waitUntilExit()
          }
        }
        let one = try work.rate(threads: 1)
        return try 100 * work.rate(threads: threads) / one
      }
    }
  }
}
