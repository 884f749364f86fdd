import RLCore
import RLEnvironments
import Testing

/// The distance of two numbers in units of the last place.
private func ulps(_ a: Float, _ b: Float) -> Float {
  a == b ? 0 : abs(a - b) / max(abs(a), abs(b)).ulp
}

@Suite struct GoldenTrajectoryTests {
  static let exact = ["CartPole-v1", "FrozenLake-v1", "FrozenLake8x8-v1", "CliffWalking-v1"]

  /// - Parameters:
  ///   - tolerance: How many units of the last place observations may be off.
  ///   - rewardTolerance: In double precision a last place of the sine grows over a free-running
  ///     episode, and NumPy's single-precision power is not always rounded correctly.
  private func follow(
    _ id: String, count: Int, generic: Bool, tolerance: Float, rewardTolerance: Double = 0
  ) throws {
    let registry = EnvironmentRegistry.builtIn
    let trajectories = try Trajectory.load(id)
    #expect(trajectories.count == 4)
    for trajectory in trajectories {
      // The recorded seed is that of the last sub-environment; the others fill the lanes.
      var vector =
        generic ? try genericVector(id, count) : try registry.make(id, count: count)
      let batch = StepBatch(count: count, for: vector.spec)
      let width = vector.spec.observationSpace.rowWidth
      let row = (count - 1) * width
      vector.reset(seed: trajectory.seed &- UInt64(count - 1), into: batch)
      #expect(Array(batch.observations[row..<row + width]) == trajectory.first)
      for (i, step) in trajectory.steps.enumerated() {
        let actions = Array(repeating: step.action, count: count).flatMap { $0 }
        vector.step(actions, into: batch)
        let ended = step.terminated || step.truncated
        let source = ended ? batch.finalObservations : batch.observations
        let observation = Array(source[row..<row + width])
        let distance = zip(observation, step.observation).map(ulps).max() ?? 0
        #expect(distance <= tolerance, "\(id) step \(i): \(observation), not \(step.observation)")
        #expect(
          abs(batch.rewards[count - 1] - step.reward) <= rewardTolerance,
          "\(id) step \(i): reward \(batch.rewards[count - 1]), not \(step.reward)")
        #expect(batch.terminated[count - 1] == step.terminated)
        #expect(batch.truncated[count - 1] == step.truncated)
        if let reset = step.reset {
          #expect(Array(batch.observations[row..<row + width]) == reset)
        }
      }
    }
  }

  /// The scalar environment in the generic vector.
  private func genericVector(_ id: String, _ count: Int) throws -> any VectorEnvironment {
    let spec = try EnvironmentRegistry.builtIn.resolve(id).entry.spec
    switch id {
    case "CartPole-v1": return BatchedEnvironments(spec, count: count) { CartPole() }
    case "Pendulum-v1": return BatchedEnvironments(spec, count: count) { Pendulum() }
    case "FrozenLake-v1": return BatchedEnvironments(spec, count: count) { GridWorld.frozenLake }
    case "FrozenLake8x8-v1":
      return BatchedEnvironments(spec, count: count) { GridWorld.frozenLake8x8 }
    default: return BatchedEnvironments(spec, count: count) { GridWorld.cliffWalking }
    }
  }

  @Test(arguments: exact, [1, 8, 11])
  func batchesFollowGymnasiumBitForBit(_ id: String, _ count: Int) throws {
    try follow(id, count: count, generic: false, tolerance: 0)
  }

  @Test(arguments: exact)
  func scalarsFollowGymnasiumBitForBit(_ id: String) throws {
    try follow(id, count: 1, generic: true, tolerance: 0)
  }

  @Test(arguments: [true, false], [1, 9])
  func pendulumFollowsGymnasiumWithinOneUlp(_ generic: Bool, _ count: Int) throws {
    try follow(
      "Pendulum-v1", count: count, generic: generic, tolerance: 1, rewardTolerance: 1e-9)
  }
}
