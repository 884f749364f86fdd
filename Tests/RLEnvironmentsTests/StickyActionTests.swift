import RLCore
import RLEnvironments
import RLSupport
import Testing

/// What Gymnasium 1.4.0 shows behind `StickyAction(env, 0.25)` after `reset(seed=7)`; where an episode ended, the first
/// observation of the next one.
@Suite struct StickyActionTests {
  private static let lakeActions: [Int] = [
    2, 3, 0, 3, 1, 2, 2, 1, 3, 0, 1, 1, 2, 1, 0, 0, 0, 0, 0, 3, 0, 2, 3, 0, 1, 1, 1, 3, 0, 3,
    3, 3, 0, 1, 2, 1, 2, 2, 2, 0, 3, 2, 3, 1, 1, 3, 0, 0, 1, 2, 0, 3, 1, 0, 2, 3, 3, 3, 1, 0,
  ]
  private static let lakeCells: [Int] = [
    0, 0, 1, 0, 0, 4, 8, 9, 13, 0, 4, 0, 0, 4, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 4, 0, 0,
    0, 0, 1, 1, 0, 4, 4, 0, 0, 0, 0, 4, 8, 4, 8, 8, 9, 8, 0, 4, 4, 4, 0, 4, 8, 9, 8, 8, 8, 8,
    0,
  ]
  private static let taxiActions: [Int] = [
    4, 4, 0, 4, 2, 3, 3, 1, 5, 0, 1, 2, 3, 2, 0, 0, 0, 0, 0, 5, 1, 3, 4, 1, 1, 2, 1, 5, 1, 5,
    4, 5, 0, 2, 3, 2, 3, 4, 3, 0,
  ]
  private static let taxiStates: [Int] = [
    309, 309, 309, 409, 409, 409, 409, 409, 309, 309, 409, 409, 409, 409, 409, 409, 409, 409,
    409, 409, 409, 309, 309, 309, 309, 209, 229, 249, 249, 149, 149, 149, 149, 249, 269, 249,
    269, 249, 229, 209, 309,
  ]

  private func states(_ vector: any VectorEnvironment, _ actions: [Int]) -> [Int] {
    var vector = vector
    let batch = StepBatch(count: vector.count, for: vector.spec)
    // The last sub-environment has the seed 7.
    vector.reset(seed: 7 &- UInt64(vector.count - 1), into: batch)
    let last = vector.count - 1
    return [Int(batch.observations[last])]
      + actions.map { action in
        vector.step([Float](repeating: Float(action), count: vector.count), into: batch)
        return Int(batch.observations[last])
      }
  }

  /// Around the fast vector, around each environment by itself, and on threads.
  @Test(arguments: [1, 3]) func coinsAreGymnasiums(_ count: Int) throws {
    for (id, actions, expected) in [
      ("FrozenLake-v1", Self.lakeActions, Self.lakeCells),
      ("Taxi-v4", Self.taxiActions, Self.taxiStates),
    ] {
      let fast = try EnvironmentRegistry.builtIn.make(id, count: count)
      #expect(states(fast.wrapped(by: StickyAction(0.25)), actions) == expected)
      let threads = ParallelEnvironments(fast, threads: 2)
      #expect(states(threads.wrapped(by: StickyAction(0.25)), actions) == expected)
    }
    var registry = EnvironmentRegistry()
    try registry.register("Lake", maxSteps: 100) {
      GridWorld.frozenLake.wrapped(by: StickyAction(0.25))
    }
    try registry.register("Cab", maxSteps: 200) { Taxi().wrapped(by: StickyAction(0.25)) }
    #expect(states(try registry.make("Lake", count: count), Self.lakeActions) == Self.lakeCells)
    #expect(states(try registry.make("Cab", count: count), Self.taxiActions) == Self.taxiStates)
    #expect(try registry.resolve("Lake").entry.check().passed)
  }
}
