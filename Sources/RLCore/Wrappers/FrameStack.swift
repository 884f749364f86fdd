public import RLSupport

/// The last observations side by side, oldest first (Gymnasium `FrameStackObservation`, which pads with
/// the first observation of an episode).
public struct FrameStack: EnvironmentWrapper {
  /// How many observations there are in one.
  public let frames: Int
  private var stacks: [Float] = []
  private var width = 0

  /// A stack of so many observations.
  public init(_ frames: Int) {
    precondition(frames > 0, "FrameStack(\(frames)): a stack needs at least one observation")
    self.frames = frames
  }

  /// A `Box` of `frames` times the numbers.
  public func wrap(_ spec: EnvironmentSpec) -> EnvironmentSpec {
    guard case .box(let shape, let low, let high) = spec.observationSpace else { return spec }
    var spec = spec
    spec.observationSpace = .box(
      shape: [frames] + shape, low: Array(repeating: low, count: frames).flatMap { $0 },
      high: Array(repeating: high, count: frames).flatMap { $0 })
    return spec
  }

  /// Makes room for the stacks.
  public mutating func prepare(_ spec: EnvironmentSpec, count: Int) {
    guard case .box = spec.observationSpace else {
      preconditionFailure(
        "FrameStack: \(spec.id) has no Box of observations, but \(spec.observationSpace)")
    }
    width = spec.observationSpace.rowWidth
    stacks = Array(repeating: 0, count: count * frames * width)
  }

  /// Fills the stacks with the first observation.
  public mutating func didReset(_ range: Range<Int>, inner: StepBatch, outer: StepBatch) {
    for i in range { restart(i, inner, outer) }
  }

  private mutating func restart(_ i: Int, _ inner: StepBatch, _ outer: StepBatch) {
    let size = frames * width
    for j in 0..<size {
      stacks[i * size + j] = inner.observations[i * width + j % width]
      outer.observations[i * size + j] = stacks[i * size + j]
    }
  }

  /// Drops the oldest observation and adds the newest.
  public mutating func didStep(
    inner: StepBatch, outer: StepBatch, end: (Int) -> Void
  ) {
    let size = frames * width
    for i in 0..<inner.count {
      let ended = inner.terminated[i] || inner.truncated[i]
      let source = ended ? inner.finalObservations : inner.observations
      let target = ended ? outer.finalObservations : outer.observations
      for j in 0..<size - width { stacks[i * size + j] = stacks[i * size + j + width] }
      for j in 0..<width { stacks[i * size + size - width + j] = source[i * width + j] }
      for j in 0..<size { target[i * size + j] = stacks[i * size + j] }
      if ended { restart(i, inner, outer) }
    }
  }

  /// The stacks.
  public mutating func visit(_ state: inout StateVisitor) throws(StateError) {
    try state.rows("frames", &stacks, width: frames * width)
  }
}
