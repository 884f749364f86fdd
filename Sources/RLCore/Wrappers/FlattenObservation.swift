/// Discrete observations as one-hot rows, others as flat rows, part after part (Gymnasium `FlattenObservation`).
public struct FlattenObservation: EnvironmentWrapper {
  private var change = TransformObservation(to: .multiBinary(count: 1)) { $0 }

  /// A wrapper for any space.
  public init() {}

  /// A one-dimensional `Box`.
  public func wrap(_ spec: EnvironmentSpec) -> EnvironmentSpec {
    var (result, low, high) = (spec, [Float](), [Float]())
    for leaf in spec.observationSpace.layout.leaves {
      switch leaf.space {
      case .box(_, let lowest, let highest):
        low += lowest
        high += highest
      case .bytes(_, let lowest, let highest):
        low += Array(repeating: Float(lowest), count: leaf.flat.count)
        high += Array(repeating: Float(highest), count: leaf.flat.count)
      case .discrete, .multiDiscrete, .multiBinary, .tuple, .dict:
        low += Array(repeating: 0, count: leaf.flat.count)
        high += Array(repeating: 1, count: leaf.flat.count)
      }
    }
    result.observationSpace = .box(shape: [low.count], low: low, high: high)
    return result
  }

  /// Notes the space.
  public mutating func prepare(_ spec: EnvironmentSpec, count: Int) {
    let space = spec.observationSpace
    change = TransformObservation(to: wrap(spec).observationSpace) { space.flatten($0) }
  }

  /// Flattens first observations.
  public mutating func didReset(_ range: Range<Int>, inner: StepBatch, outer: StepBatch) {
    change.didReset(range, inner: inner, outer: outer)
  }

  /// Flattens observations.
  public mutating func didStep(
    inner: StepBatch, outer: StepBatch, end: (Int) -> Void
  ) {
    change.didStep(inner: inner, outer: outer, end: end)
  }
}
