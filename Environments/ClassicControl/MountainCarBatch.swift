public import RLCore

/// Many mountain cars, stepped eight at a time with the same bits as ``MountainCar``.
public struct MountainCarBatch: RowsVector {
  var rows: LaneBatch<MountainCar>

  /// `count` environments with the given dynamics; their present states do not matter.
  public init(_ physics: MountainCar = MountainCar(), _ spec: EnvironmentSpec, count: Int) {
    rows = LaneBatch(physics, spec, count: count)
  }
}
