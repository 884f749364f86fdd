import RLCore
import RLEnvironments
import RLSupport
import Testing

@Suite struct DrawingTests {
  /// Random valid actions for one environment.
  private func action(_ spec: EnvironmentSpec, _ rng: inout SeededGenerator) -> [Float] {
    RowSpace(spec.actionSpace).sample(using: &rng)
  }

  /// What is drawn goes through the states of a vector of one.
  @Test func drawnEnvironmentsAreVectorsOfOne() throws {
    for entry in EnvironmentRegistry.builtIn.entries {
      let make = try #require(entry.makeSingle)
      var single = make()
      var vector = entry.makeVector(1)
      let (seen, batch) = (
        StepBatch(count: 1, for: entry.spec), StepBatch(count: 1, for: entry.spec)
      )
      single.reset(seed: 9, into: seen)
      vector.reset(seed: 9, into: batch)
      var rng = SeededGenerator(seed: 2)
      var ends = 0
      for _ in 0..<1200 {
        #expect(seen.observations.elementsEqual(batch.observations))
        #expect(seen.actionMasks.elementsEqual(batch.actionMasks))
        let action = action(entry.spec, &rng)
        single.step(action, into: seen)
        vector.step(action, into: batch)
        #expect(seen.rewards[0] == batch.rewards[0])
        #expect(seen.terminated[0] == batch.terminated[0])
        #expect(seen.truncated[0] == batch.truncated[0])
        if seen.terminated[0] || seen.truncated[0] {
          ends += 1
          #expect(seen.finalObservations.elementsEqual(batch.finalObservations))
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
      let seen = StepBatch(count: 1, for: entry.spec)
      single.reset(seed: 23, into: seen)
      #expect(vector.drawing(of: 3) == single.drawing(of: 0), "\(entry.id)")
      #expect(vector.drawing(of: 3) != nil)
      var rng = SeededGenerator(seed: 2)
      let actions = (0..<5).flatMap { _ in action(entry.spec, &rng) }
      let width = entry.spec.actionSpace.rowWidth
      vector.step(actions, into: batch)
      single.step(Array(actions[3 * width..<4 * width]), into: seen)
      let ended = seen.terminated[0] || seen.truncated[0]
      // The batch of pendulums does not keep the torque, which only the picture needs.
      if !ended && !entry.id.hasPrefix("Pendulum") {
        #expect(vector.drawing(of: 3) == single.drawing(of: 0), "\(entry.id)")
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
    #expect(entry.framesPerSecond == nil && entry.makeSingle?().drawing(of: 0) == nil)
    #expect(entry.makeVector(2).drawing(of: 1) == nil)
    #expect(entry.keyMap?.bindings.count == 2)
  }

  /// Drawing changes nothing: the states are those of an episode that nobody looked at.
  @Test func lookingChangesNothing() throws {
    for entry in EnvironmentRegistry.builtIn.entries {
      let make = try #require(entry.makeSingle)
      var seen = make()
      var unseen = seen
      let (a, b) = (StepBatch(count: 1, for: entry.spec), StepBatch(count: 1, for: entry.spec))
      seen.reset(seed: 1, into: a)
      unseen.reset(seed: 1, into: b)
      var rng = SeededGenerator(seed: 3)
      for _ in 0..<50 where !a.terminated[0] && !a.truncated[0] {
        let action = action(entry.spec, &rng)
        _ = seen.drawing(of: 0)
        seen.step(action, into: a)
        unseen.step(action, into: b)
        #expect(a.observations.elementsEqual(b.observations) && a.rewards[0] == b.rewards[0])
      }
    }
  }
}
