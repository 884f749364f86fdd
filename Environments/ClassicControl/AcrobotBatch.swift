public import RLCore

/// Many acrobots, stepped eight at a time with the same bits as ``Acrobot``.
public struct AcrobotBatch: RowsVector {
  var rows: LaneBatch<Acrobot>

  /// `count` environments with the given dynamics; their present states do not matter.
  public init(_ physics: Acrobot = Acrobot(), _ spec: EnvironmentSpec, count: Int) {
    rows = LaneBatch(physics, spec, count: count)
  }
}
