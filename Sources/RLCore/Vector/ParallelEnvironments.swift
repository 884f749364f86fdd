public import RLSupport

/// A vector environment whose parts are stepped by the threads of a pool.
///
/// The results are the same bits for any number of threads: each sub-environment has its own random
/// stream and writes its own rows.
public struct ParallelEnvironments: VectorEnvironment {
  /// What the sub-environments are.
  public let spec: EnvironmentSpec
  /// The number of sub-environments.
  public let count: Int
  private var parts: [any VectorEnvironment]
  private let ranges: [Range<Int>]
  private let pool: WorkerPool

  /// The same environments, spread over `threads` threads.
  public init(_ base: any VectorEnvironment, threads: Int) {
    spec = base.spec
    count = base.count
    parts = base.split(into: max(1, threads))
    var start = 0
    ranges = parts.map { part in
      defer { start += part.count }
      return start..<start + part.count
    }
    pool = WorkerPool(count: parts.count)
  }

  /// Starts new episodes everywhere, environment i with a new random stream of seed `seed + i`.
  public mutating func reset(seed: UInt64, into batch: StepBatch) {
    let slices = batch.parts(ranges)
    for (i, range) in ranges.enumerated() {
      parts[i].reset(seed: seed &+ UInt64(range.lowerBound), into: slices[i])
    }
  }

  /// Advances every sub-environment by one action.
  public mutating func step(_ actions: Span<Float>, into batch: StepBatch) {
    let width = spec.actionSpace.rowWidth
    precondition(
      actions.count == count * width && batch.count == count,
      "\(spec.id): \(actions.count) action numbers and \(batch.count) rows for \(count) environments"
    )
    let (ranges, slices) = (ranges, batch.parts(ranges))
    parts.withUnsafeMutableBufferPointer { parts in
      actions.withUnsafeBufferPointer { actions in
        pool.run(parts.count) { i in
          let range = ranges[i]
          let rows = actions.extracting(range.lowerBound * width..<range.upperBound * width)
          parts[i].step(rows.span, into: slices[i])
        }
      }
    }
  }

  /// Starts a new episode in one sub-environment, whose random stream goes on.
  public mutating func reset(index: Int, into batch: StepBatch) {
    guard let part = ranges.firstIndex(where: { $0.contains(index) }) else { return }
    parts[part].reset(index: index - ranges[part].lowerBound, into: batch.parts(ranges)[part])
  }

  /// What a sub-environment looks like now.
  public func drawing(of index: Int) -> Drawing? {
    guard let part = ranges.firstIndex(where: { $0.contains(index) }) else { return nil }
    return parts[part].drawing(of: index - ranges[part].lowerBound)
  }

  /// The environments taken apart anew; each of this vector's own parts is cut further.
  public func split(into parts: Int) -> [any VectorEnvironment] {
    if parts < self.parts.count { return [self] }
    let pieces = parts / self.parts.count
    return self.parts.flatMap { $0.split(into: pieces) }
  }

  /// Whether every part can be saved.
  public var savesExactly: Bool { parts.allSatisfy(\.savesExactly) }

  /// The parts in turn, which leave what the whole would have left: the number of threads may change.
  public mutating func visit(_ state: inout StateVisitor) throws(StateError) {
    for i in parts.indices {
      try state.part("", offset: ranges[i].lowerBound) { (state) throws(StateError) in
        try parts[i].visit(&state)
      }
    }
  }
}
