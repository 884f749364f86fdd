/// A row of numbers that lives as long as what uses it.
final class ScratchRow {
  let count: Int
  let numbers: UnsafeMutablePointer<Float>

  init(_ count: Int) {
    self.count = count
    numbers = .allocate(capacity: max(1, count))
    numbers.initialize(repeating: 0, count: max(1, count))
  }

  deinit { numbers.deallocate() }
}
