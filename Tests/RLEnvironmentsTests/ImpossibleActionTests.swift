import RLCore
import RLEnvironments
import RLSupport
import Testing

@Suite struct ImpossibleActionTests {
  /// Numbers that are no action of any environment, on one thread and on two.
  @Test(arguments: EnvironmentRegistry.builtIn.entries.map(\.id), [1, 2])
  func impossibleActionsAreNamedAndNotTaken(_ id: String, _ threads: Int) throws {
    let values: [Float] = [.nan, .infinity, 7, -1, -0.5, 0.5, 1e30]
    for value in values {
      var vector = try EnvironmentRegistry.builtIn.make(id, count: 9, threads: threads)
      let batch = StepBatch(count: 9, for: vector.spec)
      let width = vector.spec.actionSpace.rowWidth
      let isReal = if case .box = vector.spec.actionSpace { true } else { false }
      vector.reset(seed: 1, into: batch)
      var untouched = vector
      let first = Array(batch.observations)
      var actions = [Float](repeating: 0, count: 9 * width)
      actions[5 * width] = value
      vector.step(actions, into: batch)
      // Real numbers outside of their bounds are the environment's own business, as in Gymnasium.
      if isReal && value.isFinite {
        #expect(batch.fault == nil && batch.observations.allSatisfy(\.isFinite))
        continue
      }
      let fault = try #require(batch.fault, "\(value)")
      #expect(fault.environment == id && fault.index == 5, "\(fault)")
      #expect("\(fault)".contains("action number 0 is \(value)"), "\(fault)")
      #expect(batch.rewards.allSatisfy(\.isNaN) && Array(batch.observations) == first)
      // Nothing has moved, and the next step is as it would have been.
      let other = StepBatch(count: 9, for: vector.spec)
      let possible = [Float](repeating: 0, count: 9 * width)
      vector.step(possible, into: batch)
      untouched.step(possible, into: other)
      #expect(batch.fault == nil && batch.observations.elementsEqual(other.observations))
      #expect(batch.rewards.elementsEqual(other.rewards))
    }
  }

  /// Vectors so large that the threads look through the actions by shares, with the impossible one anywhere.
  @Test(arguments: ["CartPole", "Pendulum"], [1, 2, 3])
  func largeVectorsTakeNoStepEither(_ id: String, _ threads: Int) throws {
    let count = 8_217
    for place in [0, 4_108, count - 1] {
      var vector = try EnvironmentRegistry.builtIn.make(id, count: count, threads: threads)
      let batch = StepBatch(count: count, for: vector.spec)
      vector.reset(seed: 1, into: batch)
      var untouched = vector
      let first = Array(batch.observations)
      var actions = [Float](repeating: 0, count: count)
      actions[place] = .nan
      vector.step(actions, into: batch)
      #expect(batch.fault?.index == place && Array(batch.observations) == first)
      // 0 with a sign is 0.
      actions[place] = -0.0
      let other = StepBatch(count: count, for: vector.spec)
      vector.step(actions, into: batch)
      untouched.step([Float](repeating: 0, count: count), into: other)
      #expect(batch.fault == nil && batch.observations.elementsEqual(other.observations))
    }
  }

  /// What a vector on the way makes of possible actions is looked at again.
  @Test(arguments: [1, 3]) func changedActionsAreLookedAtAgain(_ threads: Int) throws {
    let base = try EnvironmentRegistry.builtIn.make("FrozenLake", count: 9)
    var vector = ParallelEnvironments(Doubling(base: base), threads: threads)
    let batch = StepBatch(count: 9, for: vector.spec)
    vector.reset(seed: 1, into: batch)
    var actions = [Float](repeating: 1, count: 9)
    actions[7] = 3
    vector.step(actions, into: batch)
    #expect(batch.fault?.index == 7 && batch.fault?.what.contains("6") == true)
    actions[7] = 0
    vector.step(actions, into: batch)
    #expect(batch.fault == nil && batch.rewards.allSatisfy(\.isFinite))
  }
}

/// What is possible for a vector need not be for what is beneath.
extension ImpossibleActionTests {
  @Test(arguments: [1, 3]) func actionsOfAWiderSpaceAreLookedAtAgain(_ threads: Int) throws {
    let base = try EnvironmentRegistry.builtIn.make("FrozenLake", count: 9)
    var spec = base.spec
    spec.actionSpace = Discrete(8).spec
    var vector = ParallelEnvironments(Wider(base: base, spec: spec), threads: threads)
    let batch = StepBatch(count: 9, for: vector.spec)
    vector.reset(seed: 1, into: batch)
    var actions = [Float](repeating: 1, count: 9)
    actions[7] = 6
    vector.step(actions, into: batch)
    #expect(batch.fault?.index == 7 && batch.fault?.what.contains("6") == true)
  }

  /// Environments without a number of an action are stepped as any.
  @Test(arguments: [1, 3]) func actionsWithoutNumbersAreTaken(_ threads: Int) {
    struct Passive: DeterministicEnvironment {
      var t = 0
      var actionSpace: DynamicBox { DynamicBox(low: [], high: []) }
      var observationSpace: Discrete { Discrete(9) }
      mutating func reset(using rng: inout SeededGenerator) -> Int { 0 }
      mutating func step(_ action: [Float]) -> Step<Int, NoInfo> {
        t += 1
        return .next(t, reward: 1)
      }
    }
    let spec = EnvironmentSpec(
      id: "Passive", observationSpace: Discrete(9).spec, actionSpace: Passive().actionSpace.spec)
    var vector = ParallelEnvironments(
      BatchedEnvironments(spec, count: 5) { Passive() }, threads: threads)
    let batch = StepBatch(count: 5, for: spec)
    vector.reset(seed: 1, into: batch)
    for _ in 0..<3 { vector.step([], into: batch) }
    #expect(batch.observations.elementsEqual([3, 3, 3, 3, 3]))
  }

  /// Copies of a vector share its threads, and are stepped by different threads all the same.
  @Test func copiesAreSteppedSideBySide() async throws {
    // All threads always, or one of them would be chosen before the copies meet.
    let vector = try ThreadTeam.$mode.withValue(.all) {
      try EnvironmentRegistry.builtIn.make("CartPole", count: 9, threads: 3)
    }
    func observed() -> Double {
      var copy = vector
      let batch = StepBatch(count: 9, for: copy.spec)
      copy.reset(seed: 1, into: batch)
      var sum = 0.0
      for step in 0..<2000 {
        copy.step([Float](repeating: Float(step % 2), count: 9), into: batch)
        sum += Double(batch.observations.reduce(0, +))
      }
      return sum
    }
    let alone = observed()
    await withTaskGroup(of: Double.self) { group in
      for _ in 0..<4 { group.addTask { observed() } }
      for await sum in group { #expect(sum == alone) }
    }
  }
}

/// Hands its actions on as they are, of which it knows more than what is beneath.
private struct Wider: VectorEnvironment {
  var base: any VectorEnvironment
  let spec: EnvironmentSpec
  var count: Int { base.count }
  mutating func reset(seed: UInt64, into batch: StepBatch) { base.reset(seed: seed, into: batch) }
  mutating func reset(index: Int, into batch: StepBatch) { base.reset(index: index, into: batch) }
  mutating func step(_ actions: Span<Float>, into batch: StepBatch) {
    base.step(actions, into: batch)
  }
  func split(into parts: Int) -> [any VectorEnvironment] {
    base.split(into: parts).map { Wider(base: $0, spec: spec) }
  }
  mutating func visit(_ state: inout StateVisitor) throws(StateError) {
    try base.visit(&state)
  }
}

/// Hands twice the action on.
private struct Doubling: VectorEnvironment {
  var base: any VectorEnvironment
  var spec: EnvironmentSpec { base.spec }
  var count: Int { base.count }
  mutating func reset(seed: UInt64, into batch: StepBatch) { base.reset(seed: seed, into: batch) }
  mutating func reset(index: Int, into batch: StepBatch) { base.reset(index: index, into: batch) }
  mutating func step(_ actions: Span<Float>, into batch: StepBatch) {
    base.step(actions.indices.map { 2 * actions[$0] }, into: batch)
  }
  func split(into parts: Int) -> [any VectorEnvironment] {
    base.split(into: parts).map { Doubling(base: $0) }
  }
  mutating func visit(_ state: inout StateVisitor) throws(StateError) {
    try base.visit(&state)
  }
}
