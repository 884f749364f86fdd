public import RLSupport

/// Copies of any environment, stepped one after the other on one thread.
///
/// ``ParallelEnvironments`` spreads them over threads. Protocol tables of generic types are not
/// specialized, so the loops live in closures that are made, and therefore specialized, in the module
/// that names the concrete environment: a batch costs one closure call, not one a step.
public struct BatchedEnvironments<Base: Environment>: VectorEnvironment {
  /// What the sub-environments are.
  public let spec: EnvironmentSpec
  @usableFromInline var environments: [Base]
  @usableFromInline var generators: [SeededGenerator]
  @usableFromInline var elapsed: [Int]

  @usableFromInline typealias Members = (
    environments: UnsafeMutablePointer<Base>, generators: UnsafeMutablePointer<SeededGenerator>,
    elapsed: UnsafeMutablePointer<Int>, range: Range<Int>
  )
  @usableFromInline let resetAll: @Sendable (Members, StepBatch) -> Void
  @usableFromInline let stepAll:
    @Sendable (Members, Int, UnsafeBufferPointer<Float>, StepBatch) -> Void
  @usableFromInline let coder: EnvironmentCoder<Base>?
  /// An environment as it was made, which tells whether a saved state is of others.
  @usableFromInline let made: Base
  @usableFromInline let make: @Sendable () -> Base
  @usableFromInline var hasLostState = false

  /// `count` environments.
  ///
  /// - Parameters:
  ///   - spec: What they are; `maxEpisodeSteps` is the time limit that truncates episodes, and `infos` are
  ///     those of the environment.
  ///   - count: How many.
  ///   - make: Makes one.
  @inlinable public init(
    _ spec: EnvironmentSpec, count: Int, make: @escaping @Sendable () -> Base
  ) {
    precondition(count > 0, "\(spec.id): a vector needs at least one environment, not \(count)")
    var spec = spec
    spec.infos = Base.Info.fields
    self.spec = spec
    environments = (0..<count).map { _ in make() }
    made = environments[0]
    self.make = make
    generators = (0..<count).map { SeededGenerator(seed: UInt64($0)) }
    elapsed = Array(repeating: 0, count: count)
    coder = EnvironmentCoder(Base.self)
    resetAll = { members, batch in
      let space = members.environments[0].observationSpace
      let width = batch.observationWidth
      let observations = batch.observations.baseAddress.unsafelyUnwrapped
      let masks = batch.actionMasks.baseAddress.unsafelyUnwrapped
      for i in members.range {
        members.elapsed[i] = 0
        let observation = members.environments[i].reset(using: &members.generators[i])
        var row = observations.row(i, width).mutableSpan
        space.encode(observation, into: &row)
        if Base.masksActions {
          var mask = masks.row(i, batch.maskWidth).mutableSpan
          members.environments[i].writeActionMask(into: &mask)
        }
      }
    }
    stepAll = { members, limit, actions, batch in
      let (environments, generators, elapsed, range) = members
      let actionSpace = environments[0].actionSpace
      let observationSpace = environments[0].observationSpace
      let width = batch.observationWidth
      let actionWidth = actions.count / max(1, range.count)
      let actions = actions.baseAddress.unsafelyUnwrapped
      let observations = batch.observations.baseAddress.unsafelyUnwrapped
      let finals = batch.finalObservations.baseAddress.unsafelyUnwrapped
      let masks = batch.actionMasks.baseAddress.unsafelyUnwrapped
      let finalMasks = batch.finalActionMasks.baseAddress.unsafelyUnwrapped
      let numbers = Base.Info.numbers
      let infoWidth = batch.infoWidth == numbers.count ? numbers.count : 0
      for i in range {
        let action = actionSpace.decode(
          Span(_unsafeStart: actions + i * actionWidth, count: actionWidth))
        let step = environments[i].step(action, using: &generators[i])
        elapsed[i] += 1
        let truncated = step.truncated || elapsed[i] == limit
        batch.rewards[i] = step.reward
        batch.terminated[i] = step.terminated
        batch.truncated[i] = truncated
        for k in 0..<infoWidth {
          batch.infos[i * infoWidth + k] = numbers[k].read(step.info)
        }
        var row = observations.row(i, width).mutableSpan
        if step.terminated || truncated {
          var last = finals.row(i, width).mutableSpan
          observationSpace.encode(step.observation, into: &last)
          if Base.masksActions {
            var mask = finalMasks.row(i, batch.maskWidth).mutableSpan
            environments[i].writeActionMask(into: &mask)
          }
          if batch.drawnIndex == i {
            batch.finalDrawing = (environments[i] as? any Drawable)?.drawing()
          }
          elapsed[i] = 0
          observationSpace.encode(environments[i].reset(using: &generators[i]), into: &row)
        } else {
          observationSpace.encode(step.observation, into: &row)
        }
        if Base.masksActions {
          var mask = masks.row(i, batch.maskWidth).mutableSpan
          environments[i].writeActionMask(into: &mask)
        }
      }
    }
  }

  @usableFromInline init(part range: Range<Int>, of whole: Self) {
    spec = whole.spec
    environments = Array(whole.environments[range])
    generators = Array(whole.generators[range])
    elapsed = Array(whole.elapsed[range])
    resetAll = whole.resetAll
    stepAll = whole.stepAll
    coder = whole.coder
    made = whole.made
    make = whole.make
  }

  /// The number of sub-environments.
  @inlinable public var count: Int { environments.count }

  /// A sub-environment as it is now: a snapshot.
  public subscript(index: Int) -> Base { environments[index] }

  @usableFromInline mutating func withMembers(_ body: (Members) -> Void) {
    environments.withUnsafeMutableBufferPointer { environments in
      generators.withUnsafeMutableBufferPointer { generators in
        elapsed.withUnsafeMutableBufferPointer { elapsed in
          body(
            (
              environments.baseAddress.unsafelyUnwrapped,
              generators.baseAddress.unsafelyUnwrapped, elapsed.baseAddress.unsafelyUnwrapped,
              0..<elapsed.count
            ))
        }
      }
    }
  }

  /// Starts new episodes everywhere, environment i with a new random stream of seed `seed + i`.
  public mutating func reset(seed: UInt64, into batch: StepBatch) {
    precondition(
      batch.count == count, "\(spec.id): the batch has \(batch.count) rows, not \(count)")
    for i in 0..<count { generators[i] = SeededGenerator(seed: seed &+ UInt64(i)) }
    let resetAll = resetAll
    withMembers { resetAll($0, batch) }
  }

  /// Advances every sub-environment by one action.
  public mutating func step(_ actions: Span<Float>, into batch: StepBatch) {
    precondition(
      batch.count == count && actions.count == count * spec.actionSpace.rowWidth,
      "\(spec.id): \(actions.count) action numbers and \(batch.count) rows for \(count) environments"
    )
    let (stepAll, limit) = (stepAll, spec.maxEpisodeSteps ?? -1)
    actions.withUnsafeBufferPointer { actions in
      withMembers { stepAll($0, limit, actions, batch) }
    }
  }

  /// Starts a new episode in one sub-environment, whose random stream goes on.
  public mutating func reset(index: Int, into batch: StepBatch) {
    let resetAll = resetAll
    withMembers { members in
      var one = members
      one.range = index..<index + 1
      resetAll(one, batch)
    }
  }

  /// What a sub-environment looks like now; `nil` if it is not ``Drawable``.
  public func drawing(of index: Int) -> Drawing? {
    (environments[index] as? any Drawable)?.drawing()
  }

  /// Parts of consecutive sub-environments with their present state.
  public func split(into parts: Int) -> [any VectorEnvironment] {
    equalParts(count, parts).map { Self(part: $0, of: self) }
  }

  /// Whether the environments can be saved: they are `Codable`, and none failed to be encoded in the state
  /// that was restored.
  public var savesExactly: Bool { coder != nil && !hasLostState }

  /// Random streams, counters and, if they are `Codable`, the environments. Others keep their present state.
  ///
  /// Environments that were made with other parameters than the saved ones are refused.
  public mutating func visit(_ state: inout StateVisitor) throws(StateError) {
    try state.rows("elapsed", &elapsed)
    try state.requireCounts(elapsed, "elapsed")
    try state.rows("generators", &generators)
    guard let coder else { return }
    try coder.visit(made: made, again: make, &state)
    let name = "environments"
    if state.isRestoring, coder.isWrapper, !state.has(name) {
      hasLostState = true
      return
    }
    var blobs = state.isRestoring ? environments.map { _ in [] } : environments.map(coder.encode)
    try state.rows(name, &blobs)
    guard state.isRestoring else { return }
    hasLostState = blobs.contains { $0.isEmpty }
    for (i, blob) in blobs.enumerated() where !blob.isEmpty {
      try state.require(
        coder.restore(&environments[i], blob), name, "it is not an encoded \(Base.self)")
    }
  }
}

extension UnsafeMutablePointer {
  /// Row `i` of rows of `width` numbers.
  @inlinable @inline(__always)
  func row(_ i: Int, _ width: Int) -> UnsafeMutableBufferPointer<Pointee> {
    UnsafeMutableBufferPointer(start: self + i * width, count: width)
  }
}
