public import RLCore

/// Many mountain cars with throttles, stepped eight at a time with the same bits as
/// ``MountainCarContinuous``.
public struct MountainCarContinuousBatch: VectorEnvironment {
  private var lanes: LaneBatch<MountainCarContinuous>

  /// `count` environments with the given dynamics; their present states do not matter.
  public init(
    _ physics: MountainCarContinuous = MountainCarContinuous(), _ spec: EnvironmentSpec, count: Int
  ) {
    lanes = LaneBatch(physics, spec, count: count)
  }

  private init(_ lanes: LaneBatch<MountainCarContinuous>) { self.lanes = lanes }

  /// What the sub-environments are.
  public var spec: EnvironmentSpec { lanes.spec }
  /// The number of sub-environments.
  public var count: Int { lanes.count }

  /// Starts new episodes everywhere, environment i with a new random stream of seed `seed + i`.
  public mutating func reset(seed: UInt64, into batch: StepBatch) {
    lanes.reset(seed: seed, into: batch)
  }

  /// Advances every sub-environment by one action.
  public mutating func step(_ actions: UnsafeBufferPointer<Float>, into batch: StepBatch) {
    lanes.step(actions, into: batch)
  }

  /// Starts a new episode in one sub-environment, whose random stream goes on.
  public mutating func reset(index: Int, into batch: StepBatch) {
    lanes.reset(index: index, into: batch)
  }

  /// What a sub-environment looks like now.
  public func drawing(of index: Int) -> Drawing? { lanes.drawing(of: index) }

  /// Parts of consecutive sub-environments with their present state.
  public func split(into parts: Int) -> [any VectorEnvironment] {
    lanes.split(into: parts).map { Self($0) }
  }

  /// Appends states, counters and random streams.
  public func save(to archive: inout StateArchive, prefix: String) {
    lanes.save(to: &archive, prefix: prefix)
  }

  /// Takes over what `save` wrote.
  public mutating func restore(from archive: StateArchive, prefix: String, offset: Int)
    throws(StateError)
  {
    try lanes.restore(from: archive, prefix: prefix, offset: offset)
  }
}
