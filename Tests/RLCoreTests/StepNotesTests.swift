import RLCore
import RLSupport
import Testing

/// Does as its action says: 1 is a step that cannot be computed, 2 an odd end, 3 a number out of bounds, 4 odd without an end.
private struct Talker: DeterministicEnvironment {
  private var last = 0
  var actionSpace: Discrete { Discrete(5) }
  var observationSpace: Box<1> { Box(-1...1) }
  var failure: String? { last == 1 ? "it broke" : nil }
  var oddity: String? { last == 2 || last == 4 ? "it bent" : nil }
  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> {
    last = 0
    return [0]
  }
  mutating func step(_ action: Int) -> Step<InlineArray<1, Float>, NoInfo> {
    last = action
    return action == 2 ? .terminal([0], reward: 1) : .next([action == 3 ? 7 : 0], reward: 1)
  }
}

/// Two vectors that are stepped one after the other, as a vector of one's own may do it.
private struct Pair: VectorEnvironment {
  private var parts: [any VectorEnvironment]
  let spec: EnvironmentSpec
  var count: Int { parts[0].count + parts[1].count }
  init(_ first: any VectorEnvironment, _ second: any VectorEnvironment) {
    (parts, spec) = ([first, second], first.spec)
  }
  private var ranges: [Range<Int>] { [0..<parts[0].count, parts[0].count..<count] }
  mutating func reset(seed: UInt64, into batch: StepBatch) {
    for (i, range) in ranges.enumerated() { parts[i].reset(seed: seed, into: batch.slice(range)) }
  }
  mutating func reset(index: Int, into batch: StepBatch) {}
  mutating func step(_ actions: Span<Float>, into batch: StepBatch) {
    let slices = ranges.map(batch.slice)
    for (i, range) in ranges.enumerated() {
      parts[i].step(actions.extracting(range), into: slices[i])
    }
    batch.takeNotes(from: slices)
  }
  func split(into parts: Int) -> [any VectorEnvironment] { [self] }
  mutating func visit(_ state: inout StateVisitor) throws(StateError) {}
}

@Suite struct StepNotesTests {
  private static let spec = EnvironmentSpec(
    id: "Talker", observationSpace: Talker().observationSpace.spec,
    actionSpace: Talker().actionSpace.spec)

  private func talkers(_ count: Int) -> any VectorEnvironment {
    BatchedEnvironments(Self.spec, count: count) { Talker() }
  }

  /// The same seven environments in every way in which they are put together.
  private func vectors() -> [(name: String, vector: any VectorEnvironment)] {
    let single = Talker().wrapped(by: FrameStack(2))
    let spec = EnvironmentSpec(
      id: "Talker", observationSpace: single.observationSpace.spec,
      actionSpace: single.actionSpace.spec)
    return [
      ("one", talkers(7)), ("pair", Pair(talkers(4), talkers(3))),
      ("stacked", talkers(7).wrapped(by: FrameStack(2))),
      ("stack of a pair", Pair(talkers(2), talkers(5)).wrapped(by: FrameStack(3))),
      ("wrapped", BatchedEnvironments(spec, count: 7) { single }),
    ] + [2, 3, 5].map { ("\($0) threads", ParallelEnvironments(talkers(7), threads: $0)) }
  }

  @Test func notesAreThoseOfTheRowsInOrder() {
    ThreadTeam.$mode.withValue(.all) {
      for (name, var vector) in vectors() {
        let batch = StepBatch(count: 7, for: vector.spec)
        vector.reset(seed: 1, into: batch)
        for _ in 0..<2 {
          vector.step([0, 2, 0, 1, 2, 0, 1], into: batch)
          let notes = [(1, "it bent"), (3, "it broke"), (4, "it bent"), (6, "it broke")]
            .map { row, words in
              EnvironmentFault(
                environment: "Talker", index: row,
                problem: words == "it bent" ? .oddity(words) : .failure(words))
            }
          #expect(batch.notes == notes, "\(name)")
          var inspector = StepInspector(vector.spec)
          #expect(inspector.inspect(batch) == notes[1], "\(name)")
          #expect(inspector.takeRemark() == notes[0], "\(name)")
        }
        vector.step([0, 0, 0, 0, 0, 0, 0], into: batch)
        #expect(batch.notes.isEmpty, "\(name)")
      }
    }
  }

  /// An environment is asked where a wrapper ends its episode, too.
  @Test func oddEpisodesThatAreCutAreTold() {
    for (name, var vector) in [
      ("one", talkers(2).wrapped(by: TimeLimit(2))),
      ("stacked", talkers(2).wrapped(by: FrameStack(2)).wrapped(by: TimeLimit(2))),
    ] {
      let batch = StepBatch(count: 2, for: vector.spec)
      vector.reset(seed: 1, into: batch)
      vector.step([4, 4], into: batch)
      #expect(batch.notes.isEmpty, "\(name)")
      vector.step([0, 4], into: batch)
      #expect(
        batch.notes == [
          EnvironmentFault(environment: "Talker", index: 1, problem: .oddity("it bent"))
        ],
        "\(name)")
    }
  }

  /// The first row that is odd is told of, whatever is odd about it.
  @Test func theFirstOddRowIsTold() {
    for (actions, row) in [([0, 3, 0, 2, 0, 0, 0], 1), ([0, 2, 0, 3, 0, 0, 0], 1)] {
      for (name, var vector) in vectors() {
        let batch = StepBatch(count: 7, for: vector.spec)
        var inspector = StepInspector(vector.spec)
        vector.reset(seed: 1, into: batch)
        vector.step(actions.map(Float.init), into: batch)
        #expect(inspector.inspect(batch) == nil, "\(name)")
        #expect(inspector.takeRemark()?.index == row, "\(name)")
      }
    }
  }

  /// A step that is not taken has one note, and an environment said nothing of it.
  @Test func refusedActionsAreTheOnlyNote() {
    ThreadTeam.$mode.withValue(.all) {
      for (name, var vector) in vectors() where !name.contains("pair") {
        let batch = StepBatch(count: 7, for: vector.spec)
        vector.reset(seed: 1, into: batch)
        vector.step([0, 1, 0, 1, 2, 0, 1], into: batch)
        vector.step([0, 1, 0, 1, 2, 9, 1], into: batch)
        #expect(batch.notes.count == 1 && batch.fault?.index == 5, "\(name): \(batch.notes)")
      }
    }
  }
}

@Suite struct KnownActionTests {
  /// Takes more than the vector lets through.
  private struct Taker: DeterministicEnvironment {
    var actionSpace: MultiDiscrete { MultiDiscrete([4, 9]) }
    var observationSpace: Discrete { Discrete(9) }
    mutating func reset(using rng: inout SeededGenerator) -> Int { 0 }
    mutating func step(_ action: [Int]) -> Step<Int, NoInfo> {
      .next(action.reduce(0, +), reward: 1)
    }
  }

  private func spec(_ counts: [Int]) -> EnvironmentSpec {
    EnvironmentSpec(
      id: "Taker", observationSpace: Discrete(9).spec, actionSpace: MultiDiscrete(counts).spec)
  }

  /// Whoever has looked at actions of several components is believed, and nobody who knows another space.
  @Test(arguments: [1, 2]) func knownActionsAreNotLookedAtAgain(_ threads: Int) {
    for (counts, isKnown) in [([2, 3], true), ([2, 4], false), ([3, 3], false)] {
      var vector: any VectorEnvironment = BatchedEnvironments(spec([2, 3]), count: 2) { Taker() }
      if threads > 1 { vector = ParallelEnvironments(vector, threads: threads) }
      let batch = StepBatch(count: 2, for: vector.spec)
      vector.reset(seed: 1, into: batch)
      // Whether they are looked at shows as the 3 is impossible.
      let actions: [Float] = [1, 2, 1, 3]
      actions.withUnsafeBufferPointer {
        batch.knownActions = ActionCheck(spec(counts)).known($0)
        vector.step($0.span, into: batch)
      }
      // Each of two threads looks at its own row only when it is told nothing.
      #expect((batch.fault == nil) == isKnown, "\(counts)")
      vector.step([1, 2, 1, 3], into: batch)
      #expect(batch.fault?.index == 1)
    }
  }
}
