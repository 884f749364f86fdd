import RLCore
import RLEnvironments
import RLSupport
import Testing

@Suite struct DrawingTests {
  /// Random valid actions for one environment.
  private func action(_ spec: EnvironmentSpec, _ rng: inout SeededGenerator) -> [Float] {
    RowSpace(spec.actionSpace).sample(using: &rng)
  }

  /// A single environment goes through the states of a vector of one, and stays at the end of an episode.
  @Test func singleEnvironmentsAreVectorsOfOne() throws {
    for entry in EnvironmentRegistry.builtIn.entries {
      let make = try #require(entry.makeSingle)
      var single = make()
      var vector = entry.makeVector(1)
      let batch = StepBatch(count: 1, for: entry.spec)
      single.reset(seed: 9)
      vector.reset(seed: 9, into: batch)
      var rng = SeededGenerator(seed: 2)
      var ends = 0
      for _ in 0..<1200 {
        #expect(single.observation == Array(batch.observations))
        #expect(single.actionMask == Array(batch.actionMasks))
        let action = action(entry.spec, &rng)
        single.step(action)
        vector.step(action, into: batch)
        #expect(single.reward == batch.rewards[0])
        #expect(single.terminated == batch.terminated[0])
        #expect(single.truncated == batch.truncated[0])
        if single.ended {
          ends += 1
          #expect(single.observation == Array(batch.finalObservations))
          single.reset()
        }
      }
      #expect(ends > 0 || entry.spec.maxEpisodeSteps == nil, "\(entry.id)")
    }
  }

  /// Hand-written batches, threads and wrappers show the same pictures as single environments.
  @Test func vectorsShowTheirEnvironments() throws {
    for entry in EnvironmentRegistry.builtIn.entries {
      var vector: any VectorEnvironment = ParallelEnvironments(entry.makeVector(5), threads: 2)
        .wrapped(by: NormalizeReward())
      let batch = StepBatch(count: 5, for: vector.spec)
      vector.reset(seed: 20, into: batch)
      let make = try #require(entry.makeSingle)
      var single = make()
      single.reset(seed: 23)
      #expect(vector.drawing(of: 3) == single.drawing(), "\(entry.id)")
      #expect(vector.drawing(of: 3) != nil)
      var rng = SeededGenerator(seed: 2)
      let actions = (0..<5).flatMap { _ in action(entry.spec, &rng) }
      let width = entry.spec.actionSpace.rowWidth
      vector.step(actions, into: batch)
      single.step(Array(actions[3 * width..<4 * width]))
      // The batch of pendulums does not keep the torque, which only the picture needs.
      if !single.ended && !entry.id.hasPrefix("Pendulum") {
        #expect(vector.drawing(of: 3) == single.drawing(), "\(entry.id)")
      }
    }
  }

  @Test func looksAreNotRequired() throws {
    struct Blind: DeterministicEnvironment {
      let observationSpace = Box<1>(0...1)
      let actionSpace = Discrete(2)
      mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> { [0] }
      mutating func step(_ action: Int) -> Step<InlineArray<1, Float>, NoInfo> {
        .next([0], reward: 0)
      }
    }
    var registry = EnvironmentRegistry()
    try registry.register("Blind") { Blind() }
    let entry = try registry.resolve("Blind").entry
    #expect(entry.framesPerSecond == nil && entry.makeSingle?().drawing() == nil)
    #expect(entry.makeVector(2).drawing(of: 1) == nil)
    #expect(entry.keyMap?.bindings.count == 2)
  }

  /// Drawing changes nothing: the states are those of an episode that nobody looked at.
  @Test func lookingChangesNothing() throws {
    for entry in EnvironmentRegistry.builtIn.entries {
      let make = try #require(entry.makeSingle)
      var seen = make()
      var unseen = seen
      seen.reset(seed: 1)
      unseen.reset(seed: 1)
      var rng = SeededGenerator(seed: 3)
      for _ in 0..<50 where !seen.ended {
        let action = action(entry.spec, &rng)
        _ = seen.drawing()
        seen.step(action)
        unseen.step(action)
        #expect(seen.observation == unseen.observation && seen.reward == unseen.reward)
      }
    }
  }
}
