public import RLCore

/// Many taxis of one kind, driven by its table of transitions.
///
/// For passengers who know where they want to go; `BatchedEnvironments` drives the fickle ones.
public struct TaxiBatch: TableVector {
  var rows: TableBatch
  private let taxi: Taxi

  /// `count` taxis; the given one's present state does not matter.
  public init(_ taxi: Taxi = Taxi(), _ spec: EnvironmentSpec, count: Int) {
    precondition(
      !taxi.configuration.hasFicklePassenger,
      "\(spec.id): TaxiBatch has no fickle passengers; use BatchedEnvironments for them")
    self.taxi = taxi
    rows = TableBatch(taxi.table, spec, count: count)
  }

  func drawing(inState state: Int) -> Drawing {
    var one = taxi
    one.state = state
    return one.drawing()
  }
}
