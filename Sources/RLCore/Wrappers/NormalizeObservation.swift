public import RLSupport

/// Shifts and scales observations by their running mean and variance (Gymnasium `NormalizeObservation`,
/// Stable-Baselines3 `VecNormalize`).
public struct NormalizeObservation: EnvironmentWrapper {
  /// What was seen so far; can be kept with a model and given to another wrapper.
  public var statistics = RunningStatistics(width: 0)
  /// Whether the statistics no longer change, as in evaluation.
  public var isFrozen = false
  /// The largest magnitude of a normalized number.
  public let clip: Double

  /// A wrapper for environments with a `Box` of observations.
  public init(clip: Double = 10) { self.clip = clip }

  /// An observation space of the clipped range.
  public func wrap(_ spec: EnvironmentSpec) -> EnvironmentSpec {
    guard case .box(let shape, let low, _) = spec.observationSpace else { return spec }
    var spec = spec
    spec.observationSpace = .box(
      shape: shape, low: low.map { _ in Float(-clip) }, high: low.map { _ in Float(clip) })
    return spec
  }

  /// It learns until it is frozen.
  public var isLearning: Bool { !isFrozen }

  /// Makes room for the statistics.
  public mutating func prepare(_ spec: EnvironmentSpec, count: Int) {
    guard case .box = spec.observationSpace else {
      preconditionFailure(
        "NormalizeObservation: \(spec.id) has no Box of observations, but \(spec.observationSpace)")
    }
    if statistics.width != spec.observationSpace.rowWidth {
      statistics = RunningStatistics(width: spec.observationSpace.rowWidth)
    }
  }

  /// Takes in and normalizes first observations.
  public mutating func didReset(_ range: Range<Int>, inner: StepBatch, outer: StepBatch) {
    let width = inner.observationWidth
    if !isFrozen {
      statistics.update(rows: range.count) {
        Double(inner.observations[(range.lowerBound + $0) * width + $1])
      }
    }
    normalize(inner.observations, range, width)
  }

  /// Takes in and normalizes observations; true last ones are normalized by the same statistics.
  public mutating func didStep(
    inner: StepBatch, outer: StepBatch, end: (Int) -> Void
  ) {
    let width = inner.observationWidth
    if !isFrozen {
      statistics.update(rows: inner.count) { Double(inner.observations[$0 * width + $1]) }
    }
    normalize(inner.observations, 0..<inner.count, width)
    for i in 0..<inner.count where inner.terminated[i] || inner.truncated[i] {
      normalize(inner.finalObservations, i..<i + 1, width)
    }
  }

  private func normalize(
    _ rows: UnsafeMutableBufferPointer<Float>, _ range: Range<Int>, _ width: Int
  ) {
    for i in range.lowerBound * width..<range.upperBound * width {
      rows[i] = statistics.normalize(rows[i], column: i % width, clip: clip)
    }
  }

  /// The statistics.
  public mutating func visit(_ state: inout StateVisitor) throws(StateError) {
    try state.part("observations.", &statistics)
  }
}
