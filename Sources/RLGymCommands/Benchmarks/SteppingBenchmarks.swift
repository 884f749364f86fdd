internal import RLGym

/// A walk along a corridor: an environment as users write them, for `step/custom/64`.
struct BenchmarkCorridor: DeterministicEnvironment {
  enum Move: CaseIterable { case left, right }

  var length = 10
  private var cell = 0

  let actionSpace = Choice<Move>()
  let observationSpace = Box<1>(0...1)

  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> {
    cell = rng.integer(below: length / 2)
    return observation
  }

  mutating func step(_ action: Move) -> Step<InlineArray<1, Float>, NoInfo> {
    cell = max(0, action == .right ? cell + 1 : cell - 1)
    return cell == length - 1
      ? .terminal(observation, reward: 1) : .next(observation, reward: -0.01)
  }

  private var observation: InlineArray<1, Float> { [Float(cell) / Float(length - 1)] }
}

extension Benchmark {
  static func steppingBenchmarks(threads all: Int) -> [Benchmark] {
    func stepping(_ name: String, _ id: String, _ count: Int, threads: Int = 1) -> Benchmark {
      Benchmark(name: name, unit: "steps/s") {
        var registry = EnvironmentRegistry.builtIn
        try registry.register("BenchmarkCorridor", maxSteps: 100) { BenchmarkCorridor() }
        return try stepsPerSecond(registry.make(id, count: count, threads: threads))
      }
    }
    var benchmarks = [
      stepping("step/CartPole/1", "CartPole", 1),
      stepping("step/CartPole/8", "CartPole", 8),
      stepping("step/CartPole/1024", "CartPole", 1024),
      stepping("step/CartPole/1024/all-cores", "CartPole", 1024, threads: all),
      stepping("step/CartPole/65536", "CartPole", 65_536),
      stepping("step/CartPole/65536/all-cores", "CartPole", 65_536, threads: all),
      stepping("step/Pendulum/1024", "Pendulum", 1024),
      stepping("step/FrozenLake/1024", "FrozenLake", 1024),
      stepping("step/MountainCar/1024", "MountainCar", 1024),
      stepping("step/MountainCarContinuous/1024", "MountainCarContinuous", 1024),
      stepping("step/Acrobot/1024", "Acrobot", 1024),
      stepping("step/Taxi/1024", "Taxi", 1024),
      stepping("step/Blackjack/1024", "Blackjack", 1024),
      stepping("step/custom/64", "BenchmarkCorridor", 64),
    ]
    // Environments that depend on how the package was built.
    if (try? EnvironmentRegistry.builtIn.resolve("LunarLander")) != nil {
      benchmarks += [
        stepping("step/LunarLander/16", "LunarLander", 16),
        stepping("step/LunarLander/16/all-cores", "LunarLander", 16, threads: all),
      ]
    }
    return benchmarks
  }

  /// Steps through the public interface with random actions drawn beforehand, autoreset included.
  private static func stepsPerSecond(_ vector: any VectorEnvironment) -> Double {
    var vector = vector
    let count = vector.count
    let batch = StepBatch(count: count, for: vector.spec)
    vector.reset(seed: 1, into: batch)
    let rounds = max(16, 4096 / count)
    var rng = SeededGenerator(seed: 2)
    var actions: [Float] = []
    for _ in 0..<rounds * count {
      switch vector.spec.actionSpace {
      case .discrete(let choices, _): actions.append(Float(rng.integer(below: choices)))
      default: actions.append(Float(rng.uniform(-2, 2)))
      }
    }
    return actions.withUnsafeBufferPointer { actions in
      rate {
        for round in 0..<rounds {
          let rows = UnsafeBufferPointer(rebasing: actions[round * count..<(round + 1) * count])
          vector.step(rows.span, into: batch)
        }
      } * Double(rounds * count)
    }
  }
}
