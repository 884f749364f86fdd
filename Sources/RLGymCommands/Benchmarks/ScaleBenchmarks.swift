internal import Foundation
internal import RLGym

extension Benchmark {
  /// How work scales with the number of threads: measured as far as there are cores, and predicted from shares that
  /// are timed alone.
  static func scaleBenchmarks() -> [Benchmark] {
    TrainingWork.all.flatMap { work in
      scale(
        work.name, unit: work.unit, flopPerUnit: work.flopPerUnit, work.rate, work.predictedRate)
    }
      + scale("step/CartPole/65536", unit: "steps/s") { threads in
        try rate(steppedCartPoles(threads))
      } _: { threads in
        try predictedRate { try steppedCartPoles(threads) }
      }
      + scale("evaluate/CartPole", unit: "episodes/s") { threads in
        try rate(evaluatedCartPoles(threads))
      } _: { threads in
        try predictedRate { try evaluatedCartPoles(threads) }
      }
      + scale("study/ppo/CartPole", unit: "runs/min", studyRate)
  }

  /// A row for each number of threads.
  ///
  /// - Parameters:
  ///   - measure: Units a second with so many threads.
  ///   - predict: Units a second that as many cores as threads would give; `nil` where shares cannot be timed alone.
  private static func scale(
    _ name: String, unit: String, flopPerUnit: Double? = nil,
    _ measure: @escaping (Int) throws -> Double,
    _ predict: ((Int) throws -> Double)? = nil
  ) -> [Benchmark] {
    let cores = ProcessInfo.processInfo.activeProcessorCount
    return [1, 2, 4, 8, 16].filter { $0 <= cores || predict != nil }.map { threads in
      Benchmark(
        name: "scale/\(name)/\(threads)", unit: unit, runs: 3, flopPerUnit: flopPerUnit,
        measure: { threads <= cores ? try measure(threads) : .nan },
        predict: predict.map { predict in { try predict(threads) } })
    }
  }

  private static func rate(_ result: (seconds: Double, units: Double)) -> Double {
    result.units / result.seconds
  }

  /// Units a second that as many cores as threads would give: what one thread does of the shares of all, each share
  /// timed alone, less all but the longest of each statement.
  static func predictedRate(_ work: () throws -> (seconds: Double, units: Double)) rethrows
    -> Double
  {
    let times = ShareTimes()
    let result = try ThreadTeam.$mode.withValue(.timedApart(times), operation: work)
    let seconds = result.seconds - times.all + times.longest
    return result.units / (seconds + Double(times.meetings) * meeting)
  }

  /// Seconds for handing out the shares of a statement and waiting for the last: 0.3 microseconds with two threads,
  /// about one with sixteen.
  private static let meeting = 1e-6

  private static func steppedCartPoles(_ threads: Int) throws -> (seconds: Double, units: Double) {
    let (count, rounds) = (65_536, 300)
    var vector = try EnvironmentRegistry.builtIn.make("CartPole", count: count, threads: threads)
    let batch = StepBatch(count: count, for: vector.spec)
    vector.reset(seed: 1, into: batch)
    var rng = SeededGenerator(seed: 2)
    let actions = (0..<count).map { _ in Float(rng.integer(below: 2)) }
    let start = ContinuousClock.now
    for _ in 0..<rounds { vector.step(actions.span, into: batch) }
    return (start.duration(to: .now) / .seconds(1), Double(count * rounds))
  }

  private static func evaluatedCartPoles(_ threads: Int) throws
    -> (seconds: Double, units: Double)
  {
    let (count, episodes) = (8, 50_000)
    let entry = try EnvironmentRegistry.builtIn.resolve("CartPole").entry
    let agent = try PPO(
      PPOSettings(), environments: entry.makeVector(count), seed: 1, steps: 1, threads: 1)
    let (policy, team) = (agent.policy, ThreadTeam(threads: threads))
    let start = ContinuousClock.now
    _ = Evaluation(of: policy, in: entry.makeVector, episodes: episodes, seed: 1, on: team)
    return (start.duration(to: .now) / .seconds(1), Double(episodes))
  }

  /// Runs a minute of a study in a process of its own that sees so many cores.
  private static func studyRate(_ cores: Int) throws -> Double {
    let seeds = 16
    let study = ["benchmark", "ppo", "CartPole", "--seeds", "\(seeds)", "--steps", "50000"]
    return 60 * Double(seeds) / (try inOwnProcess(study, cores: cores) { _ in }.seconds)
  }
}
