public import RLSupport

/// A structure-of-arrays vector of one kind of environment: eight are stepped at a time, the rest one
/// by one with the same bits.
///
/// The loops live in closures for the reason that ``BatchedEnvironments`` gives. The physics' functions
/// are inlined into them in the module that makes the vector: a physics of another module that is not
/// `@inlinable` gives the same numbers, some fifty times slower.
public struct LaneVector<Physics: LanePhysics>: VectorEnvironment {
  /// What the sub-environments are.
  public let spec: EnvironmentSpec
  /// The number of sub-environments.
  public let count: Int
  private var rows: LaneRows

  @usableFromInline typealias Sizes = Physics.Sizes
  /// What is made where the physics is known.
  @usableFromInline typealias Loops = (
    reset: @Sendable (inout LaneRows, Range<Int>, StepBatch) -> Void,
    step: @Sendable (inout LaneRows, Int64, Span<Float>, StepBatch) -> Void
  )
  private let loops: Loops
  private let stateWidth: Int
  private let actionWidth: Int
  private let check: ActionCheck
  private let hidden: UInt64
  // Last, since what lies behind a member of generic size is slow to find.
  private let physics: Physics

  /// `count` environments.
  ///
  /// - Parameters:
  ///   - physics: Their dynamics; its present state does not matter.
  ///   - spec: What they are; `maxEpisodeSteps` is the time limit that truncates episodes.
  ///   - count: How many.
  @inlinable public init(_ physics: Physics, _ spec: EnvironmentSpec, count: Int) {
    self.init(
      physics, spec, count: count,
      (
        reset: { rows, range, batch in
          let observations = batch.observations.baseAddress.unsafelyUnwrapped
          rows.withMembers { members in
            for i in range { Self.restart(physics, members, i, observations) }
          }
        },
        step: { rows, limit, actions, batch in
          actions.withUnsafeBufferPointer { actions in
            rows.withMembers { members in
              // One environment gets code of its own, which is an eighth faster than the loop.
              if batch.count == 1 {
                return Self.stepRest(from: 0, physics, members, limit, actions, batch)
              }
              let done = Self.stepEights(physics, members, limit, actions, batch)
              Self.stepRest(from: done, physics, members, limit, actions, batch)
            }
          }
        }
      ))
  }

  @usableFromInline init(
    _ physics: Physics, _ spec: EnvironmentSpec, count: Int, _ loops: Loops
  ) {
    precondition(count > 0, "\(spec.id): a vector needs at least one environment, not \(count)")
    precondition(
      spec.actionSpace.rowWidth == Sizes.Action.width
        && spec.observationSpace.rowWidth == Sizes.Row.width,
      "\(spec.id): LaneSizes has \(Sizes.Action.width) action and \(Sizes.Row.width) observation numbers, the spaces have \(spec.actionSpace.rowWidth) and \(spec.observationSpace.rowWidth)"
    )
    precondition(!spec.masksActions, "\(spec.id): a LaneVector writes no action masks")
    self.physics = physics
    self.spec = spec
    self.count = count
    stateWidth = Sizes.State.width
    actionWidth = Sizes.Action.width
    self.loops = loops
    check = ActionCheck(spec)
    hidden = physics.hiddenNumbers
    rows = LaneRows(count: count, stateWidth: stateWidth)
  }

  /// Starts new episodes everywhere, environment i with a new random stream of seed `seed + i`.
  public mutating func reset(seed: UInt64, into batch: StepBatch) {
    precondition(
      batch.count == count, "\(spec.id): the batch has \(batch.count) rows, not \(count)")
    for i in 0..<count { rows.generators[i] = SeededGenerator(seed: seed &+ UInt64(i)) }
    loops.reset(&rows, 0..<count, batch)
    hide(0..<count, in: batch)
  }

  /// Starts a new episode in one sub-environment, whose random stream goes on.
  public mutating func reset(index: Int, into batch: StepBatch) {
    precondition(
      batch.count == count && (0..<count).contains(index),
      "\(spec.id): there is no environment \(index) of \(count) in a batch of \(batch.count)")
    loops.reset(&rows, index..<index + 1, batch)
    hide(index..<index + 1, in: batch)
  }

  /// Advances every sub-environment by one action.
  public mutating func step(_ actions: Span<Float>, into batch: StepBatch) {
    precondition(
      batch.count == count && actions.count == count * actionWidth,
      "\(spec.id): \(actions.count) action numbers and \(batch.count) rows for \(count) environments"
    )
    if check.refuses(actions, batch) { return }
    loops.step(&rows, Int64(spec.maxEpisodeSteps ?? -1), actions, batch)
    hide(0..<count, in: batch)
  }

  /// Puts zeros over the numbers that are not to be seen.
  private func hide(_ range: Range<Int>, in batch: StepBatch) {
    if hidden == 0 { return }
    let width = Sizes.Row.width
    for column in 0..<width where hidden >> UInt64(column) & 1 == 1 {
      for i in range {
        batch.observations[i * width + column] = 0
        if batch.terminated[i] || batch.truncated[i] {
          batch.finalObservations[i * width + column] = 0
        }
      }
    }
  }

  /// One for every eight, the lanes of a SIMD vector.
  public var mostParts: Int { max(1, count / 8) }

  /// Hands out the random stream of a sub-environment.
  public mutating func withGenerator(of index: Int, _ body: (inout SeededGenerator) -> Void) {
    body(&rows.generators[index])
  }

  /// What a sub-environment looks like now; `nil` if it is not ``Drawable``.
  public func drawing(of index: Int) -> Drawing? {
    precondition((0..<count).contains(index), "\(spec.id): there is no environment \(index)")
    return rows.states.withUnsafeBufferPointer {
      Self.drawing(physics, Self.state($0.baseAddress.unsafelyUnwrapped, index))
    }
  }

  /// Parts of consecutive sub-environments with their present state.
  public func split(into parts: Int) -> [any VectorEnvironment] {
    equalParts(count, parts).map { range in
      var part = Self(physics, spec, count: range.count, loops)
      for k in 0..<stateWidth { part.setColumn(k, Array(column(k)[range])) }
      part.rows.elapsed = Array(rows.elapsed[range])
      part.rows.generators = Array(rows.generators[range])
      return part
    }
  }

  private func place(_ k: Int, of i: Int) -> Int { (i / 8 * stateWidth + k) * 8 + i % 8 }

  /// One number of every state.
  private func column(_ k: Int) -> [Double] {
    (0..<count).map { rows.states[place(k, of: $0)] }
  }

  private mutating func setColumn(_ k: Int, _ values: [Double]) {
    for (i, value) in values.enumerated() { rows.states[place(k, of: i)] = value }
  }

  /// The names of the columns in an archive: `state.a`, `state.b` and so on.
  private static func name(_ k: Int) -> String {
    "state." + (k < 26 ? String(UnicodeScalar(UInt8(ascii: "a") + UInt8(k))) : "\(k)")
  }

  /// States, counters and random streams. Environments that were made with other parameters than the saved
  /// ones are refused, if they are `Codable`.
  public mutating func visit(_ state: inout StateVisitor) throws(StateError) {
    try EnvironmentCoder(Physics.self)?.visit(made: physics, &state)
    for k in 0..<stateWidth {
      var column = column(k)
      try state.rows(Self.name(k), &column)
      if state.isRestoring { setColumn(k, column) }
    }
    try state.rows("elapsed", &rows.elapsed, within: .counts(below: spec.maxEpisodeSteps))
    try state.rows("generators", &rows.generators)
  }
}

/// What changes in a vector of lanes.
@usableFromInline struct LaneRows: Sendable {
  /// Blocks of eight environments, in each the numbers of a state one after the other.
  @usableFromInline var states: [Double]
  @usableFromInline var elapsed: [Int64]
  @usableFromInline var generators: [SeededGenerator]

  init(count: Int, stateWidth: Int) {
    states = Array(repeating: 0, count: (count + 7) / 8 * 8 * stateWidth)
    elapsed = Array(repeating: 0, count: count)
    generators = (0..<count).map { SeededGenerator(seed: UInt64($0)) }
  }

  /// Pointers for the duration of one batch, so that the loops neither check nor copy arrays.
  @usableFromInline typealias Members = (
    states: UnsafeMutablePointer<Double>, elapsed: UnsafeMutablePointer<Int64>,
    generators: UnsafeMutablePointer<SeededGenerator>
  )

  @inlinable @inline(__always) mutating func withMembers(_ body: (Members) -> Void) {
    states.withUnsafeMutableBufferPointer { states in
      elapsed.withUnsafeMutableBufferPointer { elapsed in
        generators.withUnsafeMutableBufferPointer { generators in
          body(
            (
              states.baseAddress.unsafelyUnwrapped, elapsed.baseAddress.unsafelyUnwrapped,
              generators.baseAddress.unsafelyUnwrapped
            ))
        }
      }
    }
  }
}
