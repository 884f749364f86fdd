import RLCore
import RLEnvironments
import RLSupport
import Testing

@Suite struct ArgumentTests {
  private let registry = EnvironmentRegistry.builtIn

  private func problem(_ name: String, _ arguments: [String: JSONValue]) -> String {
    do {
      _ = try registry.resolve(name, arguments)
      return ""
    } catch { return "\(error)" }
  }

  @Test func theDescriptionFollowsTheArguments() throws {
    let lake = try registry.resolve("FrozenLake", ["desc": ["SFF", "FHG"]]).entry.spec
    #expect(lake.observationSpace == .discrete(count: 6, start: 0))
    #expect(lake.arguments == ["desc": ["SFF", "FHG"]] && lake.id == "FrozenLake-v1")
    #expect(try registry.resolve("FrozenLake").entry.spec.arguments.isEmpty)
    let large = try registry.resolve("FrozenLake", ["map_name": "8x8"]).entry.spec
    #expect(large.observationSpace == .discrete(count: 64, start: 0))
  }

  @Test func argumentsAreTakenTogetherAndReplaced() throws {
    let entry = try registry.resolve("Blackjack", ["natural": true, "sab": false]).entry
    #expect(try entry.with(["sab": true]).spec.arguments == ["sab": true])
    #expect(entry.arguments.sheet.contains { $0.contains("natural") && $0.contains("true") })
  }

  @Test(
    arguments: [
      ("CartPole", ["sutton_barto_rewards": true], "Did you mean 'sutton_barto_reward'?"),
      (
        "GridWorld", ["is_slippery": true],
        "GridWorld-v0 takes no argument 'is_slippery'. It takes: max_episode_steps."
      ),
      ("CartPole", ["sutton_barto_reward": 1], "must be true or false, not 1"),
      ("Pendulum", ["g": "strong"], "must be a number, not strong"),
      ("Taxi", ["rainy_probability": 1.5], "must be from 0 to 1, not 1.5"),
      ("FrozenLake", ["map_name": "16x16"], "must be 4x4 or 8x8"),
      ("FrozenLake", ["desc": ["SF", "F"]], "equally long"),
      ("FrozenLake", ["reward_schedule": [1, 2]], "three numbers"),
      ("Acrobot", ["torque_noise_max": -1], "0 or more"),
      ("CartPole", ["max_episode_steps": 0], "CartPole-v1: 'max_episode_steps' must be 1 or more"),
      ("CartPole", ["max_episode_steps": "long"], "must be a whole number, not long"),
      ("CartPole", ["max_episode_step": 3], "Did you mean 'max_episode_steps'?"),
    ] as [(String, [String: JSONValue], String)])
  func mistakesAreTold(_ name: String, _ arguments: [String: JSONValue], _ words: String) {
    let problem = problem(name, arguments)
    #expect(problem.contains(words), "\(problem)")
  }

  /// As `gymnasium.make(..., max_episode_steps=)`.
  @Test func everyEnvironmentTakesATimeLimit() throws {
    var rng = SeededGenerator(seed: 1)
    for entry in registry.entries {
      let short = try entry.with(["max_episode_steps": 3])
      #expect(short.spec.maxEpisodeSteps == 3 && short.arguments.names.last == "max_episode_steps")
      #expect(short.spec.arguments == ["max_episode_steps": 3])
      #expect(!entry.isSame(with: ["max_episode_steps": 3]) && entry.isSame(with: [:]))
      #expect(try short.with(["max_episode_steps": -1]).spec.maxEpisodeSteps == nil)
      for make in [short.makeVector, { _ in short.makeSingle?() ?? short.makeVector(1) }] {
        var environments = make(1)
        let batch = StepBatch(count: 1, for: short.spec)
        environments.reset(seed: 1, into: batch)
        var steps = 0
        repeat {
          let action = RowSpace(short.spec.actionSpace).sample(
            mask: Array(batch.actionMasks), using: &rng)
          environments.step(action, into: batch)
          steps += 1
        } while !batch.terminated[0] && !batch.truncated[0]
        #expect(batch.terminated[0] || steps == 3, "\(entry.id)")
        #expect(steps <= 3)
      }
    }
    let both = try registry.resolve(
      "FrozenLake", ["is_slippery": false, "max_episode_steps": 7]
    ).entry
    #expect(both.spec.maxEpisodeSteps == 7)
    #expect(both.spec.arguments == ["is_slippery": false, "max_episode_steps": 7])
  }

  @Test func environmentsWithArgumentsPassTheChecker() throws {
    for (name, arguments) in [
      ("FrozenLake", ["is_slippery": false]),
      ("Taxi", ["fickle_passenger": true, "is_rainy": true]),
      ("CartPole", ["sutton_barto_reward": true]), ("CliffWalking", ["is_slippery": true]),
      ("CartPole", ["velocities": false]), ("Pendulum", ["velocities": false]),
      ("Blackjack", ["sab": false, "natural": true]),
    ] as [(String, [String: JSONValue])] {
      let check = try registry.resolve(name, arguments).entry.check()
      #expect(check.passed, "\(check)")
    }
  }

  /// The same episodes, and zeros where velocities were: one by one, and eight at a time.
  @Test(
    arguments: [
      ("CartPole", [1, 3]), ("Pendulum", [2]), ("MountainCar", [1]), ("MountainCarContinuous", [1]),
    ] as [(String, [Int])], [1, 19])
  func velocitiesCanBeHidden(_ one: (name: String, velocities: [Int]), _ count: Int) throws {
    let entry = try registry.resolve(one.name).entry
    let hidden = try entry.with(["velocities": false])
    let width = entry.spec.observationSpace.rowWidth
    #expect(hidden.spec.observationSpace == entry.spec.observationSpace)
    var (whole, masked) = (entry.makeVector(count), hidden.makeVector(count))
    let seen = StepBatch(count: count, for: entry.spec)
    let left = StepBatch(count: count, for: entry.spec)
    whole.reset(seed: 3, into: seen)
    masked.reset(seed: 3, into: left)
    var rng = SeededGenerator(seed: 4)
    var (zeros, ends) = (0, 0)
    for _ in 0..<300 {
      for (i, number) in seen.observations.enumerated() {
        let isHidden = one.velocities.contains(i % width)
        #expect(left.observations[i].bitPattern == (isHidden ? 0 : number.bitPattern))
        if isHidden && number != 0 { zeros += 1 }
      }
      let space = RowSpace(entry.spec.actionSpace)
      let actions = (0..<count).flatMap { _ in space.sample(using: &rng) }
      whole.step(actions.span, into: seen)
      masked.step(actions.span, into: left)
      #expect(seen.rewards.elementsEqual(left.rewards))
      #expect(seen.terminated.elementsEqual(left.terminated))
      for i in 0..<count where seen.terminated[i] || seen.truncated[i] {
        ends += 1
        for column in one.velocities {
          #expect(left.finalObservations[i * width + column] == 0)
        }
      }
    }
    #expect(zeros > 200 && (ends > 0 || one.name == "MountainCarContinuous"))
  }

  /// States of programs that did not know of hidden velocities can be read.
  @Test func shownVelocitiesAreNotSaved() throws {
    let whole = try JSONText.encode(CartPole())
    #expect(!whole.contains("elocities") && whole.contains("gravity"))
    #expect(try JSONText.decode(Array(whole.utf8), as: CartPole.self).showsVelocities)
    var hidden = CartPole()
    hidden.showsVelocities = false
    let text = try JSONText.encode(hidden)
    #expect(text.contains("elocities"))
    #expect(try !JSONText.decode(Array(text.utf8), as: CartPole.self).showsVelocities)
  }

  /// A walk along a corridor whose length is an argument.
  private struct Corridor: DeterministicEnvironment, Codable {
    var length = 5
    private var cell = 0
    var observationSpace: Discrete { Discrete(length) }
    var actionSpace: Discrete { Discrete(2) }
    mutating func reset(using rng: inout SeededGenerator) -> Int {
      cell = 0
      return cell
    }
    mutating func step(_ action: Int) -> Step<Int, NoInfo> {
      cell = max(0, cell + (action == 1 ? 1 : -1))
      return cell == length - 1 ? .terminal(cell, reward: 1) : .next(cell, reward: 0)
    }
  }

  @Test func ownEnvironmentsHaveArguments() throws {
    var registry = EnvironmentRegistry()
    try registry.register(
      "Corridor", maxSteps: 50,
      arguments: SettingsTable { Setting(\.length, "length", "the cells", in: .atLeast(2)) }
    ) { Corridor() }
    let entry = try registry.resolve("Corridor", ["length": 9]).entry
    #expect(entry.spec.observationSpace == .discrete(count: 9, start: 0))
    var vector = try registry.make("Corridor", ["length": 3], count: 2)
    let batch = StepBatch(count: 2, for: vector.spec)
    vector.reset(seed: 1, into: batch)
    vector.step([1, 1], into: batch)
    vector.step([1, 0], into: batch)
    #expect(Array(batch.terminated) == [true, false])
    #expect(throws: RegistryError.self) { try registry.make("Corridor", ["length": 1]) }
  }

  /// Such an argument of the environment's own is listed once, and means what the environment says.
  @Test func ownTimeLimitsHideTheUsualOne() throws {
    var registry = EnvironmentRegistry()
    let name = "max_episode_steps"
    try registry.register(
      "Corridor", maxSteps: 50,
      arguments: SettingsTable { Setting(\.length, name, "the cells", in: .atLeast(2)) }
    ) { Corridor() }
    let entry = try registry.resolve("Corridor", [name: 9]).entry
    #expect(entry.arguments.names == [name])
    #expect(entry.spec.maxEpisodeSteps == 50)
    #expect(entry.spec.observationSpace == .discrete(count: 9, start: 0))
  }
}
