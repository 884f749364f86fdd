internal import RLGym

extension Benchmark {
  /// Steps of HalfCheetah beside its bare physics, and trainings in it.
  static func muJoCoBenchmarks(threads all: Int) -> [Benchmark] {
    var missing: String?
    do { _ = try EnvironmentRegistry.builtIn.resolve("HalfCheetah") } catch {
      missing = error.description
    }
    func environments(_ threads: Int) throws -> Double {
      let entry = try EnvironmentRegistry.builtIn.resolve("HalfCheetah").entry
      let vector = entry.makeVector(64)
      return stepsPerSecond(
        threads > 1 ? ParallelEnvironments(vector, threads: threads) : vector, of: entry.spec)
    }
    let steps = [1, all].flatMap { threads -> [Benchmark] in
      let suffix = threads > 1 ? "/all-cores" : ""
      return [
        Benchmark(name: "step/HalfCheetah/64" + suffix, unit: "steps/s") {
          try environments(threads)
        },
        // One after the other, as machines drift.
        Benchmark(name: "physics/HalfCheetah/64" + suffix, unit: "% of bare physics") {
          let bare = try barePhysics(count: 64, threads: threads)
          return try 100 * environments(threads) / bare
        },
      ]
    }
    let trainings = TrainingWork.inMuJoCo.map { work in
      Benchmark(name: "train/" + work.name, unit: work.unit, flopPerUnit: work.flopPerUnit) {
        try work.rate(threads: all)
      }
    }
    let shares = [
      Benchmark(name: "updates/sac/HalfCheetah", unit: "% of updates alone") {
        try updatesOfSAC(threads: all)
      },
      Benchmark(name: "updates/ppo/HalfCheetah", unit: "% of steps and updates alone") {
        try updatesOfPPO(threads: all)
      },
    ]
    return ((all > 1 ? steps : Array(steps.prefix(2))) + trainings + shares).map { benchmark in
      var benchmark = benchmark
      benchmark.skipReason = missing
      return benchmark
    }
  }

  /// How fast SAC trains with an update a step, against its updates alone.
  private static func updatesOfSAC(threads: Int) throws -> Double {
    let steps = 600
    let agent = try SAC(
      SACSettings(), environments: EnvironmentRegistry.builtIn.make("HalfCheetah"), seed: 1,
      steps: steps, threads: threads)
    let start = ContinuousClock.now
    try agent.train { _ in .proceed }
    let training = start.duration(to: .now)
    let updates = steps - agent.configuration.learningStarts
    let alone = ContinuousClock().measure { for _ in 0..<updates { agent.update() } }
    return 100 * (alone / training)
  }

  /// How fast PPO trains in eight environments, against their steps with given actions and its updates, each alone on all
  /// cores.
  private static func updatesOfPPO(threads: Int) throws -> Double {
    let entry = try EnvironmentRegistry.builtIn.resolve("HalfCheetah").entry
    var c = PPOSettings()
    c.environments = 8
    c.rolloutSteps = 256
    c.normalizeObservations = true
    c.normalizeRewards = true
    let rollouts = 8
    let steps = rollouts * c.environments * c.rolloutSteps
    let agent = try PPO(
      c, environments: entry.makeVector(c.environments), seed: 1, steps: steps, threads: threads)
    let training = try ContinuousClock().measure { try agent.train { _ in .proceed } }
    let updates = ContinuousClock().measure { for _ in 0..<rollouts { _ = agent.update() } }
    let stepping = stepsPerSecond(
      ParallelEnvironments(entry.makeVector(c.environments), threads: threads), of: entry.spec)
    return 100 * (Double(steps) / stepping + updates / .seconds(1)) / (training / .seconds(1))
  }

  /// Steps a second of simulations with the same controls, five steps of physics each: `mjb_step` alone, without
  /// outputs that would be copied; nothing is observed, drawn or paid.
  private static func barePhysics(count: Int, threads: Int) throws -> Double {
    let model = try MuJoCoModel.load("half_cheetah.xml")
    let simulations = try (0..<count).map { _ in try MuJoCoSimulation(model) }
    var rng = SeededGenerator(seed: 2)
    for simulation in simulations {
      simulation.begin(positionNoise: .uniform(0.1), velocityNoise: .normal(0.1), using: &rng)
      simulation.forward()
    }
    let controls = (0..<64).map { _ in (0..<6).map { _ in Float(rng.uniform(-1, 1)) } }
    let team = ThreadTeam.$mode.withValue(.all) { ThreadTeam(threads: threads) }
    return rate {
      team.choosing {
        for round in 0..<16 {
          team.run { member in
            for i in team.share(of: count, for: member) {
              simulations[i].setControls(controls[(i + round) % 64])
              simulations[i].advance(5)
            }
          }
        }
      }
    } * Double(16 * count)
  }
}
