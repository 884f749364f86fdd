import RLCore
import RLSupport
import Testing

/// Counts up to an end by a step size, with a set whose encoding has no order of its own.
private struct Stairs: DeterministicEnvironment, Codable {
  var length = 7
  var height = 1.0
  var marks: Set<String> = ["a", "b", "c", "d"]
  private var k = 0
  init(length: Int = 7, height: Double = 1) { (self.length, self.height) = (length, height) }
  var observationSpace: Box<1> { Box(-1000...1000) }
  var actionSpace: Discrete { Discrete(2) }
  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> {
    k = rng.integer(below: 3)
    return [Float(k)]
  }
  mutating func step(_ action: Int) -> Step<InlineArray<1, Float>, NoInfo> {
    k += action
    return k >= length
      ? .terminal([Float(k)], reward: height) : .next([Float(k)], reward: Double(k) * height)
  }
}

/// What cannot be saved.
private struct Fleeting: DeterministicEnvironment {
  var observationSpace: Box<1> { Box(-1...1) }
  var actionSpace: Discrete { Discrete(2) }
  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> { [0] }
  mutating func step(_ action: Int) -> Step<InlineArray<1, Float>, NoInfo> { .next([0], reward: 0) }
}

@Suite struct SavedEnvironmentTests {
  private func vector<E: Environment>(_ count: Int, _ make: @escaping @Sendable () -> E)
    -> BatchedEnvironments<E>
  {
    let example = make()
    let spec = EnvironmentSpec(
      id: plainName(of: E.self), observationSpace: example.observationSpace.spec,
      actionSpace: example.actionSpace.spec, maxEpisodeSteps: 20)
    return BatchedEnvironments(spec, count: count, make: make)
  }

  private func rows(_ vector: inout some VectorEnvironment, _ count: Int) -> [[Float]] {
    let batch = StepBatch(count: vector.count, for: vector.spec)
    return (0..<count).map { i in
      let actions = (0..<vector.count).map { Float((i + $0) % 2) }
      vector.step(actions, into: batch)
      return Array(batch.observations) + batch.rewards.map { Float($0) }
    }
  }

  private func saved(_ vector: some VectorEnvironment) -> StateArchive {
    var archive = StateArchive()
    vector.save(to: &archive, prefix: "")
    return archive
  }

  /// A wrapped environment in a vector goes on where it was saved, wrappers within wrappers included.
  @Test func wrappedEnvironmentsAreSaved() throws {
    let make: @Sendable () -> Wrapped<Wrapped<Stairs, StickyAction>, FrameStack> = {
      Stairs().wrapped(by: StickyAction(0.4)).wrapped(by: FrameStack(3))
    }
    var first = vector(3, make)
    #expect(first.savesExactly)
    first.reset(seed: 4, into: StepBatch(count: 3, for: first.spec))
    _ = rows(&first, 9)
    let archive = saved(first)
    var second = vector(3, make)
    try second.restore(from: archive, prefix: "", offset: 0)
    #expect(rows(&first, 30) == rows(&second, 30))
  }

  @Test func whatCannotBeSavedSaysSoBehindWrappersToo() {
    #expect(!vector(1) { Fleeting() }.savesExactly)
    #expect(!vector(1) { Fleeting().wrapped(by: TimeLimit(5)) }.savesExactly)
  }

  /// Episodes that begin after a resume are not those from the start of the training.
  @Test func randomStreamsOfWhatCannotBeSavedGoOn() throws {
    struct Dice: DeterministicEnvironment {
      var observationSpace: Box<1> { Box(0...1) }
      var actionSpace: Discrete { Discrete(2) }
      mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> {
        [Float(rng.uniform())]
      }
      mutating func step(_ action: Int) -> Step<InlineArray<1, Float>, NoInfo> {
        .next([0], reward: 0)
      }
    }
    var first = vector(2) { Dice() }
    let batch = StepBatch(count: 2, for: first.spec)
    first.reset(seed: 4, into: batch)
    for _ in 0..<3 { first.reset(index: 1, into: batch) }
    let archive = saved(first)
    first.reset(index: 1, into: batch)
    let expected = batch.observations[1]
    var second = vector(2) { Dice() }
    second.reset(seed: 4, into: batch)
    try second.restore(from: archive, prefix: "", offset: 0)
    second.reset(index: 1, into: batch)
    #expect(batch.observations[1] == expected)
  }

  /// Environments with other parameters than the saved ones are refused, and stay what they are.
  @Test func otherEnvironmentsAreRefused() throws {
    var first = vector(2) { Stairs() }
    first.reset(seed: 1, into: StepBatch(count: 2, for: first.spec))
    let archive = saved(first)
    var same = vector(2) { Stairs() }
    try same.restore(from: archive, prefix: "", offset: 0)
    var other = vector(2) { Stairs(length: 9, height: 0.5) }
    let error = #expect(throws: StateError.self) {
      try other.restore(from: archive, prefix: "", offset: 0)
    }
    let text = try #require(error).description
    #expect(text.contains("height was 1 and is 0.5"), "\(text)")
    #expect(text.contains("length was 7 and is 9"), "\(text)")
    #expect(other[0].length == 9)
    // States from before parameters were kept are taken.
    var old = StateArchive()
    for (name, entry) in archive.entries where name != "environments.made" {
      old.set(name, entry.values, shape: entry.shape)
    }
    try other.restore(from: old, prefix: "", offset: 0)
    #expect(other[0].length == 7)
  }

  /// Wrapped environments could not be saved once: their old states begin new episodes.
  @Test func statesOfOldWrappedEnvironmentsAreTaken() throws {
    let make: @Sendable () -> Wrapped<Stairs, FrameStack> = { Stairs().wrapped(by: FrameStack(2)) }
    var first = vector(2, make)
    first.reset(seed: 1, into: StepBatch(count: 2, for: first.spec))
    var old = StateArchive()
    for (name, entry) in saved(first).entries where !name.hasPrefix("environments") {
      old.set(name, entry.values, shape: entry.shape)
    }
    var second = vector(2, make)
    try second.restore(from: old, prefix: "", offset: 0)
    #expect(!second.savesExactly)
  }

  /// Environments that are made by chance tell nothing by how they are made.
  @Test func environmentsMadeByChanceAreTaken() throws {
    let make: @Sendable () -> Stairs = { Stairs(length: Int.random(in: 5...1_000_000)) }
    var first = vector(1, make)
    first.reset(seed: 1, into: StepBatch(count: 1, for: first.spec))
    var second = vector(1, make)
    try second.restore(from: saved(first), prefix: "", offset: 0)
    #expect(second[0].length == first[0].length)
  }

  /// Counts that are none are refused instead of overflowing later.
  @Test(arguments: [-1, Int64.max]) func impossibleCountsAreRefused(_ count: Int64) throws {
    var first = vector(2) { Stairs() }
    first.reset(seed: 1, into: StepBatch(count: 2, for: first.spec))
    var archive = saved(first)
    archive.set("elapsed", .int([3, count]))
    #expect(throws: StateError.self) {
      try first.restore(from: archive, prefix: "", offset: 0)
    }
  }

  /// How many threads step the environments does not show in what is saved.
  @Test func partsAreSavedAsOne() {
    let whole = vector(5) { Stairs() }
    #expect(saved(whole) == saved(ParallelEnvironments(whole, threads: 2)))
  }
}
