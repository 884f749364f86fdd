import RLCore
import RLSupport
import Testing

/// Counts its steps up to an end; observation [k, -2k], reward k.
private struct Steps: DeterministicEnvironment, Codable {
  var length: Int
  private var k = 0
  init(_ length: Int) { self.length = length }
  var observationSpace: Box<2> { Box(-1000...1000) }
  var actionSpace: Discrete { Discrete(2) }
  private var observation: InlineArray<2, Float> { [Float(k), Float(-2 * k)] }
  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<2, Float> {
    k = 0
    return observation
  }
  mutating func step(_ action: Int) -> Step<InlineArray<2, Float>, NoInfo> {
    k += 1
    return k == length
      ? .terminal(observation, reward: Double(k)) : .next(observation, reward: Double(k))
  }
}

/// Echoes its action.
private struct Echo: DeterministicEnvironment, Codable {
  var observationSpace: Box<2> { Box(-10...10) }
  var actionSpace: Box<2> { Box(low: [-2, 0], high: [2, 1]) }
  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<2, Float> { [0, 0] }
  mutating func step(_ action: InlineArray<2, Float>) -> Step<InlineArray<2, Float>, NoInfo> {
    .next(action, reward: 1)
  }
}

private func spec<E: Environment>(_ environment: E) -> EnvironmentSpec {
  EnvironmentSpec(
    id: plainName(of: E.self), observationSpace: environment.observationSpace.spec,
    actionSpace: environment.actionSpace.spec)
}

@Suite struct WrapperTests {
  // Made by make_vecnormalize.py with Stable-Baselines3 2.9.2.
  private static let observations: [[Float]] = [
    [0.0, 0.0, 0.0, 0.0],
    [0.999975, -1.0000125, 0.999975, -1.0000125],
    [1.2247449, -1.2247564, 1.2247449, -1.2247564],
    [-1.0680832, 1.0680877, 1.7801743, -1.7801818],
    [-0.3123353, 0.3123361, 2.0302618, -2.0302663],
    [0.5345296, -0.5345307, -1.0690325, 1.0690347],
    [-1.0069834, 1.0069852, -0.177697, 0.1776973],
    [-0.2182104, 0.2182108, 0.6546586, -0.6546597],
    [0.5262063, -0.5262071, 1.3872602, -1.3872623],
  ]
  private static let rewards: [[Double]] = [
    [10.0, 10.0],
    [2.1051495, 2.1051495],
    [1.5858613, 1.5858613],
    [0.3681567, 1.4726269],
    [0.5301712, 1.3254279],
    [0.8337656, 0.2779219],
    [0.2897867, 0.5795735],
    [0.6126269, 0.9189404],
  ]
  private static let finals: [[Float]] = [
    [1.7801743, -1.7801818],
    [2.939873, -2.9398789],
    [1.4808756, -1.4808784],
  ]

  /// Two environments whose episodes differ in length.
  private var pair: any VectorEnvironment {
    let example = Steps(3)
    let next = Lengths()
    return BatchedEnvironments(spec(example), count: 2) { Steps(next.take()) }
  }

  private final class Lengths: Sendable {
    private let state = SharedCounter()
    func take() -> Int { state.next() == 0 ? 3 : 5 }
  }

  @Test func normalizationEqualsStableBaselines() {
    var vector = pair.wrapped(by: NormalizeReward(discount: 0.9)).wrapped(
      by: NormalizeObservation())
    let batch = StepBatch(count: 2, for: vector.spec)
    vector.reset(seed: 0, into: batch)
    func close(_ a: [Float], _ b: [Float]) -> Bool { zip(a, b).allSatisfy { abs($0 - $1) < 2e-6 } }
    #expect(close(Array(batch.observations), Self.observations[0]))
    var finals: [[Float]] = []
    for step in 0..<8 {
      vector.step([0, 0], into: batch)
      #expect(close(Array(batch.observations), Self.observations[step + 1]), "step \(step)")
      for i in 0..<2 { #expect(abs(batch.rewards[i] - Self.rewards[step][i]) < 2e-6) }
      for i in 0..<2 where batch.terminated[i] {
        finals.append(Array(batch.finalObservations[2 * i..<2 * i + 2]))
      }
    }
    #expect(finals.count == Self.finals.count)
    for (a, b) in zip(finals, Self.finals) { #expect(close(a, b)) }
  }

  @Test func frozenStatisticsStay() {
    var wrapper = NormalizeObservation()
    wrapper.isFrozen = true
    var vector = pair.wrapped(by: wrapper)
    let batch = StepBatch(count: 2, for: vector.spec)
    vector.reset(seed: 0, into: batch)
    vector.step([0, 0], into: batch)
    #expect(vector.wrapper.statistics == RunningStatistics(width: 2))
    #expect(batch.observations[0] == 1)
  }

  @Test func runningStatisticsMatchTwoPasses() {
    var rng = SeededGenerator(seed: 1)
    let numbers = (0..<1_000).map { _ in 1e6 + rng.normal() }
    var statistics = RunningStatistics(width: 1)
    for start in stride(from: 0, to: 1_000, by: 100) {
      statistics.update(rows: 100) { row, _ in numbers[start + row] }
    }
    let mean = numbers.reduce(0, +) / 1_000
    let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 1_000
    // The start weight of 1e-4 at mean 0 counts as a small sample far away.
    let pull = 1e-4 * 1e6 * 1e6 / 1_000
    #expect(abs(statistics.mean[0] - mean) < 0.2)
    #expect(abs(statistics.variance[0] - variance - pull) < 0.01 * pull)
  }

  @Test func timeLimitsTruncate() {
    for scalarLimit in [2, 3] {
      var vector = pair.wrapped(by: TimeLimit(scalarLimit))
      #expect(vector.spec.maxEpisodeSteps == scalarLimit)
      let batch = StepBatch(count: 2, for: vector.spec)
      vector.reset(seed: 0, into: batch)
      for _ in 1..<scalarLimit { vector.step([0, 0], into: batch) }
      #expect(!batch.truncated[0] && !batch.truncated[1])
      vector.step([0, 0], into: batch)
      #expect(batch.truncated[0] && batch.truncated[1])
      #expect(batch.terminated[0] == (scalarLimit == 3) && !batch.terminated[1])
      #expect(batch.finalObservations[2] == Float(scalarLimit) && batch.observations[2] == 0)
    }
    var single = Steps(9).wrapped(by: TimeLimit(2))
    var rng = SeededGenerator(seed: 0)
    _ = single.reset(using: &rng)
    #expect(!single.step([0], using: &rng).ended)
    let last = single.step([0], using: &rng)
    #expect(last.truncated && !last.terminated && last.observation == [2, -4])
  }

  /// Copies of a wrapped environment share nothing that a step changes.
  @Test func copiesOfWrappedEnvironmentsGoTheirOwnWays() {
    var first = Steps(9).wrapped(by: FrameStack(2))
    var rng = SeededGenerator(seed: 0)
    #expect(first.reset(using: &rng) == [0, 0, 0, 0])
    #expect(first.step([0], using: &rng).observation == [0, 0, 1, -2])
    var second = first
    for k in 2..<5 {
      let expected: [Float] = [Float(k - 1), Float(2 - 2 * k), Float(k), Float(-2 * k)]
      #expect(first.step([0], using: &rng).observation == expected)
      #expect(second.step([0], using: &rng).observation == expected)
    }
    _ = first.step([0], using: &rng)
    #expect(second.step([0], using: &rng).observation == [4, -8, 5, -10])
    #expect(first.step([0], using: &rng).observation == [5, -10, 6, -12])
  }

  @Test func actionsAreClippedAndRescaled() {
    var rng = SeededGenerator(seed: 0)
    var clipped = Echo().wrapped(by: ClipAction())
    _ = clipped.reset(using: &rng)
    #expect(clipped.step([7, -3], using: &rng).observation == [2, 0])
    var rescaled = Echo().wrapped(by: RescaleAction(-1...1))
    #expect(rescaled.actionSpace.spec == .box(shape: [2], low: [-1, -1], high: [1, 1]))
    _ = rescaled.reset(using: &rng)
    #expect(rescaled.step([-1, 1], using: &rng).observation == [-2, 1])
    #expect(rescaled.step([0, 0], using: &rng).observation == [0, 0.5])
    #expect(checkEnvironment(Echo().wrapped(by: RescaleAction())).passed)
  }

  @Test func episodesAreCounted() {
    var vector = pair.wrapped(by: EpisodeStatistics(capacity: 2))
    let batch = StepBatch(count: 2, for: vector.spec)
    vector.reset(seed: 0, into: batch)
    for _ in 0..<6 { vector.step([0, 0], into: batch) }
    #expect(vector.wrapper.count == 3 && vector.wrapper.episodes.count == 2)
    #expect(vector.wrapper.episodes.map(\.length) == [5, 3])
    #expect(vector.wrapper.episodes.map(\.episodicReturn) == [15, 6])
  }

  @Test func observationsAndRewardsAreTransformed() {
    let sum = TransformObservation(to: .box(shape: [1], low: [-1e4], high: [1e4])) {
      [$0[0] + $0[1]]
    }
    var vector = pair.wrapped(by: sum).wrapped(by: TransformReward { -$0 })
    let batch = StepBatch(count: 2, for: vector.spec)
    vector.reset(seed: 0, into: batch)
    for _ in 0..<3 { vector.step([0, 0], into: batch) }
    #expect(Array(batch.observations) == [0, -3] && batch.finalObservations[0] == -3)
    #expect(batch.rewards[1] == -3)
  }

  @Test func framesAreStackedAndNeverAcrossEpisodes() {
    var vector = pair.wrapped(by: FrameStack(3))
    let batch = StepBatch(count: 2, for: vector.spec)
    vector.reset(seed: 0, into: batch)
    vector.step([0, 0], into: batch)
    #expect(Array(batch.observations[0..<6]) == [0, 0, 0, 0, 1, -2])
    vector.step([0, 0], into: batch)
    vector.step([0, 0], into: batch)
    #expect(Array(batch.finalObservations[0..<6]) == [1, -2, 2, -4, 3, -6])
    #expect(Array(batch.observations[0..<6]) == [0, 0, 0, 0, 0, 0])
    #expect(Array(batch.observations[6..<12]) == [1, -2, 2, -4, 3, -6])
    var single = Steps(3).wrapped(by: FrameStack(2))
    var rng = SeededGenerator(seed: 0)
    #expect(single.reset(using: &rng) == [0, 0, 0, 0])
    #expect(single.step([0], using: &rng).observation == [0, 0, 1, -2])
  }

  @Test func discreteObservationsBecomeOneHot() {
    struct Cells: DeterministicEnvironment {
      private var cell = 0
      var observationSpace: Discrete { Discrete(3, start: 1) }
      var actionSpace: Discrete { Discrete(2) }
      mutating func reset(using rng: inout SeededGenerator) -> Int {
        cell = 1
        return cell
      }
      mutating func step(_ action: Int) -> Step<Int, NoInfo> {
        cell = cell % 3 + 1
        return .next(cell, reward: 0)
      }
    }
    var environment = Cells().wrapped(by: FlattenObservation())
    var rng = SeededGenerator(seed: 0)
    #expect(environment.reset(using: &rng) == [1, 0, 0])
    #expect(environment.step([0], using: &rng).observation == [0, 1, 0])
    #expect(checkEnvironment(environment).passed)
  }

  @Test func stickyActionsRepeat() {
    func echoes(_ probability: Double) -> [Float] {
      var vector = BatchedEnvironments(spec(Echo()), count: 1) { Echo() }.wrapped(
        by: StickyAction(probability))
      let batch = StepBatch(count: 1, for: vector.spec)
      vector.reset(seed: 0, into: batch)
      return (0..<400).map { step in
        vector.step([Float(step % 3) - 1, 0], into: batch)
        return batch.observations[0]
      }
    }
    let wanted = (0..<400).map { Float($0 % 3) - 1 }
    #expect(echoes(0) == wanted)
    #expect(echoes(1) == Array(repeating: -1, count: 400))
    let changed = zip(echoes(0.25), wanted).count { $0 != $1 }
    #expect((70...180).contains(changed))
    #expect(echoes(0.25) == echoes(0.25))
  }

  @Test func theWidestBoundsAreRescaled() {
    struct Wide: DeterministicEnvironment, Codable {
      static let bound = Float.greatestFiniteMagnitude
      var observationSpace: Box<1> { Box(-.infinity ... .infinity) }
      var actionSpace: Box<1> { Box(-Self.bound...Self.bound) }
      mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> { [0] }
      mutating func step(_ action: InlineArray<1, Float>) -> Step<InlineArray<1, Float>, NoInfo> {
        .next(action, reward: 0)
      }
    }
    var rng = SeededGenerator(seed: 0)
    for scale in [1, Wide.bound] {
      var wide = Wide().wrapped(by: RescaleAction(-scale...scale))
      _ = wide.reset(using: &rng)
      for share: Float in [-1, -0.5, 0, 0.5, 1] {
        #expect(wide.step([share * scale], using: &rng).observation == [share * Wide.bound])
      }
    }
  }

  /// The episodes that go on are counted on after a restore.
  @Test func countsOfEpisodesAreSaved() throws {
    var vector = pair.wrapped(by: EpisodeStatistics())
    let batch = StepBatch(count: 2, for: vector.spec)
    vector.reset(seed: 0, into: batch)
    vector.step([0, 0], into: batch)
    var archive = StateArchive()
    vector.save(to: &archive)
    var restored = pair.wrapped(by: EpisodeStatistics())
    restored.reset(seed: 0, into: batch)
    try restored.restore(from: archive)
    for _ in 0..<2 { restored.step([0, 0], into: batch) }
    #expect(restored.wrapper.episodes.map(\.length) == [3])
    #expect(restored.wrapper.episodes.map(\.episodicReturn) == [6])
  }

  @Test func wrappedVectorsAreSavedWithTheirWrappers() throws {
    func make() -> any VectorEnvironment {
      pair.wrapped(by: TimeLimit(4)).wrapped(by: StickyAction(0.3)).wrapped(by: FrameStack(2))
        .wrapped(
          by: NormalizeObservation()
        ).wrapped(by: NormalizeReward())
    }
    func steps(_ vector: inout any VectorEnvironment, _ count: Int) -> [[Float]] {
      let batch = StepBatch(count: 2, for: vector.spec)
      return (0..<count).map { step in
        vector.step([Float(step % 2), 1], into: batch)
        return Array(batch.observations) + batch.rewards.map { Float($0) }
      }
    }
    var unbroken = make()
    unbroken.reset(seed: 1, into: StepBatch(count: 2, for: unbroken.spec))
    _ = steps(&unbroken, 7)
    var archive = StateArchive()
    unbroken.save(to: &archive, prefix: "v.")
    var restored = make()
    restored.reset(seed: 9, into: StepBatch(count: 2, for: restored.spec))
    try restored.restore(from: archive, prefix: "v.", offset: 0)
    #expect(steps(&restored, 10) == steps(&unbroken, 10))
  }
}
