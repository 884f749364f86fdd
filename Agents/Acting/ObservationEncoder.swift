internal import RLCore
internal import RLSupport
internal import RLTensor

/// Turns observation rows into network inputs: one-hot where discrete, normalized if asked.
struct ObservationEncoder {
  let space: SpaceSpec
  /// The width of a network input.
  let width: Int
  /// The distance between network inputs in memory.
  let stride: Int
  /// Running statistics of the observations, if they are normalized.
  var statistics: RunningStatistics?

  init(_ space: SpaceSpec, normalizes: Bool) {
    self.space = space
    width = space.flatWidth
    stride = (width + 15) & ~15
    if normalizes, case .box = space { statistics = RunningStatistics(width: width) }
  }

  /// An encoder with the statistics of a saved policy.
  init(_ space: SpaceSpec, normalizes: Bool, from archive: StateArchive) throws(StateError) {
    self.init(space, normalizes: normalizes)
    var visitor = StateVisitor(restoring: archive)
    try visitStatistics(&visitor)
  }

  /// The statistics, if observations are normalized.
  mutating func visitStatistics(_ state: inout StateVisitor) throws(StateError) {
    guard var present = statistics else { return }
    try state.part("observations.", &present)
    statistics = present
  }

  /// How many rows of observations numbers are.
  func rowCount(_ observations: [Float]) -> Int {
    let (count, rest) = observations.count.quotientAndRemainder(dividingBy: space.rowWidth)
    precondition(rest == 0, "\(observations.count) numbers are no rows of \(space)")
    return count
  }

  /// Writes network inputs for rows of observations; padding is left alone.
  @inline(__always)
  func encode(_ rows: UnsafePointer<Float>, count: Int, into inputs: UnsafeMutablePointer<Float>) {
    let rowWidth = space.rowWidth
    if case .box = space {
      guard let statistics else {
        for i in 0..<count { (inputs + i * stride).update(from: rows + i * width, count: width) }
        return
      }
      for i in 0..<count {
        for column in 0..<width {
          inputs[i * stride + column] = statistics.normalize(
            rows[i * width + column], column: column)
        }
      }
    } else {
      for i in 0..<count { space.flatten(rows + i * rowWidth, into: inputs + i * stride) }
    }
  }

  /// Network inputs for rows of observations, `[count, stride]`.
  func encoded(_ rows: UnsafePointer<Float>, count: Int) -> [Float] {
    var inputs = [Float](repeating: 0, count: count * stride)
    encode(rows, count: count, into: &inputs)
    return inputs
  }

  /// Writes network inputs for chosen rows.
  ///
  /// - Parameter inputs: Rows of at least `width` columns.
  @inline(__always)
  func encode(
    _ rows: UnsafePointer<Float>, _ indices: UnsafePointer<Int>, count: Int, into inputs: TensorView
  ) {
    let (rowWidth, stride, inputs) = (space.rowWidth, inputs.stride, inputs.pointer)
    if case .box = space, statistics == nil {
      let width = width
      for i in 0..<count {
        let (target, source) = (inputs + i * stride, rows + indices[i] * width)
        for column in 0..<width { target[column] = source[column] }
      }
    } else {
      for i in 0..<count {
        encode(rows + indices[i] * rowWidth, count: 1, into: inputs + i * stride)
      }
    }
  }

  /// Takes rows of observations into the statistics.
  mutating func observe(_ rows: UnsafePointer<Float>, count: Int) {
    let width = width
    statistics?.update(rows: count) { Double(rows[$0 * width + $1]) }
  }
}
