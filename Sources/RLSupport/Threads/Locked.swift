internal import Synchronization

/// A value that one thread at a time looks at: a `Mutex` whose order ThreadSanitizer sees.
///
/// A `Mutex` for which threads wait is locked inside libswiftSynchronization, which no sanitizer looks into; the atomic
/// number, of no use otherwise, shows it that the threads follow one another.
public struct Locked<Value>: ~Copyable, Sendable {
  private let mutex: Mutex<Value>
  private let order = Atomic<Int>(0)

  /// A lock around a value.
  public init(_ value: consuming sending Value) { mutex = Mutex(value) }

  /// Runs the body while no other thread looks at the value; throws what it throws.
  public borrowing func withLock<Result: ~Copyable, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    try mutex.withLock { value throws(Failure) in
      _ = order.load(ordering: .acquiring)
      defer { order.store(0, ordering: .releasing) }
      return try body(&value)
    }
  }
}
