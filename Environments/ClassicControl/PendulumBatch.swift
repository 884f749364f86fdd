public import RLCore

/// Many pendulums, stepped eight at a time with the same bits as ``Pendulum``.
public struct PendulumBatch: RowsVector {
  var rows: LaneBatch<Pendulum>

  /// `count` environments with the given dynamics; their present states do not matter.
  public init(_ physics: Pendulum = Pendulum(), _ spec: EnvironmentSpec, count: Int) {
    rows = LaneBatch(physics, spec, count: count)
  }
}
