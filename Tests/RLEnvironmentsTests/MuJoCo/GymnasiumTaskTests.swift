import RLCore
import RLEnvironments
import RLSupport
import Testing

@Suite(.needsMuJoCo) struct GymnasiumTaskTests {
  /// One environment of the task with the arguments of a variant, over all recorded steps: the bits of observations
  /// and rewards in double precision.
  private func follow<Task: GymnasiumTask>(_ type: Task.Type, _ name: String) throws {
    let fixture = try #require(MuJoCoFixture.loaded[name])
    let task = try Task.arguments.overlaid(Task(), by: MuJoCoFixture.arguments[name] ?? [:])
    #expect(fixture.runs.count == (name.contains("+") ? 2 : 6))
    for run in fixture.runs {
      let place = "\(name) seed \(run.seed)"
      var environment = try MuJoCoEnvironment(task)
      var rng = SeededGenerator(seed: run.seed)
      var draw = SeededGenerator(seed: run.seed + 1000)
      _ = environment.reset(using: &rng)
      let first = environment.observation
      #expect(MuJoCoFixture.hash(6, first) == run.first, "\(place): first \(first)")
      if let known = run.first_numbers { #expect(Array(first.prefix(24)) == known, "\(place)") }
      let steps = run.rewards.count / 4
      #expect(steps == (name.contains("+") ? 60 : 150))
      var (total, last) = (0.0, Task.Info())
      var observations = Substring(run.observations)
      var rewards = Substring(run.rewards)
      for i in 0..<steps {
        let action = MuJoCoFixture.action(environment.actionSpace.high, using: &draw)
        let step = environment.step(action)
        var seen = environment.observation
        #expect(step.observation == seen.map { Float($0) })
        total += step.reward
        last = step.info
        #expect(step.terminated == run.ends.contains(i), "\(place) step \(i)")
        if i == steps - 1, let known = run.last_numbers {
          #expect(Array(seen.prefix(24)) == known, "\(place)")
        }
        if step.terminated {
          _ = environment.reset(using: &rng)
          seen += environment.observation
        }
        let isSame =
          MuJoCoFixture.hash(6, seen) == observations.prefix(6)
          && MuJoCoFixture.hash(4, [step.reward]) == rewards.prefix(4)
        #expect(
          isSame,
          "\(place) step \(i): reward \(step.reward), observation \(seen.prefix(24)); `make_mujoco.py \(name) \(run.seed) \(i)` shows Gymnasium's"
        )
        if !isSame { break }
        observations.removeFirst(6)
        rewards.removeFirst(4)
      }
      #expect(total == run.return, "\(place)")
      if let known = run.last_info {
        let numbers = Task.Info.numbers.map { ($0.field.name, $0.value(of: last)) }
        #expect(Dictionary(numbers) { $1 } == known, "\(place)")
      }
    }
  }

  @Test(arguments: MuJoCoFixture.names)
  func theBitsAreGymnasiums(_ name: String) throws {
    switch name.prefix(while: { $0 != "-" }) {
    case "HalfCheetah": try follow(HalfCheetah.self, name)
    case "Hopper": try follow(Hopper.self, name)
    case "Walker2d": try follow(Walker2d.self, name)
    case "Ant": try follow(Ant.self, name)
    case "Humanoid": try follow(Humanoid.self, name)
    case "HumanoidStandup": try follow(HumanoidStandup.self, name)
    case "InvertedPendulum": try follow(InvertedPendulum.self, name)
    case "InvertedDoublePendulum": try follow(InvertedDoublePendulum.self, name)
    case "Swimmer": try follow(Swimmer.self, name)
    case "Reacher": try follow(Reacher.self, name)
    case "Pusher": try follow(Pusher.self, name)
    default: Issue.record("There is no task for \(name)")
    }
  }

  @Test func everyTaskHasFixtures() {
    let tasks = EnvironmentRegistry.builtIn.entries.filter { $0.tags.contains("mujoco") }.map(\.id)
    #expect(tasks.count == 11)
    #expect(Set(MuJoCoFixture.names.filter { !$0.contains("+") }) == Set(tasks))
  }

  /// Vectors of six environments from seed 0 on have the recorded rewards of each, whatever the number of threads.
  @Test(arguments: MuJoCoFixture.names.filter { !$0.contains("+") }, [1, 2, 3])
  func vectorsHaveTheSameBits(_ name: String, threads: Int) throws {
    let fixture = try #require(MuJoCoFixture.loaded[name])
    let limit: [String: JSONValue] = ["max_episode_steps": -1]
    var vector = try EnvironmentRegistry.builtIn.make(name, limit, count: 6, threads: threads)
    let batch = StepBatch(count: 6, for: vector.spec)
    guard case .box(_, _, let high) = vector.spec.actionSpace else { return }
    var draws = (0..<6).map { SeededGenerator(seed: 1000 + UInt64($0)) }
    var rewards = fixture.runs.map { Substring($0.rewards) }
    vector.reset(seed: 0, into: batch)
    for step in 0..<150 {
      var actions: [Float] = []
      for i in 0..<6 { actions += MuJoCoFixture.action(high, using: &draws[i]) }
      vector.step(actions, into: batch)
      for i in 0..<6 {
        let isSame = MuJoCoFixture.hash(4, [batch.rewards[i]]) == rewards[i].prefix(4)
        #expect(isSame, "\(name), environment \(i), step \(step)")
        #expect(batch.terminated[i] == fixture.runs[i].ends.contains(step))
        rewards[i].removeFirst(4)
      }
    }
  }
}
