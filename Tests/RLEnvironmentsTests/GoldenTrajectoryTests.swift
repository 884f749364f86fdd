import RLCore
import RLEnvironments
import RLSupport
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
    "Acrobot-v1+noise", "CartPole-v1+original-reward", "MountainCarContinuous-v0+fast-goal",
    "FrozenLake-v1+certain", "FrozenLake-v1+own-map", "CliffWalking-v1+slippery", "Taxi-v4+storm",
  ]

  /// The arguments of the variants, by Gymnasium's names.
  static let arguments: [String: [String: JSONValue]] = [
    "CartPole-v1+original-reward": ["sutton_barto_reward": true], "Pendulum-v1+moon": ["g": 1.62],
    "MountainCar-v0+fast-goal": ["goal_velocity": 0.03],
    "MountainCarContinuous-v0+fast-goal": ["goal_velocity": 0.02],
    "Acrobot-v1+nips": ["book_or_nips": "nips"], "Acrobot-v1+noise": ["torque_noise_max": 0.5],
    "FrozenLake-v1+certain": ["map_name": "8x8", "is_slippery": false],
    "FrozenLake-v1+own-map": [
      "desc": ["SFFHF", "FHFFS", "FFFFG"], "success_rate": 0.7, "reward_schedule": [10, -3, -0.5],
    ], "CliffWalking-v1+slippery": ["is_slippery": true],
    "Taxi-v4+rainy-fickle": ["is_rainy": true, "fickle_passenger": true],
    "Taxi-v4+storm": [
      "is_rainy": true, "rainy_probability": 0.5, "fickle_passenger": true,
      "fickle_probability": 0.9,
    ], "Blackjack-v1+casino": ["natural": true, "sab": false],
    "Blackjack-v1+plain": ["natural": false, "sab": false],
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

  /// The environment or the variant of it: made by name, or from its type and in the generic vector.
  private func vector(_ name: String, _ count: Int, generic: Bool) throws -> any VectorEnvironment {
    let registry = EnvironmentRegistry.builtIn
    let id = String(name.prefix { $0 != "+" })
    let arguments = Self.arguments[name] ?? [:]
    if !generic { return try registry.make(id, arguments, count: count) }
    let spec = try registry.resolve(id, arguments).entry.spec
    func generalized<E: Environment>(_ environment: E) -> any VectorEnvironment {
      BatchedEnvironments(spec, count: count) { environment }
    }
    switch name {
    case "CartPole-v1": return generalized(CartPole())
    case "Pendulum-v1": return generalized(Pendulum())
    case "FrozenLake-v1": return generalized(GridWorld.frozenLake)
    case "FrozenLake8x8-v1": return generalized(GridWorld.frozenLake8x8)
    case "CliffWalking-v1": return generalized(GridWorld.cliffWalking)
    case "MountainCar-v0": return generalized(MountainCar())
    case "MountainCarContinuous-v0": return generalized(MountainCarContinuous())
    case "Acrobot-v1": return generalized(Acrobot())
    case "Taxi-v4": return generalized(Taxi())
    case "Blackjack-v1": return generalized(Blackjack())
    case "CartPole-v1+original-reward":
      var cart = CartPole()
      cart.usesOriginalReward = true
      return generalized(cart)
    case "Pendulum-v1+moon":
      var pendulum = Pendulum()
      pendulum.gravity = 1.62
      return generalized(pendulum)
    case "MountainCar-v0+fast-goal":
      var car = MountainCar()
      car.goalVelocity = 0.03
      return generalized(car)
    case "MountainCarContinuous-v0+fast-goal":
      var car = MountainCarContinuous()
      car.goalVelocity = 0.02
      return generalized(car)
    case "Acrobot-v1+nips", "Acrobot-v1+noise":
      var acrobot = Acrobot()
      if name.hasSuffix("nips") { acrobot.equations = .nips } else { acrobot.torqueNoise = 0.5 }
      return generalized(acrobot)
    case "FrozenLake-v1+certain":
      return generalized(
        GridWorld.frozenLake(
          map: GridWorld.frozenLake8x8.configuration.map, isSlippery: false))
    case "FrozenLake-v1+own-map":
      var lake = GridWorld.frozenLake(
        map: try GridMap(["SFFHF", "FHFFS", "FFFFG"]), successRate: 0.7)
      lake.configuration.goalReward = 10
      lake.configuration.pitReward = -3
      lake.configuration.stepReward = -0.5
      return generalized(lake)
    case "CliffWalking-v1+slippery": return generalized(GridWorld.slipperyCliffWalking)
    case "Taxi-v4+rainy-fickle", "Taxi-v4+storm":
      var configuration = Taxi.Configuration()
      configuration.isRainy = true
      configuration.hasFicklePassenger = true
      if name.hasSuffix("storm") {
        configuration.rainyProbability = 0.5
        configuration.fickleProbability = 0.9
      }
      return generalized(Taxi(configuration))
    default:
      var blackjack = Blackjack()
      blackjack.rules = try #require(Blackjack.Rules(rawValue: String(name.dropFirst(13))))
      return generalized(blackjack)
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
    for name in ["Pendulum-v1", "Pendulum-v1+moon"] {
      try follow(name, count: count, generic: generic, tolerance: 1, rewardTolerance: 1e-9)
    }
  }
}
