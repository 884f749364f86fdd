import RLCore
import RLSupport
import Testing

/// Walks towards the end of a line; its information has a flag, a number to be summed and another one.
private struct Walk: Environment, Codable {
  struct Info: StepInfo {
    var isSuccess = false
    var cost: Float = 0
    var place = 0
    static let numbers = [
      Number(\.isSuccess, "is_success"), Number(\.cost, "cost", isSummed: true),
      Number(\.place, "place"),
    ]
  }

  var place = 0

  var observationSpace: Box<1> { Box(0...5) }
  var actionSpace: Discrete { Discrete(2) }

  mutating func reset(using rng: inout SeededGenerator) -> Observation {
    place = rng.integer(below: 2)
    return [Float(place)]
  }

  mutating func step(_ action: Int, using rng: inout SeededGenerator) -> Step<Observation, Info> {
    place += action
    var info = Info()
    (info.isSuccess, info.cost, info.place) = (place == 5, Float(rng.uniform()), place)
    return place == 5
      ? .terminal([5], reward: 1, info: info) : .next([Float(place)], reward: 0, info: info)
  }
}

@Suite struct InfoTests {
  private let fields = [
    InfoField("is_success"), InfoField("cost", isSummed: true), InfoField("place"),
  ]

  private func registry() throws -> EnvironmentRegistry {
    var registry = EnvironmentRegistry()
    try registry.register("Walk", maxSteps: 7) { Walk() }
    return registry
  }

  /// Rows of information of many steps, and the ends of episodes.
  private func rows(_ environments: any VectorEnvironment) -> (infos: [Double], ended: [Bool]) {
    var vector = environments
    let batch = StepBatch(count: vector.count, for: vector.spec)
    vector.reset(seed: 3, into: batch)
    var rng = SeededGenerator(seed: 1)
    var (infos, ended) = ([Double](), [Bool]())
    for _ in 0..<40 {
      let actions = (0..<vector.count).map { _ in Float(rng.integer(below: 2)) }
      vector.step(actions, into: batch)
      infos += batch.infos
      ended += zip(batch.terminated, batch.truncated).map { $0 || $1 }
    }
    return (infos, ended)
  }

  @Test func batchesHaveWhatTheStepsSay() throws {
    let entry = try registry().resolve("Walk").entry
    #expect(entry.spec.infos == fields)
    let (infos, ended) = rows(entry.makeVector(3))
    #expect(infos.count == 3 * 3 * 40 && ended.contains(true))
    // The same steps one environment at a time.
    for i in 0..<3 {
      var (walk, rng) = (Walk(), SeededGenerator(seed: 3 + UInt64(i)))
      var actionGenerator = SeededGenerator(seed: 1)
      var length = 0
      _ = walk.reset(using: &rng)
      for step in 0..<40 {
        let actions = (0..<3).map { _ in actionGenerator.integer(below: 2) }
        let result = walk.step(actions[i], using: &rng)
        let row = step * 3 + i
        // The row of an end is that of the episode's last step, not of the next episode.
        #expect(
          Array(infos[row * 3..<(row + 1) * 3]) == [
            result.terminated ? 1 : 0, Double(result.info.cost), Double(result.observation[0]),
          ])
        length += 1
        #expect(ended[row] == (result.terminated || length == 7))
        if ended[row] {
          _ = walk.reset(using: &rng)
          length = 0
        }
      }
    }
  }

  @Test func wrappersAndThreadsHandThemOn() throws {
    let plain = rows(try registry().make("Walk", count: 5))
    let others: [any VectorEnvironment] = [
      try registry().make("Walk", count: 5, threads: 2),
      try registry().make("Walk", count: 5).wrapped(by: FrameStack(3)),
      try registry().make("Walk", count: 5).wrapped(by: TimeLimit(100)),
      ParallelEnvironments(
        BatchedEnvironments(
          EnvironmentSpec(
            id: "Wrapped", observationSpace: .box(shape: [2, 1], low: [0, 0], high: [5, 5]),
            actionSpace: Walk().actionSpace.spec, maxEpisodeSteps: 7), count: 5
        ) { Walk().wrapped(by: FrameStack(2)) }, threads: 3),
    ]
    for vector in others {
      #expect(vector.spec.infos == fields)
      #expect(rows(vector) == plain)
    }
    // A wrapper that ends an episode leaves the row of its last step.
    let cut = rows(try registry().make("Walk", count: 1).wrapped(by: TimeLimit(2)))
    #expect(Array(cut.infos.prefix(6)) == Array(rows(try registry().make("Walk")).infos.prefix(6)))
  }

  @Test func batchesWithoutRoomForThemStayAsTheyAre() throws {
    var vector = try registry().make("Walk", count: 2)
    let batch = StepBatch(count: 2, observationWidth: 1)
    vector.reset(seed: 1, into: batch)
    vector.step([1, 0], into: batch)
    #expect(batch.infos.isEmpty && batch.infoWidth == 0)
  }

  @Test func batchesOfOtherWidthsAreRefused() async {
    await #expect(processExitsWith: .failure) {
      let spec = EnvironmentSpec(
        id: "Walk", observationSpace: Walk().observationSpace.spec,
        actionSpace: Walk().actionSpace.spec)
      var vector = BatchedEnvironments(spec, count: 1) { Walk() }
      let batch = StepBatch(count: 1, observationWidth: 1, infoWidth: vector.spec.infos.count + 1)
      vector.reset(seed: 1, into: batch)
      vector.step([1], into: batch)
    }
  }

  /// A wrapper that describes the environment anew.
  private struct Anew: EnvironmentWrapper {
    func wrap(_ spec: EnvironmentSpec) -> EnvironmentSpec {
      EnvironmentSpec(
        id: spec.id, observationSpace: spec.observationSpace, actionSpace: spec.actionSpace,
        maxEpisodeSteps: spec.maxEpisodeSteps)
    }
  }

  @Test func wrappersKeepTheInformation() throws {
    let plain = try registry().make("Walk", count: 3)
    let wrapped = WrappedVector(plain, Anew())
    #expect(wrapped.spec.infos == fields)
    #expect(rows(wrapped).infos == rows(plain).infos)
    var one = Walk().wrapped(by: Anew())
    var rng = SeededGenerator(seed: 0)
    _ = one.reset(using: &rng)
    #expect(one.step([1], using: &rng).info.place > 0)
  }
}
