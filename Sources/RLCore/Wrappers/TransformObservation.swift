/// Changes observations by a function of a row.
public struct TransformObservation: EnvironmentWrapper {
  private let space: SpaceSpec
  private let transform: @Sendable ([Float]) -> [Float]

  /// - Parameters:
  ///   - space: The space of the changed observations.
  ///   - transform: Makes a row of that space from a row of the space beneath.
  public init(to space: SpaceSpec, _ transform: @escaping @Sendable ([Float]) -> [Float]) {
    self.space = space
    self.transform = transform
  }

  /// The new observation space.
  public func wrap(_ spec: EnvironmentSpec) -> EnvironmentSpec {
    var spec = spec
    spec.observationSpace = space
    return spec
  }

  /// Changes first observations.
  public mutating func didReset(_ range: Range<Int>, inner: StepBatch, outer: StepBatch) {
    for i in range { change(inner.observations, outer.observations, i, inner, outer) }
  }

  /// Changes observations and true last ones.
  public mutating func didStep(
    inner: StepBatch, outer: StepBatch, end: (Int) -> Void
  ) {
    for i in 0..<inner.count {
      change(inner.observations, outer.observations, i, inner, outer)
      if inner.terminated[i] || inner.truncated[i] {
        change(inner.finalObservations, outer.finalObservations, i, inner, outer)
      }
    }
  }

  private func change(
    _ from: UnsafeMutableBufferPointer<Float>, _ to: UnsafeMutableBufferPointer<Float>, _ i: Int,
    _ inner: StepBatch, _ outer: StepBatch
  ) {
    let (width, newWidth) = (inner.observationWidth, outer.observationWidth)
    let row = transform(Array(from[i * width..<(i + 1) * width]))
    precondition(
      row.count == newWidth,
      "TransformObservation: the function made \(row.count) numbers instead of \(newWidth)")
    for (j, value) in row.enumerated() { to[i * newWidth + j] = value }
  }
}
