public import RLCore

/// Many mountain cars with throttles, stepped eight at a time with the same bits as
/// ``MountainCarContinuous``.
public struct MountainCarContinuousBatch: RowsVector {
  var rows: LaneBatch<MountainCarContinuous>

  /// `count` environments with the given dynamics; their present states do not matter.
  public init(
    _ physics: MountainCarContinuous = MountainCarContinuous(), _ spec: EnvironmentSpec, count: Int
  ) {
    rows = LaneBatch(physics, spec, count: count)
  }
}
