import RLCore
import RLSupport
import Testing

/// Two masses on springs with a damper: five numbers of state, two actions, three observations.
private struct Springs: LanePhysics, Codable {
  typealias Sizes = LaneSizes<5, 2, 3>

  var stiffness = 1.5
  var noise = 0.0
  var numbers = [0.0, 0, 0, 0, 0]

  var state: InlineArray<5, Double> {
    get { InlineArray { numbers[$0] } }
    set { numbers = (0..<5).map { newValue[$0] } }
  }
  var observationSpace: Box<3> { Box(-100...100) }
  var actionSpace: Box<2> { Box(-1...1) }
  var isNoisy: Bool { noise > 0 }

  func start(using rng: inout SeededGenerator) -> InlineArray<5, Double> {
    [rng.uniform(-1, 1), rng.uniform(-1, 1), 0, 0, 0]
  }

  func disturbed(
    _ action: InlineArray<2, Double>, using rng: inout SeededGenerator
  ) -> InlineArray<2, Double> {
    [action[0] + rng.uniform(-noise, noise), action[1]]
  }

  @inline(__always)
  func advance<L: Lanes>(
    _ s: InlineArray<5, L>, action: InlineArray<2, L>
  ) -> (InlineArray<5, L>, reward: L, isOver: L.Mask) {
    let (dt, k) = (L(0.1), L(stiffness))
    let (sine, cosine) = sineCosine(s[4])
    let first = s[2] + dt * (action[0] - k * s[0] + k * (s[1] - s[0]) + L(0.1) * sine)
    let second = s[3] + dt * (L.clamp(action[1], L(-1), L(1)) - k * (s[1] - s[0]) + cosine)
    let stretch = L.squareRoot(s[0] * s[0] + s[1] * s[1])
    let isOver = L.both(L.less(L(1), stretch), L.not(L.less(s[4], L(0.5))))
    let next: InlineArray<5, L> = [
      s[0] + dt * first, s[1] + dt * second, first, second, s[4] + dt,
    ]
    return (next, L.select(isOver, L(-1), L(0) - stretch), isOver)
  }

  @inline(__always)
  func observe<L: Lanes>(_ s: InlineArray<5, L>) -> InlineArray<3, L> {
    [s[0], s[1], s[2] - L.single(s[3])]
  }
}

/// A walk up or down some stairs, with gusts: five outcomes, nine actions, masks.
private struct Stairs: TableEnvironment, Codable {
  var state = 3
  var height: Int
  var table: TransitionTable
  static var masksActions: Bool { true }

  init(height: Int = 12) {
    self.height = height
    table = TransitionTable(
      states: height, actions: 9, probabilities: [0.5, 0.2, 0.15, 0.1, 0.05], starts: [2, 3, 4]
    ) { state, action, outcome in
      let next = max(0, min(height - 1, state + action - 4 + [0, 1, -1, 2, -2][outcome]))
      return (next, Double(next) - 0.25, next == height - 1)
    }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(height: try container.decode(Int.self, forKey: .height))
    state = try container.decode(Int.self, forKey: .state)
  }
  private enum CodingKeys: CodingKey { case height, state }
}

@Suite struct FastVectorTests {
  private func spec<E: Environment>(_ environment: E, limit: Int) -> EnvironmentSpec {
    EnvironmentSpec(
      id: plainName(of: E.self), observationSpace: environment.observationSpace.spec,
      actionSpace: environment.actionSpace.spec, maxEpisodeSteps: limit,
      masksActions: E.masksActions)
  }

  /// Everything that a vector wrote over some steps, row by row.
  private func record(
    _ vector: any VectorEnvironment, steps: Int = 120, restoringAt: Int? = nil
  ) throws -> [[Double]] {
    var vector = vector
    let spec = vector.spec
    let batch = StepBatch(count: vector.count, for: spec)
    var streams = (0..<vector.count).map { SeededGenerator(seed: UInt64($0 + 50)) }
    vector.reset(seed: 9, into: batch)
    var rows: [[Double]] = Array(repeating: [], count: vector.count)
    for step in 0..<steps {
      if step == restoringAt {
        var archive = StateArchive()
        vector.save(to: &archive, prefix: "v.")
        vector.reset(seed: 1, into: batch)
        try vector.restore(from: archive, prefix: "v.", offset: 0)
      }
      let actions = streams.indices.flatMap { i -> [Float] in
        if case .discrete(let count, _) = spec.actionSpace {
          return [Float(streams[i].integer(below: count))]
        }
        return (0..<spec.actionSpace.rowWidth).map { _ in Float(streams[i].uniform(-1.5, 1.5)) }
      }
      vector.step(actions, into: batch)
      for i in rows.indices {
        func row<T>(_ all: UnsafeMutableBufferPointer<T>, _ width: Int) -> Slice<
          UnsafeMutableBufferPointer<T>
        > { all[i * width..<(i + 1) * width] }
        rows[i] += row(batch.observations, batch.observationWidth).map(Double.init)
        rows[i] += row(batch.actionMasks, batch.maskWidth).map { $0 ? 1 : 0 }
        rows[i] += [batch.rewards[i], batch.terminated[i] ? 1 : 0, batch.truncated[i] ? 1 : 0]
        guard batch.terminated[i] || batch.truncated[i] else { continue }
        rows[i] += row(batch.finalObservations, batch.observationWidth).map(Double.init)
        rows[i] += row(batch.finalActionMasks, batch.maskWidth).map { $0 ? 1 : 0 }
      }
    }
    return rows
  }

  @Test(arguments: [1, 8, 11], [0, 0.3])
  func lanesHaveTheBitsOfOneEnvironment(_ count: Int, _ noise: Double) throws {
    var springs = Springs()
    springs.noise = noise
    let environment = springs
    let spec = spec(environment, limit: 20)
    let lanes = LaneVector(environment, spec, count: count)
    let expected = try record(BatchedEnvironments(spec, count: count) { environment })
    #expect(expected.joined().contains(-1), "no episode ends by itself")
    #expect(try record(lanes) == expected)
    #expect(try record(ParallelEnvironments(lanes, threads: 3)) == expected)
    #expect(try record(lanes, restoringAt: 57) == expected)
    #expect(try record(ParallelEnvironments(lanes, threads: 2), restoringAt: 31) == expected)
  }

  @Test(arguments: [1, 8, 11])
  func tablesHaveTheBitsOfOneEnvironment(_ count: Int) throws {
    let environment = Stairs()
    let spec = spec(environment, limit: 15)
    let table = TableVector(environment, spec, count: count)
    let expected = try record(BatchedEnvironments(spec, count: count) { environment })
    #expect(try record(table) == expected)
    #expect(try record(ParallelEnvironments(table, threads: 3)) == expected)
    #expect(try record(table, restoringAt: 57) == expected)
    #expect(try record(ParallelEnvironments(table, threads: 2), restoringAt: 31) == expected)
  }

  @Test func splitVectorsGoOnInTheMiddleOfAnEpisode() throws {
    let spec = spec(Springs(), limit: 20)
    var whole = LaneVector(Springs(), spec, count: 11)
    let batch = StepBatch(count: 11, for: spec)
    whole.reset(seed: 4, into: batch)
    let actions = (0..<22).map { Float($0) / 22 }
    for _ in 0..<7 { whole.step(actions, into: batch) }
    var first = 0
    for part in whole.split(into: 3) {
      var part = part
      let rows = StepBatch(count: part.count, for: spec)
      part.step(Array(actions[first * 2..<(first + part.count) * 2]), into: rows)
      var one = whole
      one.step(actions, into: batch)
      #expect(
        Array(rows.observations)
          == Array(batch.observations[first * 3..<(first + part.count) * 3]))
      first += part.count
    }
    #expect(first == 11)
  }

  @Test func aSavedVectorOfOtherEnvironmentsIsRefused() throws {
    var archive = StateArchive()
    let spec = spec(Springs(), limit: 20)
    LaneVector(Springs(), spec, count: 3).save(to: &archive, prefix: "")
    var stiff = Springs()
    stiff.stiffness = 2
    var other = LaneVector(stiff, spec, count: 3)
    let error = #expect(throws: StateError.self) {
      try other.restore(from: archive, prefix: "", offset: 0)
    }
    #expect("\(error, default: "")".contains("stiffness was 1.5 and is 2"))
    var stairs = StateArchive()
    let stairsSpec = self.spec(Stairs(), limit: 20)
    TableVector(Stairs(), stairsSpec, count: 2).save(to: &stairs, prefix: "")
    var higher = TableVector(Stairs(height: 13), stairsSpec, count: 2)
    #expect(throws: StateError.self) { try higher.restore(from: stairs, prefix: "", offset: 0) }
  }

  @Test func registeredLanesAndTablesAreMadeByName() throws {
    var registry = EnvironmentRegistry()
    try registry.register("Springs", maxSteps: 20, vector: { LaneVector($0, $1, count: $2) }) {
      Springs()
    }
    try registry.register("Stairs", maxSteps: 15, vector: { TableVector($0, $1, count: $2) }) {
      Stairs()
    }
    for entry in registry.entries { #expect(entry.check().passed, "\(entry.check())") }
    let spec = try registry.resolve("Springs").entry.spec
    let expected = try record(BatchedEnvironments(spec, count: 9) { Springs() })
    #expect(try record(registry.make("Springs", count: 9, threads: 2)) == expected)
  }
}
