import Synchronization

/// Numbers from zero on, for any thread.
final class SharedCounter: Sendable {
  private let value = Atomic<Int>(0)
  func next() -> Int { value.wrappingAdd(1, ordering: .relaxed).oldValue }
}
