public import RLCore

/// Many walkers in grid worlds of one kind, driven by its table of transitions.
public struct GridWorldBatch: VectorEnvironment {
  private var rows: TableBatch
  private let world: GridWorld

  /// `count` walkers; the world's present state does not matter.
  public init(_ world: GridWorld, _ spec: EnvironmentSpec, count: Int) {
    self.world = world
    rows = TableBatch(world.table, spec, count: count)
  }

  private init(_ rows: TableBatch, _ world: GridWorld) {
    self.rows = rows
    self.world = world
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
    var one = world
    one.cell = state
    return one.drawing()
  }

  /// Parts of consecutive sub-environments with their present state.
  public func split(into parts: Int) -> [any VectorEnvironment] {
    rows.split(into: parts).map { Self($0, world) }
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
