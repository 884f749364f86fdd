public import RLSupport

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
  private let check: ActionCheck

  /// Wraps a vector.
  public init(_ base: any VectorEnvironment, _ wrapper: Wrapper) {
    self.base = base
    self.wrapper = wrapper
    self.wrapper.prepare(base.spec, count: base.count)
    var spec = wrapper.wrap(base.spec)
    spec.infos = base.spec.infos
    self.spec = spec
    check = ActionCheck(spec)
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
    drawAfterReset(0..<count)
    wrapper.didReset(0..<count, inner: inner, outer: batch)
  }

  /// Starts a new episode in one sub-environment.
  public mutating func reset(index: Int, into batch: StepBatch) {
    let inner = inner(batch)
    base.reset(index: index, into: inner)
    if inner !== batch, !inner.notes.isEmpty { batch.takeNotes(from: [inner]) }
    drawAfterReset(index..<index + 1)
    wrapper.didReset(index..<index + 1, inner: inner, outer: batch)
  }

  private mutating func drawAfterReset(_ range: Range<Int>) {
    guard Wrapper.drawsRandomly else { return }
    for i in range {
      base.withGenerator(of: i) { wrapper.drawAfterReset(i, using: &$0) }
    }
  }

  /// Hands out the random stream of a sub-environment.
  public mutating func withGenerator(of index: Int, _ body: (inout SeededGenerator) -> Void) {
    base.withGenerator(of: index, body)
  }

  /// Advances every sub-environment by one action.
  public mutating func step(_ actions: Span<Float>, into batch: StepBatch) {
    // Before anything is drawn, or kept of the action.
    if check.refuses(actions, batch) { return }
    let inner = inner(batch)
    self.actions.removeAll(keepingCapacity: true)
    actions.withUnsafeBufferPointer { self.actions.append(contentsOf: $0) }
    if Wrapper.drawsRandomly {
      for i in 0..<count {
        base.withGenerator(of: i) { wrapper.drawBeforeStep(i, using: &$0) }
      }
    }
    wrapper.changeActions(&self.actions, count: count)
    base.step(self.actions, into: inner)
    // The wrapper may add to what was said, as it ends episodes.
    defer { if inner !== batch, !inner.notes.isEmpty { batch.takeNotes(from: [inner]) } }
    if inner.hasFault { return }
    guard Wrapper.drawsRandomly else {
      return Self.didStep(&wrapper, &base, inner: inner, outer: batch)
    }
    let wasOver = (0..<count).map { inner.terminated[$0] || inner.truncated[$0] }
    for i in 0..<count where wasOver[i] { drawAfterReset(i..<i + 1) }
    Self.didStep(&wrapper, &base, inner: inner, outer: batch)
    // Those that the wrapper ended itself.
    for i in 0..<count where !wasOver[i] && (inner.terminated[i] || inner.truncated[i]) {
      drawAfterReset(i..<i + 1)
    }
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

  /// 1: it cannot be taken apart.
  public var mostParts: Int { 1 }

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
