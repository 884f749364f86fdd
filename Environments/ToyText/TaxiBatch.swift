public import RLCore

/// Many taxis of one kind, driven by its table of transitions.
///
/// For passengers who know where they want to go; `BatchedEnvironments` drives the fickle ones.
public struct TaxiBatch: VectorEnvironment {
  private var rows: TableBatch
  private let taxi: Taxi

  /// `count` taxis; the given one's present state does not matter.
  public init(_ taxi: Taxi = Taxi(), _ spec: EnvironmentSpec, count: Int) {
    precondition(
      !taxi.configuration.hasFicklePassenger,
      "\(spec.id): TaxiBatch has no fickle passengers; use BatchedEnvironments for them")
    self.taxi = taxi
    rows = TableBatch(taxi.table, spec, count: count)
  }

  private init(_ rows: TableBatch, _ taxi: Taxi) {
    self.rows = rows
    self.taxi = taxi
  }

  /// What the sub-environments are.
  public var spec: EnvironmentSpec { rows.spec }
  /// The number of sub-environments.
  public var count: Int { rows.count }

  /// Starts new episodes everywhere, environment i with a new random stream of seed `seed + i`.
  public mutating func reset(seed: UInt64, into batch: StepBatch) {
    rows.reset(seed: seed, into: batch)
  }

  /// Advances every sub-environment by one action.
  public mutating func step(_ actions: UnsafeBufferPointer<Float>, into batch: StepBatch) {
    rows.step(actions, into: batch)
    if let i = batch.drawnIndex, batch.terminated[i] || batch.truncated[i] {
      batch.finalDrawing = drawing(inState: Int(batch.finalObservations[i]))
    }
  }

  /// Starts a new episode in one sub-environment, whose random stream goes on.
  public mutating func reset(index: Int, into batch: StepBatch) {
    rows.reset(index: index, into: batch)
  }

  /// What a sub-environment looks like now.
  public func drawing(of index: Int) -> Drawing? { drawing(inState: rows.state(of: index)) }

  private func drawing(inState state: Int) -> Drawing {
    var one = taxi
    one.state = state
    return one.drawing()
  }

  /// Parts of consecutive sub-environments with their present state.
  public func split(into parts: Int) -> [any VectorEnvironment] {
    rows.split(into: parts).map { Self($0, taxi) }
  }

  /// Appends states, counters and random streams.
  public func save(to archive: inout StateArchive, prefix: String) {
    rows.save(to: &archive, prefix: prefix)
  }

  /// Takes over what `save` wrote.
  public mutating func restore(from archive: StateArchive, prefix: String, offset: Int)
    throws(StateError)
  {
    try rows.restore(from: archive, prefix: prefix, offset: offset)
  }
}
