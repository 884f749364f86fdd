import RLCore
import RLSupport
import Testing

/// Shows which action reached it, for four steps.
private struct Echo: DeterministicEnvironment, Codable {
  private var age = 0
  init() {}
  var observationSpace: Box<1> { Box(-10...10) }
  var actionSpace: Discrete { Discrete(4) }
  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> {
    age = 0
    return [0]
  }
  mutating func step(_ action: Int) -> Step<InlineArray<1, Float>, NoInfo> {
    age += 1
    let shown: InlineArray<1, Float> = [Float(action)]
    return age == 4 ? .terminal(shown, reward: 1) : .next(shown, reward: 0)
  }

  static let spec = EnvironmentSpec(
    id: "Echo", observationSpace: Echo().observationSpace.spec, actionSpace: Echo().actionSpace.spec
  )
}

/// What wrappers draw, and what they learn.
@Suite struct WrapperStateTests {
  /// The sub-environments, the seeds and the episodes have coins of their own.
  @Test func coinsFollowTheSeed() throws {
    func trace(_ seed: UInt64, _ vector: inout some VectorEnvironment) -> [[Float]] {
      let batch = StepBatch(count: 4, for: vector.spec)
      vector.reset(seed: seed, into: batch)
      return (0..<30).map { step in
        vector.step([Float](repeating: Float(step % 4), count: 4), into: batch)
        return Array(batch.observations)
      }
    }
    var vector = BatchedEnvironments(Echo.spec, count: 4) { Echo() }.wrapped(
      by: StickyAction(0.5))
    let first = trace(7, &vector)
    #expect(trace(7, &vector) == first)
    #expect(trace(8, &vector) != first)
    #expect(first.contains { Set($0).count > 1 })
    #expect(checkEnvironment(Echo().wrapped(by: StickyAction(0.5))).passed)
  }

  /// A wrapper of a user's that draws at resets and steps leads to the same episodes around a vector and around
  /// single environments.
  @Test func drawsAreTheSameAroundAVectorAndInIt() throws {
    struct Noise: EnvironmentWrapper {
      private var first: [Float] = []
      private var next: [Float] = []
      static var drawsRandomly: Bool { true }
      mutating func prepare(_ spec: EnvironmentSpec, count: Int) {
        (first, next) = (Array(repeating: 0, count: count), Array(repeating: 0, count: count))
      }
      mutating func drawAfterReset(_ index: Int, using rng: inout SeededGenerator) {
        first[index] = Float(rng.normal())
      }
      mutating func drawBeforeStep(_ index: Int, using rng: inout SeededGenerator) {
        next[index] = Float(rng.normal())
      }
      mutating func didReset(_ range: Range<Int>, inner: StepBatch, outer: StepBatch) {
        for i in range { inner.observations[i] += first[i] }
      }
      mutating func didStep(inner: StepBatch, outer: StepBatch, end: (Int) -> Void) {
        for i in 0..<inner.count {
          let isOver = inner.terminated[i] || inner.truncated[i]
          inner.observations[i] += isOver ? first[i] : next[i]
          if isOver { inner.finalObservations[i] += next[i] }
        }
      }
    }
    func rows(_ vector: any VectorEnvironment) -> [[Float]] {
      var vector = vector
      let batch = StepBatch(count: 3, for: vector.spec)
      vector.reset(seed: 5, into: batch)
      return [Array(batch.observations)]
        + (0..<12).map { _ in
          vector.step([0, 1, 0], into: batch)
          let finals = batch.terminated[0] ? Array(batch.finalObservations) : []
          return Array(batch.observations) + finals
        }
    }
    let example = Echo.spec
    let around = BatchedEnvironments(example, count: 3) { Echo() }.wrapped(by: Noise())
    let within = BatchedEnvironments(example, count: 3) { Echo().wrapped(by: Noise()) }
    #expect(rows(around) == rows(within) && Set(rows(around)[0]).count > 2)
  }

  /// What learns from one episode to the next would judge a model behind other numbers than it learned behind.
  @Test func environmentsBehindLearningWrappersAreRefused() throws {
    var registry = EnvironmentRegistry()
    for (id, wrapper) in [("A", "NormalizeObservation"), ("B", "NormalizeReward")] {
      let error = #expect(throws: RegistryError.learning(id, wrapper: wrapper)) {
        if id == "A" {
          try registry.register(id) { Echo().wrapped(by: NormalizeObservation()) }
        } else {
          // Beneath others, too.
          try registry.register(id) {
            Echo().wrapped(by: NormalizeReward()).wrapped(by: TimeLimit(2))
          }
        }
      }
      #expect(error?.description.contains("normalizeObservations=true") == true)
    }
    let check = checkEnvironment(Echo().wrapped(by: NormalizeObservation()))
    #expect(check.findings.map(\.rule) == ["wrapper-statistics"], "\(check)")
    // Statistics that are known do not change.
    try registry.register("C") {
      var known = NormalizeObservation()
      known.isFrozen = true
      return Echo().wrapped(by: known)
    }
    #expect(try registry.resolve("C").entry.check().passed)
  }
}
