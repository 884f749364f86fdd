public import RLSupport

/// Copies of any environment, stepped one after the other on one thread.
///
/// ``ParallelEnvironments`` spreads them over threads. Protocol tables of generic types are not
/// specialized, so the loops live in closures that are made, and therefore specialized, in the module
/// that names the concrete environment: a batch costs one closure call, not one a step.
public struct BatchedEnvironments<Base: Environment>: VectorEnvironment {
  /// What the sub-environments are.
  public let spec: EnvironmentSpec
  @usableFromInline var members: Members
  @usableFromInline let resetAll: @Sendable (inout Members, Range<Int>, StepBatch) -> Void
  @usableFromInline let stepAll: @Sendable (inout Members, Int, Span<Float>, StepBatch) -> Void
  @usableFromInline let coder: EnvironmentCoder<Base>?
  @usableFromInline let check: ActionCheck
  /// An environment as it was made, which tells whether a saved state is of others.
  @usableFromInline let made: Base
  @usableFromInline let make: @Sendable () -> Base
  @usableFromInline var hasLostState = false

  /// What changes.
  @usableFromInline struct Members: Sendable {
    @usableFromInline var environments: [Base]
    @usableFromInline var generators: [SeededGenerator]
    @usableFromInline var elapsed: [Int]

    @inlinable init(_ environments: [Base], _ generators: [SeededGenerator], _ elapsed: [Int]) {
      (self.environments, self.generators, self.elapsed) = (environments, generators, elapsed)
    }

    /// Pointers for the duration of one batch. Only for the closures, which know the environment: elsewhere
    /// finding the types of these arrays costs as much as twenty steps.
    @inlinable @inline(__always) mutating func withPointers(
      _ body: (
        UnsafeMutablePointer<Base>, UnsafeMutablePointer<SeededGenerator>,
        UnsafeMutablePointer<Int>
      ) -> Void
    ) {
      environments.withUnsafeMutableBufferPointer { environments in
        generators.withUnsafeMutableBufferPointer { generators in
          elapsed.withUnsafeMutableBufferPointer { elapsed in
            body(
              environments.baseAddress.unsafelyUnwrapped,
              generators.baseAddress.unsafelyUnwrapped, elapsed.baseAddress.unsafelyUnwrapped)
          }
        }
      }
    }
  }

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
    precondition(
      !spec.masksActions || !spec.actionSpace.choices.isEmpty,
      "\(spec.id): \(spec.actionSpace) has no choices, which action masks are for")
    let problem = spec.observationSpace.rowProblem ?? spec.actionSpace.rowProblem
    precondition(problem == nil, "\(spec.id): \(problem ?? "")")
    var spec = spec
    spec.infos = Base.Info.fields
    self.spec = spec
    members = Members(
      (0..<count).map { _ in make() }, (0..<count).map { SeededGenerator(seed: UInt64($0)) },
      Array(repeating: 0, count: count))
    made = members.environments[0]
    self.make = make
    coder = EnvironmentCoder(Base.self)
    check = ActionCheck(spec)
    resetAll = { members, range, batch in
      let width = batch.observationWidth
      let observations = batch.observations.baseAddress.unsafelyUnwrapped
      let masks = batch.actionMasks.baseAddress.unsafelyUnwrapped
      members.withPointers { environments, generators, elapsed in
        let space = environments[0].observationSpace
        for i in range {
          elapsed[i] = 0
          let observation = environments[i].reset(using: &generators[i])
          var row = observations.row(i, width).mutableSpan
          space.encode(observation, into: &row)
          if Base.masksActions {
            var mask = masks.row(i, batch.maskWidth).mutableSpan
            environments[i].writeActionMask(into: &mask)
          }
        }
      }
    }
    let actionWidth = spec.actionSpace.rowWidth
    let id = spec.id
    stepAll = { members, limit, actions, batch in
      let width = batch.observationWidth
      let observations = batch.observations.baseAddress.unsafelyUnwrapped
      let finals = batch.finalObservations.baseAddress.unsafelyUnwrapped
      let masks = batch.actionMasks.baseAddress.unsafelyUnwrapped
      let finalMasks = batch.finalActionMasks.baseAddress.unsafelyUnwrapped
      let numbers = Base.Info.numbers
      let infoWidth = batch.infoWidth == 0 ? 0 : numbers.count
      actions.withUnsafeBufferPointer { actions in
        let actions = actions.baseAddress.unsafelyUnwrapped
        members.withPointers { environments, generators, elapsed in
          let actionSpace = environments[0].actionSpace
          let observationSpace = environments[0].observationSpace
          for i in 0..<batch.count {
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
            let isOver = step.terminated || truncated
            if let failure = environments[i].failure {
              batch.note(EnvironmentFault(environment: id, index: i, problem: .failure(failure)))
            }
            if isOver, let oddity = environments[i].oddity {
              batch.note(EnvironmentFault(environment: id, index: i, problem: .oddity(oddity)))
            }
            var row = observations.row(i, width).mutableSpan
            if isOver {
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
    }
  }

  @usableFromInline init(part range: Range<Int>, of whole: Self) {
    spec = whole.spec
    members = Members(
      Array(whole.members.environments[range]), Array(whole.members.generators[range]),
      Array(whole.members.elapsed[range]))
    resetAll = whole.resetAll
    stepAll = whole.stepAll
    coder = whole.coder
    check = whole.check
    made = whole.made
    make = whole.make
  }

  /// The number of sub-environments.
  @inlinable public var count: Int { members.environments.count }

  /// A sub-environment as it is now: a snapshot.
  public subscript(index: Int) -> Base { members.environments[index] }

  /// Starts new episodes everywhere, environment i with a new random stream of seed `seed + i`.
  public mutating func reset(seed: UInt64, into batch: StepBatch) {
    precondition(
      batch.count == count, "\(spec.id): the batch has \(batch.count) rows, not \(count)")
    for i in 0..<count { members.generators[i] = SeededGenerator(seed: seed &+ UInt64(i)) }
    resetAll(&members, 0..<count, batch)
  }

  /// Advances every sub-environment by one action.
  public mutating func step(_ actions: Span<Float>, into batch: StepBatch) {
    precondition(
      batch.count == count && actions.count == count * spec.actionSpace.rowWidth,
      "\(spec.id): \(actions.count) action numbers and \(batch.count) rows for \(count) environments"
    )
    precondition(
      batch.infoWidth == 0 || batch.infoWidth == spec.infos.count,
      "\(spec.id): the batch has rows of \(batch.infoWidth) numbers of information, not \(spec.infos.count)"
    )
    if check.refuses(actions, batch) { return }
    stepAll(&members, spec.maxEpisodeSteps ?? -1, actions, batch)
  }

  /// Starts a new episode in one sub-environment, whose random stream goes on.
  public mutating func reset(index: Int, into batch: StepBatch) {
    precondition(
      batch.count == count && (0..<count).contains(index),
      "\(spec.id): there is no environment \(index) of \(count) in a batch of \(batch.count)")
    // Whoever ends an episode before the environment does resets it so.
    if members.elapsed[index] > 0, let oddity = members.environments[index].oddity {
      batch.note(EnvironmentFault(environment: spec.id, index: index, problem: .oddity(oddity)))
    }
    resetAll(&members, index..<index + 1, batch)
  }

  /// Hands out the random stream of a sub-environment.
  public mutating func withGenerator(of index: Int, _ body: (inout SeededGenerator) -> Void) {
    body(&members.generators[index])
  }

  /// What a sub-environment looks like now; `nil` if it is not ``Drawable``.
  public func drawing(of index: Int) -> Drawing? {
    (members.environments[index] as? any Drawable)?.drawing()
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
    try state.rows("elapsed", &members.elapsed, within: .counts(below: spec.maxEpisodeSteps))
    try state.rows("generators", &members.generators)
    guard let coder else { return }
    try coder.visit(made: made, again: make, &state)
    let name = "environments"
    if state.isRestoring, coder.isWrapper, !state.has(name) {
      hasLostState = true
      return
    }
    var blobs = members.environments.map { state.isRestoring ? [] : coder.encode($0) }
    try state.rows(name, &blobs)
    guard state.isRestoring else { return }
    hasLostState = blobs.contains { $0.isEmpty }
    for (i, blob) in blobs.enumerated() where !blob.isEmpty {
      let problem = coder.restore(&members.environments[i], blob)
      try state.require(problem == nil, name, problem ?? "")
      let (restored, first) = (members.environments[i], made)
      try state.require(
        restored.observationSpace.spec.rowWidth == first.observationSpace.spec.rowWidth
          && restored.actionSpace.spec.rowWidth == first.actionSpace.spec.rowWidth, name,
        "it is one with observations or actions of another size")
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
