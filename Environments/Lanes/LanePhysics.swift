internal import RLCore
internal import RLSupport

/// Up to four numbers of state.
struct LaneState<L: Lanes> {
  var (a, b, c, d): (L, L, L, L)
}

/// The dynamics of an environment, written once for one environment and for eight at a time.
protocol LanePhysics: Sendable {
  /// The width of an observation.
  static var observationWidth: Int { get }
  /// The present state of one environment.
  var state: LaneState<Double> { get set }
  /// The state, reward and end after an action.
  func advance<L: Lanes>(_ state: LaneState<L>, action: L) -> (LaneState<L>, reward: L, L.Mask)
  /// Hands each number of the observation to `emit`, in order.
  func observe<L: Lanes>(_ state: LaneState<L>, _ emit: (_ column: Int, L) -> Void)
  /// Draws a first state.
  func start(using rng: inout SeededGenerator) -> LaneState<Double>
  /// Whether steps draw random numbers; they do not by default.
  var isNoisy: Bool { get }
  /// The action with the noise that one step of a noisy environment adds.
  func disturbed(_ action: Double, using rng: inout SeededGenerator) -> Double
}

extension LanePhysics {
  @inline(__always) var isNoisy: Bool { false }
  @inline(__always)
  func disturbed(_ action: Double, using rng: inout SeededGenerator) -> Double { action }
}

/// A structure-of-arrays vector of one kind of environment: eight are stepped at a time, the rest one
/// by one with the same bits.
struct LaneBatch<Physics: LanePhysics>: EnvironmentRows {
  let spec: EnvironmentSpec
  let physics: Physics
  let count: Int
  private var a: [Double]
  private var b: [Double]
  private var c: [Double]
  private var d: [Double]
  private var elapsed: [Int64]
  private var generators: [SeededGenerator]

  init(_ physics: Physics, _ spec: EnvironmentSpec, count: Int) {
    precondition(count > 0, "\(spec.id): a vector needs at least one environment, not \(count)")
    self.physics = physics
    self.spec = spec
    self.count = count
    a = Array(repeating: 0, count: count)
    b = a
    c = a
    d = a
    elapsed = Array(repeating: 0, count: count)
    generators = (0..<count).map { SeededGenerator(seed: UInt64($0)) }
  }

  /// Pointers for the duration of one batch, so that the loops neither check nor copy arrays.
  private struct Members {
    var (a, b, c, d): Quadruple
    var elapsed: UnsafeMutablePointer<Int64>
    var generators: UnsafeMutablePointer<SeededGenerator>
    typealias Pointer = UnsafeMutablePointer<Double>
    typealias Quadruple = (Pointer, Pointer, Pointer, Pointer)

    @inline(__always)
    func store(_ state: LaneState<Double>, at i: Int) {
      (a[i], b[i], c[i], d[i]) = (state.a, state.b, state.c, state.d)
    }
    @inline(__always)
    func scalar(_ i: Int) -> LaneState<Double> { LaneState(a: a[i], b: b[i], c: c[i], d: d[i]) }
  }

  private mutating func withMembers(_ body: (Members) -> Void) {
    a.withUnsafeMutableBufferPointer { a in
      b.withUnsafeMutableBufferPointer { b in
        c.withUnsafeMutableBufferPointer { c in
          d.withUnsafeMutableBufferPointer { d in
            elapsed.withUnsafeMutableBufferPointer { elapsed in
              generators.withUnsafeMutableBufferPointer { generators in
                body(
                  Members(
                    a: a.baseAddress.unsafelyUnwrapped, b: b.baseAddress.unsafelyUnwrapped,
                    c: c.baseAddress.unsafelyUnwrapped, d: d.baseAddress.unsafelyUnwrapped,
                    elapsed: elapsed.baseAddress.unsafelyUnwrapped,
                    generators: generators.baseAddress.unsafelyUnwrapped))
              }
            }
          }
        }
      }
    }
  }

  mutating func reset(seed: UInt64, into batch: StepBatch) {
    precondition(
      batch.count == count, "\(spec.id): the batch has \(batch.count) rows, not \(count)")
    let observations = batch.observations.baseAddress.unsafelyUnwrapped
    let (physics, count) = (physics, count)
    withMembers { members in
      for i in 0..<count {
        members.generators[i] = SeededGenerator(seed: seed &+ UInt64(i))
        members.elapsed[i] = 0
        Self.restart(physics, members, i, observations)
      }
    }
  }

  mutating func reset(index: Int, into batch: StepBatch) {
    let observations = batch.observations.baseAddress.unsafelyUnwrapped
    let physics = physics
    withMembers { members in
      members.elapsed[index] = 0
      Self.restart(physics, members, index, observations)
    }
  }

  @inline(__always)
  private static func restart(
    _ physics: Physics, _ members: Members, _ i: Int, _ observations: UnsafeMutablePointer<Float>
  ) {
    let state = physics.start(using: &members.generators[i])
    members.store(state, at: i)
    write(physics, state, observations + i * Physics.observationWidth)
  }

  @inline(__always)
  private static func write(
    _ physics: Physics, _ state: LaneState<Double>, _ row: UnsafeMutablePointer<Float>
  ) {
    physics.observe(state) { column, value in row[column] = Float(value) }
  }

  mutating func step(_ actions: UnsafeBufferPointer<Float>, into batch: StepBatch) {
    precondition(
      batch.count == count && actions.count == count,
      "\(spec.id): \(actions.count) action numbers and \(batch.count) rows for \(count) environments"
    )
    let (physics, count, limit) = (physics, count, Int64(spec.maxEpisodeSteps ?? -1))
    let actions = actions.baseAddress.unsafelyUnwrapped
    let observations = batch.observations.baseAddress.unsafelyUnwrapped
    let finals = batch.finalObservations.baseAddress.unsafelyUnwrapped
    let rewards = batch.rewards.baseAddress.unsafelyUnwrapped
    let terminated = batch.terminated.baseAddress.unsafelyUnwrapped
    let truncated = batch.truncated.baseAddress.unsafelyUnwrapped
    let width = Physics.observationWidth
    withMembers { members in
      var i = 0
      while i + 8 <= count {
        let before = LaneState(
          a: load(members.a + i), b: load(members.b + i), c: load(members.c + i),
          d: load(members.d + i))
        var action = SIMD8<Double>(
          UnsafeRawPointer(actions + i).loadUnaligned(as: SIMD8<Float>.self))
        if physics.isNoisy {
          for lane in 0..<8 {
            action[lane] = physics.disturbed(action[lane], using: &members.generators[i + lane])
          }
        }
        let (state, reward, isOver) = physics.advance(before, action: action)
        let age = UnsafeRawPointer(members.elapsed + i).loadUnaligned(as: SIMD8<Int64>.self) &+ 1
        let isCut = age .== SIMD8(repeating: limit)
        store(state.a, members.a + i)
        store(state.b, members.b + i)
        store(state.c, members.c + i)
        store(state.d, members.d + i)
        store(reward, rewards + i)
        UnsafeMutableRawPointer(members.elapsed + i).storeBytes(of: age, as: SIMD8<Int64>.self)
        UnsafeMutableRawPointer(terminated + i).storeBytes(
          of: flags(isOver), as: SIMD8<UInt8>.self)
        UnsafeMutableRawPointer(truncated + i).storeBytes(of: flags(isCut), as: SIMD8<UInt8>.self)
        let rows = observations + i * width
        physics.observe(state) { column, value in
          let numbers = SIMD8<Float>(value)
          for lane in 0..<8 { rows[lane * width + column] = numbers[lane] }
        }
        let ends = isOver .| isCut
        if anyLane(ends) {
          for lane in 0..<8 where ends[lane] {
            (finals + (i + lane) * width).update(from: rows + lane * width, count: width)
            if batch.drawnIndex == i + lane {
              batch.finalDrawing = Self.drawing(physics, members.scalar(i + lane))
            }
            members.elapsed[i + lane] = 0
            Self.restart(physics, members, i + lane, observations)
          }
        }
        i += 8
      }
      while i < count {
        var action = Double(actions[i])
        if physics.isNoisy { action = physics.disturbed(action, using: &members.generators[i]) }
        let (state, reward, isOver) = physics.advance(members.scalar(i), action: action)
        members.store(state, at: i)
        members.elapsed[i] += 1
        let isCut = members.elapsed[i] == limit
        rewards[i] = reward
        terminated[i] = isOver
        truncated[i] = isCut
        if isOver || isCut {
          Self.write(physics, state, finals + i * width)
          if batch.drawnIndex == i { batch.finalDrawing = Self.drawing(physics, state) }
          members.elapsed[i] = 0
          Self.restart(physics, members, i, observations)
        } else {
          Self.write(physics, state, observations + i * width)
        }
        i += 1
      }
    }
  }

  func drawing(of index: Int) -> Drawing? {
    Self.drawing(physics, LaneState(a: a[index], b: b[index], c: c[index], d: d[index]))
  }

  @inline(never)
  private static func drawing(_ physics: Physics, _ state: LaneState<Double>) -> Drawing? {
    var environment = physics
    environment.state = state
    return (environment as? any Drawable)?.drawing()
  }

  func split(into parts: Int) -> [Self] {
    equalParts(count, parts).map { range in
      var part = Self(physics, spec, count: range.count)
      part.a = Array(a[range])
      part.b = Array(b[range])
      part.c = Array(c[range])
      part.d = Array(d[range])
      part.elapsed = Array(elapsed[range])
      part.generators = Array(generators[range])
      return part
    }
  }

  mutating func visit(_ state: inout StateVisitor) throws(StateError) {
    try state.rows("state.a", &a)
    try state.rows("state.b", &b)
    try state.rows("state.c", &c)
    try state.rows("state.d", &d)
    try state.rows("elapsed", &elapsed)
    try state.rows("generators", &generators)
  }
}

@inline(__always)
private func load(_ p: UnsafeMutablePointer<Double>) -> SIMD8<Double> {
  UnsafeRawPointer(p).loadUnaligned(as: SIMD8<Double>.self)
}

@inline(__always)
private func store(_ v: SIMD8<Double>, _ p: UnsafeMutablePointer<Double>) {
  UnsafeMutableRawPointer(p).storeBytes(of: v, as: SIMD8<Double>.self)
}

/// One byte of 0 or 1 a lane, the form of `Bool`.
@inline(__always)
private func flags(_ mask: SIMDMask<SIMD8<Int64>>) -> SIMD8<UInt8> {
  SIMD8<UInt8>(truncatingIfNeeded: unsafeBitCast(mask, to: SIMD8<Int64>.self)) & 1
}
