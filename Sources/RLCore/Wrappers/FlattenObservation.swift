/// Discrete observations as one-hot rows, others as flat rows (Gymnasium `FlattenObservation`).
public struct FlattenObservation: EnvironmentWrapper {
  private var change = TransformObservation(to: .multiBinary(count: 1)) { $0 }

  /// A wrapper for any space.
  public init() {}

  /// A one-dimensional `Box`.
  public func wrap(_ spec: EnvironmentSpec) -> EnvironmentSpec {
    var result = spec
    let width = spec.observationSpace.flatWidth
    if case .box(_, let low, let high) = spec.observationSpace {
      result.observationSpace = .box(shape: [width], low: low, high: high)
    } else {
      result.observationSpace = .box(
        shape: [width], low: Array(repeating: 0, count: width),
        high: Array(repeating: 1, count: width))
    }
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
