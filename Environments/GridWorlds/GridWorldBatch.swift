public import RLCore

/// Many walkers in grid worlds of one kind, driven by its table of transitions.
public struct GridWorldBatch: TableVector {
  var rows: TableBatch
  private let world: GridWorld

  /// `count` walkers; the world's present state does not matter.
  public init(_ world: GridWorld, _ spec: EnvironmentSpec, count: Int) {
    self.world = world
    rows = TableBatch(world.table, spec, count: count)
  }

  func drawing(inState state: Int) -> Drawing {
    var one = world
    one.cell = state
    return one.drawing()
  }
}
