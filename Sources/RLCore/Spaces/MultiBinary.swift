public import RLSupport

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
    // NumPy takes four 8-bit integers from each 32-bit word; the top bit of each is the flag.
    var word: UInt32 = 0
    for i in 0..<count {
      word = i % 4 == 0 ? rng.next32() : word >> 8
      element.append(word & 0x80 != 0)
    }
    return element
  }

  /// Writes 0 or 1 a flag; where there are not as many as there should be, numbers that are NaN.
  public func encode(_ element: [Bool], into row: inout MutableSpan<Float>) {
    guard row.takes(element.count) else { return }
    for i in 0..<count { row[i] = element[i] ? 1 : 0 }
  }

  /// Reads the flags; anything from one half up is set.
  public func decode(_ row: Span<Float>) -> [Bool] {
    (0..<count).map { row[$0] >= 0.5 }
  }
}
