import RLCore
import RLEnvironments
import Testing

/// The distance of two numbers in units of the last place.
private func ulps(_ a: Float, _ b: Float) -> Float {
  a == b ? 0 : abs(a - b) / max(abs(a), abs(b)).ulp
}

@Suite struct GoldenTrajectoryTests {
  static let exact = [
    "CartPole-v1", "FrozenLake-v1", "FrozenLake8x8-v1", "CliffWalking-v1", "MountainCar-v0",
    "MountainCar-v0+fast-goal", "MountainCarContinuous-v0", "Taxi-v4", "Taxi-v4+rainy-fickle",
    "Blackjack-v1", "Blackjack-v1+casino", "Blackjack-v1+plain", "Acrobot-v1", "Acrobot-v1+nips",
    "Acrobot-v1+noise",
  ]

  /// - Parameters:
  ///   - name: An environment, and after a plus sign the variant of it.
  ///   - tolerance: How many units of the last place observations may be off.
  ///   - rewardTolerance: In double precision a last place of the sine grows over a free-running
  ///     episode, and NumPy's single-precision power is not always rounded correctly.
  private func follow(
    _ name: String, count: Int, generic: Bool, tolerance: Float, rewardTolerance: Double = 0
  ) throws {
    let trajectories = try Trajectory.load(name)
    #expect(trajectories.count == 4)
    for trajectory in trajectories {
      // The recorded seed is that of the last sub-environment; the others fill the lanes.
      var vector = try vector(name, count, generic: generic)
      let batch = StepBatch(count: count, for: vector.spec)
      let width = vector.spec.observationSpace.rowWidth
      let row = (count - 1) * width
      func compare(
        _ rows: UnsafeMutableBufferPointer<Float>, _ expected: [Float], _ place: String
      ) {
        let observation = Array(rows[row..<row + width])
        let distance = zip(observation, expected).map(ulps).max() ?? 0
        #expect(
          expected.count == width && distance <= tolerance,
          "\(name) \(place): \(observation), not \(expected)")
      }
      vector.reset(seed: trajectory.seed &- UInt64(count - 1), into: batch)
      compare(batch.observations, trajectory.first, "reset")
      for (i, step) in trajectory.steps.enumerated() {
        let actions = Array(repeating: step.action, count: count).flatMap { $0 }
        vector.step(actions, into: batch)
        let ended = step.terminated || step.truncated
        compare(
          ended ? batch.finalObservations : batch.observations, step.observation, "step \(i)")
        #expect(
          abs(batch.rewards[count - 1] - step.reward) <= rewardTolerance,
          "\(name) step \(i): reward \(batch.rewards[count - 1]), not \(step.reward)")
        #expect(batch.terminated[count - 1] == step.terminated)
        #expect(batch.truncated[count - 1] == step.truncated)
        if let reset = step.reset { compare(batch.observations, reset, "reset after step \(i)") }
      }
    }
  }

  /// The environment or the variant of it, in its own vector or in the generic one.
  private func vector(_ name: String, _ count: Int, generic: Bool) throws -> any VectorEnvironment {
    let registry = EnvironmentRegistry.builtIn
    let id = String(name.prefix { $0 != "+" })
    let spec = try registry.resolve(id).entry.spec
    func generalized<E: Environment>(_ environment: E) throws -> any VectorEnvironment {
      if !generic && id == name { return try registry.make(id, count: count) }
      return BatchedEnvironments(spec, count: count) { environment }
    }
    switch name {
    case "CartPole-v1": return try generalized(CartPole())
    case "Pendulum-v1": return try generalized(Pendulum())
    case "FrozenLake-v1": return try generalized(GridWorld.frozenLake)
    case "FrozenLake8x8-v1": return try generalized(GridWorld.frozenLake8x8)
    case "CliffWalking-v1": return try generalized(GridWorld.cliffWalking)
    case "MountainCar-v0": return try generalized(MountainCar())
    case "MountainCarContinuous-v0": return try generalized(MountainCarContinuous())
    case "Acrobot-v1": return try generalized(Acrobot())
    case "Taxi-v4": return try generalized(Taxi())
    case "Blackjack-v1": return try generalized(Blackjack())
    case "MountainCar-v0+fast-goal":
      var car = MountainCar()
      car.goalVelocity = 0.03
      return generic ? try generalized(car) : MountainCarBatch(car, spec, count: count)
    case "Acrobot-v1+nips", "Acrobot-v1+noise":
      var acrobot = Acrobot()
      if name.hasSuffix("nips") { acrobot.equations = .nips } else { acrobot.torqueNoise = 0.5 }
      return generic ? try generalized(acrobot) : AcrobotBatch(acrobot, spec, count: count)
    case "Taxi-v4+rainy-fickle":
      var configuration = Taxi.Configuration()
      configuration.isRainy = true
      configuration.hasFicklePassenger = true
      return try generalized(Taxi(configuration))
    default:
      var blackjack = Blackjack()
      blackjack.rules = try #require(Blackjack.Rules(rawValue: String(name.dropFirst(13))))
      return try generalized(blackjack)
    }
  }

  @Test(arguments: exact, [1, 8, 11])
  func batchesFollowGymnasiumBitForBit(_ name: String, _ count: Int) throws {
    try follow(name, count: count, generic: false, tolerance: 0)
  }

  @Test(arguments: exact)
  func scalarsFollowGymnasiumBitForBit(_ name: String) throws {
    try follow(name, count: 1, generic: true, tolerance: 0)
  }

  @Test(arguments: [true, false], [1, 9])
  func pendulumFollowsGymnasiumWithinOneUlp(_ generic: Bool, _ count: Int) throws {
    try follow(
      "Pendulum-v1", count: count, generic: generic, tolerance: 1, rewardTolerance: 1e-9)
  }
}
