/// Which transitions of the replay buffer a batch has.
final class ReplayBatch {
  /// Where they lie in the replay buffer.
  let slots: UnsafeMutableBufferPointer<Int>
  /// The importance weights; 1 unless transitions are drawn by priority.
  let weights: UnsafeMutableBufferPointer<Float>

  var count: Int { slots.count }

  init(count: Int) {
    slots = .allocate(capacity: count)
    slots.initialize(repeating: 0)
    weights = .allocate(capacity: count)
    weights.initialize(repeating: 1)
  }

  deinit {
    slots.deallocate()
    weights.deallocate()
  }
}
