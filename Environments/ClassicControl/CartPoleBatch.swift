public import RLCore

/// Many cart-poles, stepped eight at a time with the same bits as ``CartPole``.
public struct CartPoleBatch: RowsVector {
  var rows: LaneBatch<CartPole>

  /// `count` environments with the given dynamics; their present states do not matter.
  public init(_ physics: CartPole = CartPole(), _ spec: EnvironmentSpec, count: Int) {
    rows = LaneBatch(physics, spec, count: count)
  }
}
