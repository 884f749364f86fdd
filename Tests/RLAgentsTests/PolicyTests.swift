import RLAgents
import RLCore
import RLEnvironments
import RLSupport
import Testing

@Suite struct PolicyTests {
  private func policy<E: Environment>(_ make: @escaping @Sendable () -> E) throws -> any Policy {
    var c = DQNSettings()
    c.widths = [8]
    return try DQN(c, environments: makeVector(1, make), seed: 3, steps: 100, threads: 1).policy
  }

  @Test func oneObservationOrManyGiveTheSameActions() throws {
    let policy = try policy { Identity() }
    let rows: [Float] = [0, 1, 2, 3]
    let actions = policy.actions(for: rows)
    #expect(actions == rows.flatMap { policy.action(for: [$0]) })
    #expect(actions == rows.map { Float(policy.action(for: Int($0), in: Identity())) })
    #expect(policy.actions(for: []).isEmpty)
    var rng: SeededGenerator? = SeededGenerator(seed: 1)
    let drawn = Set((0..<300).flatMap { _ in policy.actions(for: rows, using: &rng) })
    #expect(drawn == [0, 1, 2, 3])
  }

  @Test func anEnvironmentsOwnMaskIsKept() throws {
    for policy in [try policy { OneWay() }, RandomPolicy(makeVector(1) { OneWay() }.spec)] {
      var rng = SeededGenerator(seed: 1)
      for _ in 0..<50 {
        var environment = OneWay()
        var observation = environment.reset(using: &rng)
        var isOver = false
        while !isOver {
          let action = policy.action(for: observation, in: environment)
          #expect(action == (observation == 2 ? 2 : 0))
          let step = environment.step(action, using: &rng)
          (observation, isOver) = (step.observation, step.terminated || step.truncated)
        }
      }
    }
  }

  @Test func aPolicyOfPPOActsInItsEnvironment() throws {
    let vector = try EnvironmentRegistry.builtIn.make("Pendulum", count: 1)
    let policy = try PPO(
      PPOSettings(), environments: vector, seed: 1, steps: 1, threads: 1
    ).policy
    let action = policy.action(for: [1, 0, 0.5], in: Pendulum())
    #expect([action[0]] == policy.action(for: [1, 0, 0.5]))
  }
}
