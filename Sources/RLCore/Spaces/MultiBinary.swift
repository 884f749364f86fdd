/// A fixed number of flags.
public struct MultiBinary: Space {
  /// How many flags there are.
  public let count: Int

  /// `count` flags.
  public init(_ count: Int) {
    precondition(count > 0, "MultiBinary(\(count)): there must be at least one flag")
    self.count = count
  }

  /// The space as plain data.
  public var spec: SpaceSpec { .multiBinary(count: count) }

  /// Whether there are as many flags as there should be.
  public func contains(_ element: [Bool]) -> Bool { element.count == count }

  /// Each flag set with probability one half.
  public func sample(using rng: inout SeededGenerator) -> [Bool] {
    var element: [Bool] = []
    for _ in 0..<count { element.append(rng.integer(below: 2) == 1) }
    return element
  }

  /// Writes 0 or 1 a flag.
  public func encode(_ element: [Bool], into row: UnsafeMutableBufferPointer<Float>) {
    for i in 0..<count { row[i] = element[i] ? 1 : 0 }
  }

  /// Reads the flags; anything from one half up is set.
  public func decode(_ row: UnsafeBufferPointer<Float>) -> [Bool] {
    (0..<count).map { row[$0] >= 0.5 }
  }
}
