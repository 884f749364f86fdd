public import RLCore
public import RLSupport

/// Environments whose episodes are logged; they are otherwise the same, bit for bit.
///
/// Copies and parts share one recorder: use one of them at a time, and each part from one thread at a time.
public struct RecordedEnvironments: VectorEnvironment {
  private var base: any VectorEnvironment
  /// What gathers the episodes.
  public let recorder: RolloutRecorder
  /// The number, among all that are recorded, of the first environment.
  private let first: Int

  /// Records the episodes of environments.
  ///
  /// - Parameters:
  ///   - base: The environments, not yet reset.
  ///   - writer: Where ended episodes go; may be said later, with `recorder.attach`.
  public init(_ base: any VectorEnvironment, writer: RolloutLogWriter? = nil) {
    self.init(
      base, RolloutRecorder(base.spec, count: base.count, writer: writer), first: 0)
  }

  private init(_ base: any VectorEnvironment, _ recorder: RolloutRecorder, first: Int) {
    self.base = base
    self.recorder = recorder
    self.first = first
  }

  /// What the sub-environments are.
  public var spec: EnvironmentSpec { base.spec }
  /// The number of sub-environments.
  public var count: Int { base.count }

  /// Starts new episodes everywhere, environment i with a new random stream of seed `seed + i`.
  public mutating func reset(seed: UInt64, into batch: StepBatch) {
    base.reset(seed: seed, into: batch)
    recorder.didReset(first: first, rows: 0..<count, seed: seed, batch)
  }

  /// Starts a new episode in one sub-environment, whose random stream goes on.
  public mutating func reset(index: Int, into batch: StepBatch) {
    base.reset(index: index, into: batch)
    recorder.didReset(first: first, rows: index..<index + 1, seed: nil, batch)
  }

  /// Advances every sub-environment by one action.
  public mutating func step(_ actions: Span<Float>, into batch: StepBatch) {
    base.step(actions, into: batch)
    if batch.fault == nil { recorder.didStep(first: first, actions, batch) }
  }

  /// Hands out the random stream of a sub-environment.
  public mutating func withGenerator(of index: Int, _ body: (inout SeededGenerator) -> Void) {
    base.withGenerator(of: index, body)
  }

  /// As many as what is recorded.
  public var mostParts: Int { base.mostParts }

  /// Parts of consecutive sub-environments, recorded too.
  public func split(into parts: Int) -> [any VectorEnvironment] {
    var start = first
    return base.split(into: parts).map { part in
      defer { start += part.count }
      return RecordedEnvironments(part, recorder, first: start)
    }
  }

  /// Whether what is recorded can be saved.
  public var savesExactly: Bool { base.savesExactly }

  /// The environments, as if they were not recorded, and the open episodes.
  public mutating func visit(_ state: inout StateVisitor) throws(StateError) {
    try base.visit(&state)
    let range = first..<first + count
    if state.isRestoring {
      try recorder.restore(
        range, from: state.archive, prefix: state.prefix, offset: state.offset,
        isExact: base.savesExactly)
    } else {
      recorder.save(range, to: &state.archive, prefix: state.prefix)
    }
  }
}
