internal import RLCore
internal import RLSupport
internal import RLTensor

/// Turns observation rows into network inputs: one-hot where discrete, real numbers normalized if asked.
struct ObservationEncoder {
  let space: SpaceSpec
  private let rowWidth: Int
  /// Whether rows are inputs as they are, all real numbers.
  private let isPlain: Bool
  private let pieces: [SpaceLayout.FlatPiece]
  /// The real numbers, by their place in a row and in an input.
  private let real: [(number: Int, place: Int)]
  /// The width of a network input.
  let width: Int
  /// The distance between network inputs in memory.
  let stride: Int
  /// Running statistics of the real numbers, if they are normalized.
  var statistics: RunningStatistics?

  init(_ space: SpaceSpec, normalizes: Bool) {
    self.space = space
    width = space.flatWidth
    stride = (width + 15) & ~15
    rowWidth = space.rowWidth
    isPlain = if case .box = space { true } else { false }
    pieces = space.layout.flatPieces
    real = pieces.filter { $0.kind == .real }.flatMap { piece in
      (0..<piece.count).map { (piece.number + $0, piece.place + $0) }
    }
    if normalizes && !real.isEmpty { statistics = RunningStatistics(width: real.count) }
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
    let (count, rest) = observations.count.quotientAndRemainder(dividingBy: rowWidth)
    precondition(rest == 0, "\(observations.count) numbers are no rows of \(space)")
    return count
  }

  /// Writes network inputs for rows of observations; padding is left alone.
  @inline(__always)
  func encode(_ rows: UnsafePointer<Float>, count: Int, into inputs: UnsafeMutablePointer<Float>) {
    if isPlain {
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
      pieces.flatten(rows, width: rowWidth, count: count, into: inputs, stride: stride)
      guard let statistics else { return }
      for i in 0..<count {
        for (column, (number, place)) in real.enumerated() {
          inputs[i * stride + place] = statistics.normalize(
            rows[i * rowWidth + number], column: column)
        }
      }
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
    let (stride, inputs) = (inputs.stride, inputs.pointer)
    if isPlain, statistics == nil {
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
    let (width, real) = (rowWidth, real)
    if isPlain {
      statistics?.update(rows: count) { Double(rows[$0 * width + $1]) }
    } else {
      statistics?.update(rows: count) { Double(rows[$0 * width + real[$1].number]) }
    }
  }
}
