internal import Foundation
internal import RLGym

extension Benchmark {
  static func trainingBenchmarks(threads: Int) -> [Benchmark] {
    let trainings = TrainingWork.all.map { work in
      Benchmark(name: "train/" + work.name, unit: work.unit, flopPerUnit: work.flopPerUnit) {
        try work.rate(threads: threads)
      }
    }
    let others = [
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
    ]
    return others + trainings + [
      logging(), solving("ppo", "CartPole"), solving("dqn", "CartPole"),
      solving("sac", "Pendulum", threshold: -160), solving("td3", "Pendulum", threshold: -160),
    ]
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
    try inOwnProcess(["train"] + arguments) { try RunSummary(reading: $0) }.result
  }

  /// Runs a command in a process of its own, whose output folder is thrown away.
  ///
  /// - Parameters:
  ///   - cores: How many cores it sees; all of them if `nil`.
  ///   - read: Reads results from the output folder.
  static func inOwnProcess<Result>(
    _ arguments: [String], cores: Int? = nil, _ read: (String) throws -> Result
  ) throws -> (seconds: Double, result: Result) {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "rlgym-speed-\(ProcessInfo.processInfo.processIdentifier)-\(UInt64.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let output = folder.path + "/run"
    var command = ["/proc/\(getpid())/exe"] + arguments + ["--no-progress", "--output", output]
    if let cores {
      command = ["/usr/bin/taskset", "-c", try firstCores(cores)] + command
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: command[0])
    process.arguments = Array(command.dropFirst())
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    let start = ContinuousClock.now
    try process.run()
    process.waitUntilExit()
    let seconds = start.duration(to: .now) / .seconds(1)
    guard process.terminationStatus == 0 else {
      throw ExperimentError.failed("The command rlgym \(arguments.joined(separator: " ")) failed.")
    }
    return (seconds, try read(output))
  }

  /// The first cores of those that this process may use, as `taskset` takes them.
  private static func firstCores(_ count: Int) throws -> String {
    // A list such as 0-2,5.
    let text = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = text.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
    let parts = line?.split(whereSeparator: \.isWhitespace).last?.split(separator: ",") ?? []
    let cores = parts.flatMap { part in
      let ends = part.split(separator: "-").compactMap { Int($0) }
      return Array((ends.first ?? 0)...(ends.last ?? 0))
    }
    return cores.prefix(count).map(String.init).joined(separator: ",")
  }
}
