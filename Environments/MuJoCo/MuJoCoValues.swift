/// Numbers of a simulation, such as positions, as they are now: reading later gives later values.
///
/// ```swift
/// let height = simulation.positions[2]
/// let speeds = simulation.velocities.map { abs($0) }
/// ```
public struct MuJoCoValues: RandomAccessCollection {
  private let numbers: UnsafeMutableBufferPointer<Double>
  private let owner: AnyObject
  private let name: String

  init(_ numbers: UnsafeMutableBufferPointer<Double>, of owner: AnyObject, _ name: String) {
    (self.numbers, self.owner, self.name) = (numbers, owner, name)
  }

  /// How many there are.
  public var count: Int { numbers.count }
  /// 0.
  public var startIndex: Int { 0 }
  /// How many there are.
  public var endIndex: Int { count }

  /// A number.
  ///
  /// - Parameter index: Which one, from 0 on; one that is not there is a precondition failure.
  public subscript(index: Int) -> Double {
    precondition(
      index >= 0 && index < count,
      "MuJoCo: '\(name)' has \(count) numbers, and none of index \(index)")
    return numbers[index]
  }

  /// Runs the body on all of them in place, which copies of them and of slices do.
  public func withContiguousStorageIfAvailable<R>(
    _ body: (UnsafeBufferPointer<Double>) throws -> R
  ) rethrows -> R? {
    try withExtendedLifetime(owner) { try body(UnsafeBufferPointer(numbers)) }
  }

  /// Three numbers of a row of three, as of `xpos`.
  ///
  /// - Parameter row: Which row, from 0 on.
  public func vector(_ row: Int) -> SIMD3<Double> {
    SIMD3(self[3 * row], self[3 * row + 1], self[3 * row + 2])
  }
}
