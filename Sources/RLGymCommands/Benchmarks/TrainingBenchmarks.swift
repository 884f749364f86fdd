internal import Foundation
internal import RLGym

extension Benchmark {
  static func trainingBenchmarks(threads: Int) -> [Benchmark] {
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
      Benchmark(name: "rollout/CartPole/64", unit: "steps/s") {
        var c = PPOSettings()
        c.environments = 64
        c.rolloutSteps = 128
        let agent = try PPO(
          c, environments: EnvironmentRegistry.builtIn.make("CartPole", count: 64), seed: 1,
          steps: 1, threads: 1)
        return try rate { try agent.rollout() } * Double(64 * 128)
      },
      Benchmark(name: "replay/sample/1M", unit: "batches/s") {
        var c = SACSettings()
        c.learningStarts = 1_000_000
        let agent = try SAC(
          c, environments: EnvironmentRegistry.builtIn.make("Pendulum", count: 1), seed: 1,
          steps: 1_000_000, threads: 1)
        try agent.train { _ in .proceed }
        return rate { for _ in 0..<100 { agent.drawBatch() } } * 100
      },
      training(
        PPO.self, "train/ppo/CartPole/sb3-defaults", PPOSettings(), steps: 81_920,
        threads: threads, flop: 541e3),
      training(
        PPO.self, "train/ppo/CartPole/rl-zoo", zoo, environments: 8, steps: 51_200, threads: threads,
        flop: 1.065e6),
      training(
        PPO.self, "train/ppo/CartPole/wide", wide, environments: 2048, steps: 8 * 65_536,
        threads: threads, flop: 234e3),
      training(
        DQN.self, "train/dqn/CartPole/rl-zoo", dqn, steps: 12_800, threads: threads, flop: 17.1e6),
      training(
        SAC.self, "train/sac/Pendulum/sb3-defaults", SACSettings(), steps: 600, threads: threads,
        flop: 545e6, unit: "updates/s"),
      training(
        SAC.self, "train/sac/Pendulum/64", smallSAC, steps: 4_000, threads: threads, flop: 35.6e6,
        unit: "updates/s"),
      training(
        SAC.self, "train/sac/Pendulum/rltools", rltools, steps: 10_000, threads: threads,
        flop: 13.9e6, unit: "updates/s"),
      training(
        TD3.self, "train/td3/Pendulum/256", td3, steps: 800, threads: threads, flop: 392e6,
        unit: "updates/s"),
      logging(), solving("ppo", "CartPole"), solving("dqn", "CartPole"),
      solving("sac", "Pendulum", threshold: -160), solving("td3", "Pendulum", threshold: -160),
    ]
  }

  /// A whole training through the public interface, first steps included.
  private static func training<A: Agent>(
    _: A.Type, _ name: String, _ configuration: A.Settings, environments: Int = 1, steps: Int,
    threads: Int, flop: Double, unit: String = "steps/s"
  ) -> Benchmark {
    let environment = name.split(separator: "/")[2]
    return Benchmark(name: name, unit: unit, flopPerUnit: flop) {
      let agent = try A(
        configuration,
        environments: EnvironmentRegistry.builtIn.make(String(environment), count: environments),
        seed: 1, steps: steps, threads: threads)
      let start = ContinuousClock.now
      var updates = 0.0
      try agent.train { report in
        updates = report.metrics.first { $0.name == "n_updates" }?.value ?? 0
        return .proceed
      }
      let seconds = start.duration(to: .now) / .seconds(1)
      return (unit == "steps/s" ? Double(agent.stepsDone) : updates) / seconds
    }
  }

  /// Seconds from the start of a process to a solved task, median of 20 seeds.
  private static func solving(_ agent: String, _ environment: String, threshold: Double? = nil)
    -> Benchmark
  {
    Benchmark(name: "solve/\(agent)/\(environment)", unit: "s", runs: 1) {
      let runs = try (1...20).map {
        try solve(agent, environment, seed: $0, threshold: threshold)
      }
      // A seed that did not get there counts as slower than all others.
      let steps = runs.map { $0.map { Double($0.step) } ?? .infinity }.sorted()
      let middle = (steps[9] + steps[10]) / 2
      Output.note(
        "  solved \(runs.count { $0 != nil }) of 20 seeds; median \(middle.isFinite ? Format.count(Int(middle)) : "of infinitely many") steps"
      )
      let seconds = runs.map { $0?.second ?? .infinity }.sorted()
      return (seconds[9] + seconds[10]) / 2
    }
  }

  /// Trains in a process of its own until the task is solved.
  ///
  /// - Returns: Steps, and seconds from the start of the process; `nil` if it was not solved.
  private static func solve(
    _ agent: String, _ environment: String, seed: Int, threshold: Double?
  ) throws -> (step: Int, second: Double)? {
    var arguments = [agent, environment, "--seed", "\(seed)", "--stop-at-threshold"]
    if let threshold { arguments.append("--threshold=\(threshold)") }
    let result = try trainApart(arguments)
    guard let step = result.solvedAtStep, let second = result.solvedAtSecond else { return nil }
    return (step, second)
  }

  /// How fast PPO trains while it keeps every episode, beside its speed without; both in processes of their
  /// own, one after the other.
  private static func logging() -> Benchmark {
    Benchmark(name: "log/ppo/CartPole/sb3-defaults", unit: "%", runs: 9) {
      let plan = ["ppo", "CartPole", "--no-preset", "--seed", "1", "--steps", "1500000"]
      let speeds = try [plan, plan + ["--log-rollouts"]].map { try trainApart($0).stepsPerSecond }
      return 100 * speeds[1] / speeds[0]
    }
  }

  /// Trains in a process of its own, whose files are thrown away.
  private static func trainApart(_ arguments: [String]) throws -> RunSummary {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "rlgym-speed-\(ProcessInfo.processInfo.processIdentifier)-\(UInt64.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let run = folder.path + "/run"
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/proc/\(getpid())/exe")
    process.arguments = ["train"] + arguments + ["--no-progress", "--output", run]
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw ExperimentError.failed("The training \(arguments.joined(separator: " ")) failed.")
    }
    return try RunSummary(reading: run)
  }
}
