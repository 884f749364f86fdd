/// A row of numbers that lives as long as the closure that uses it.
final class ScratchRow {
  let numbers: UnsafeMutablePointer<Float>

  init(_ count: Int) {
    numbers = .allocate(capacity: max(1, count))
    numbers.initialize(repeating: 0, count: max(1, count))
  }

  deinit { numbers.deallocate() }
}
