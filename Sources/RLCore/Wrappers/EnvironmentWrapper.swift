public import RLSupport

/// A change to what goes into an environment or comes out of it, written once for one environment and for
/// vectors of any kind: it works on rows of numbers and keeps what it remembers by sub-environment.
public protocol EnvironmentWrapper: Stateful, Sendable {
  /// What the wrapped environment is; its `infos` stay those of the environment beneath.
  func wrap(_ spec: EnvironmentSpec) -> EnvironmentSpec
  /// Called once with what is wrapped, before anything else.
  mutating func prepare(_ spec: EnvironmentSpec, count: Int)
  /// Changes the actions `[count, width]`, given for the wrapped environment, to what is beneath.
  mutating func changeActions(_ actions: inout [Float], count: Int)
  /// Changes the first observations of episodes in the rows of `range`, after these were reset.
  mutating func didReset(_ range: Range<Int>, inner: StepBatch, outer: StepBatch)
  /// Changes the results of a step.
  ///
  /// - Parameters:
  ///   - inner: What the environment beneath wrote.
  ///   - outer: What the wrapper hands out; the same batch unless it changes the observations' width.
  ///   - end: For wrappers that end episodes, after they set `terminated` or `truncated` of a sub-environment in
  ///     `inner` whose episode would go on: the row of `inner` becomes its last one, and the next episode begins.
  mutating func didStep(
    inner: StepBatch, outer: StepBatch, end: (Int) -> Void)
}

extension EnvironmentWrapper {
  /// The same spaces.
  public func wrap(_ spec: EnvironmentSpec) -> EnvironmentSpec { spec }
  /// Nothing to prepare.
  public mutating func prepare(_ spec: EnvironmentSpec, count: Int) {}
  /// The same actions.
  public mutating func changeActions(_ actions: inout [Float], count: Int) {}
  /// The same observations.
  public mutating func didReset(_ range: Range<Int>, inner: StepBatch, outer: StepBatch) {}
  /// The same results.
  public mutating func didStep(
    inner: StepBatch, outer: StepBatch, end: (Int) -> Void
  ) {}
  /// No state.
  public mutating func visit(_ state: inout StateVisitor) throws(StateError) {}
}

/// A vector of wrapped environments.
public struct WrappedVector<Wrapper: EnvironmentWrapper>: VectorEnvironment {
  /// What the wrapped environments are.
  public let spec: EnvironmentSpec
  /// The vector beneath.
  public private(set) var base: any VectorEnvironment
  /// The wrapper with what it remembers.
  public var wrapper: Wrapper
  private var actions: [Float] = []
  private let innerWidth: Int

  /// Wraps a vector.
  public init(_ base: any VectorEnvironment, _ wrapper: Wrapper) {
    self.base = base
    self.wrapper = wrapper
    self.wrapper.prepare(base.spec, count: base.count)
    var spec = wrapper.wrap(base.spec)
    spec.infos = base.spec.infos
    self.spec = spec
    innerWidth = base.spec.observationSpace.rowWidth
  }

  /// The number of sub-environments.
  public var count: Int { base.count }

  private func inner(_ batch: StepBatch) -> StepBatch {
    spec.observationSpace.rowWidth == innerWidth
      ? batch : batch.underlying(observationWidth: innerWidth)
  }

  /// Starts new episodes everywhere.
  public mutating func reset(seed: UInt64, into batch: StepBatch) {
    let inner = inner(batch)
    base.reset(seed: seed, into: inner)
    wrapper.didReset(0..<count, inner: inner, outer: batch)
  }

  /// Starts a new episode in one sub-environment.
  public mutating func reset(index: Int, into batch: StepBatch) {
    let inner = inner(batch)
    base.reset(index: index, into: inner)
    wrapper.didReset(index..<index + 1, inner: inner, outer: batch)
  }

  /// Advances every sub-environment by one action.
  public mutating func step(_ actions: Span<Float>, into batch: StepBatch) {
    let inner = inner(batch)
    self.actions.removeAll(keepingCapacity: true)
    actions.withUnsafeBufferPointer { self.actions.append(contentsOf: $0) }
    wrapper.changeActions(&self.actions, count: count)
    base.step(self.actions, into: inner)
    Self.didStep(&wrapper, &base, inner: inner, outer: batch)
  }

  /// Apart from `step`, as the wrapper may reset what is beneath while it is changed itself.
  private static func didStep(
    _ wrapper: inout Wrapper, _ base: inout any VectorEnvironment, inner: StepBatch,
    outer: StepBatch
  ) {
    wrapper.didStep(inner: inner, outer: outer) { i in
      let (width, maskWidth) = (inner.observationWidth, inner.maskWidth)
      for j in i * width..<(i + 1) * width {
        inner.finalObservations[j] = inner.observations[j]
      }
      for j in i * maskWidth..<(i + 1) * maskWidth {
        inner.finalActionMasks[j] = inner.actionMasks[j]
      }
      if inner.drawnIndex == i { inner.finalDrawing = base.drawing(of: i) }
      base.reset(index: i, into: inner)
    }
  }

  /// What a sub-environment looks like beneath the wrapper.
  public func drawing(of index: Int) -> Drawing? { base.drawing(of: index) }

  /// The whole vector: what a wrapper remembers may couple its environments.
  public func split(into parts: Int) -> [any VectorEnvironment] { [self] }

  /// Whether what is beneath can be saved.
  public var savesExactly: Bool { base.savesExactly }

  /// What is beneath, and the wrapper.
  public mutating func visit(_ state: inout StateVisitor) throws(StateError) {
    try state.part("base.") { (state) throws(StateError) in try base.visit(&state) }
    try wrapper.visit(&state)
  }
}

extension VectorEnvironment {
  /// The same environments behind a wrapper.
  public func wrapped<Wrapper: EnvironmentWrapper>(by wrapper: Wrapper) -> WrappedVector<Wrapper> {
    WrappedVector(self, wrapper)
  }
}

/// A single wrapped environment; observations and actions are rows of numbers.
///
/// It is a vector of one underneath, so that a wrapper is written once. Environments that are to be
/// fast are wrapped as vectors.
public struct Wrapped<Base: Environment, Wrapper: EnvironmentWrapper>: Environment {
  private var base: Base
  private var wrapper: Wrapper
  private let spec: EnvironmentSpec
  private let innerSpec: EnvironmentSpec
  private var rows: Rows

  /// Rows for one step, which hold nothing between steps. A copy of the environment that is stepped makes its own.
  private final class Rows: @unchecked Sendable {
    let inner: StepBatch
    let outer: StepBatch

    init(inner: EnvironmentSpec, outer: EnvironmentSpec) {
      self.outer = StepBatch(count: 1, for: outer)
      let width = inner.observationSpace.rowWidth
      self.inner =
        width == self.outer.observationWidth
        ? self.outer : self.outer.underlying(observationWidth: width)
    }
  }

  /// Wraps an environment.
  public init(_ base: Base, _ wrapper: Wrapper) {
    self.base = base
    self.wrapper = wrapper
    innerSpec = EnvironmentSpec(
      id: "\(Base.self)", observationSpace: base.observationSpace.spec,
      actionSpace: base.actionSpace.spec, masksActions: Base.masksActions,
      infos: Base.Info.fields)
    var spec = wrapper.wrap(innerSpec)
    spec.infos = innerSpec.infos
    self.spec = spec
    self.wrapper.prepare(innerSpec, count: 1)
    rows = Rows(inner: innerSpec, outer: spec)
  }

  /// Whether the environment beneath masks actions.
  public static var masksActions: Bool { Base.masksActions }
  /// Rows of observations.
  public var observationSpace: RowSpace { RowSpace(spec.observationSpace) }
  /// Rows of actions.
  public var actionSpace: RowSpace { RowSpace(spec.actionSpace) }

  /// The mask of the environment beneath.
  public func writeActionMask(into mask: inout MutableSpan<Bool>) {
    base.writeActionMask(into: &mask)
  }

  private mutating func batches() -> (inner: StepBatch, outer: StepBatch) {
    if !isKnownUniquelyReferenced(&rows) { rows = Rows(inner: innerSpec, outer: spec) }
    return (rows.inner, rows.outer)
  }

  /// Starts a new episode.
  public mutating func reset(using rng: inout SeededGenerator) -> [Float] {
    let (inner, outer) = batches()
    var row = inner.observations.mutableSpan
    base.observationSpace.encode(base.reset(using: &rng), into: &row)
    wrapper.didReset(0..<1, inner: inner, outer: outer)
    return Array(outer.observations)
  }

  /// Advances the episode by one action.
  public mutating func step(_ action: [Float], using rng: inout SeededGenerator) -> Step<
    [Float], Base.Info
  > {
    let (inner, outer) = batches()
    var row = action
    wrapper.changeActions(&row, count: 1)
    let step = base.step(base.actionSpace.decoded(row), using: &rng)
    var next = inner.observations.mutableSpan
    var last = inner.finalObservations.mutableSpan
    base.observationSpace.encode(step.observation, into: &next)
    base.observationSpace.encode(step.observation, into: &last)
    inner.rewards[0] = step.reward
    inner.terminated[0] = step.terminated
    inner.truncated[0] = step.truncated
    for (k, number) in Base.Info.numbers.enumerated() { inner.infos[k] = number.read(step.info) }
    // The last observation is there, and whoever steps this environment resets it.
    wrapper.didStep(inner: inner, outer: outer) { _ in }
    let ended = outer.terminated[0] || outer.truncated[0]
    return Step(
      observation: Array(ended ? outer.finalObservations : outer.observations),
      reward: outer.rewards[0], terminated: outer.terminated[0], truncated: outer.truncated[0],
      info: step.info)
  }
}

extension Wrapped: SavedInPlace {
  static var savesExactly: Bool { EnvironmentCoder(Base.self) != nil }

  func savedState() -> [UInt8] {
    var archive = StateArchive()
    wrapper.save(to: &archive)
    let base = EnvironmentCoder(Base.self)?.encode(base) ?? []
    let state = JSONValue.object([
      "base": .string(String(decoding: base, as: UTF8.self)),
      "wrapper": .array(Safetensors.encode(archive).map { .int(Int($0)) }),
    ])
    return Array(state.text().utf8)
  }

  mutating func restore(from bytes: [UInt8]) -> Bool {
    guard let state = JSONValue(text: bytes), let saved = state["base"]?.string,
      let numbers = state["wrapper"]?.array,
      let archive = try? Safetensors.decode(
        numbers.map { UInt8(truncatingIfNeeded: $0.int ?? 0) })
    else { return false }
    var copy = self
    guard EnvironmentCoder(Base.self)?.restore(&copy.base, Array(saved.utf8)) ?? false,
      (try? copy.wrapper.restore(from: archive)) != nil
    else { return false }
    self = copy
    return true
  }
}

extension Wrapped: Drawable where Base: Drawable {
  /// What the environment looks like beneath the wrapper.
  public func drawing() -> Drawing { base.drawing() }
  /// As fast as the environment beneath.
  public static var framesPerSecond: Int { Base.framesPerSecond }
}

extension Environment {
  /// The same environment behind a wrapper.
  public func wrapped<Wrapper: EnvironmentWrapper>(by wrapper: Wrapper) -> Wrapped<Self, Wrapper> {
    Wrapped(self, wrapper)
  }
}
