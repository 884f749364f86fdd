internal import Foundation
internal import RLGym

extension Benchmark {
  static func trainingBenchmarks(cores: Int) -> [Benchmark] {
    var zoo = PPOConfiguration()
    zoo.environments = 8
    zoo.rolloutSteps = 32
    zoo.batchSize = 256
    zoo.epochs = 20
    zoo.gaeLambda = 0.8
    zoo.discount = 0.98
    zoo.learningRate = .linear(from: 1e-3, to: 0)
    zoo.clipRange = .linear(from: 0.2, to: 0)
    return [
      Benchmark(name: "rollout/CartPole/64", unit: "steps/s") {
        var c = PPOConfiguration()
        c.environments = 64
        c.rolloutSteps = 128
        let agent = try PPO(
          c, environments: EnvironmentRegistry.builtIn.make("CartPole", count: 64), seed: 1,
          steps: 1, threads: 1)
        return try rate { try agent.rollout() } * Double(64 * 128)
      },
      training(
        "train/ppo/CartPole/sb3-defaults", PPOConfiguration(), steps: 81_920, cores: cores,
        flop: 541e3),
      training("train/ppo/CartPole/rl-zoo", zoo, steps: 51_200, cores: cores, flop: 1.065e6),
      Benchmark(name: "solve/ppo/CartPole", unit: "s", runs: 1) {
        let runs = try (1...20).map { try solve("ppo", "CartPole", seed: $0) }
        let solved = runs.compactMap { $0 }
        let steps = solved.map(\.step).sorted()
        Output.note(
          "  solved \(solved.count) of 20 seeds; median \(Format.count(steps.isEmpty ? 0 : steps[steps.count / 2])) steps"
        )
        // A seed that did not get there counts as slower than all others.
        let seconds = runs.map { $0?.second ?? .infinity }.sorted()
        return (seconds[9] + seconds[10]) / 2
      },
    ]
  }

  private static func training(
    _ name: String, _ configuration: PPOConfiguration, steps: Int, cores: Int, flop: Double
  ) -> Benchmark {
    Benchmark(name: name, unit: "steps/s", flopPerUnit: flop) {
      let agent = try PPO(
        configuration,
        environments: EnvironmentRegistry.builtIn.make(
          "CartPole", count: configuration.environments), seed: 1, steps: steps, threads: cores)
      let start = ContinuousClock.now
      try agent.train { _ in .proceed }
      return Double(agent.stepsDone) / start.duration(to: .now).seconds
    }
  }

  /// Trains in a process of its own until the task is solved.
  ///
  /// - Returns: Steps, and seconds from the start of the process; `nil` if it was not solved.
  private static func solve(_ agent: String, _ environment: String, seed: Int) throws -> (
    step: Int, second: Double
  )? {
    struct Result: Decodable {
      var solvedAtStep: Int?
      var solvedAtSecond: Double?
    }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "rlgym-speed-\(ProcessInfo.processInfo.processIdentifier)-\(seed)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = [
      "train", agent, environment, "--seed", "\(seed)", "--stop-at-threshold", "--no-progress",
      "--json", "--output", folder.path,
    ]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw RunError("The training of seed \(seed) ended with code \(process.terminationStatus).")
    }
    let result = try JSONDecoder().decode(Result.self, from: output)
    guard let step = result.solvedAtStep, let second = result.solvedAtSecond else { return nil }
    return (step, second)
  }
}
