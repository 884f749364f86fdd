public import RLSupport

/// One of `count` integers from `start` on.
public struct Discrete: Space {
  /// How many values there are.
  public let count: Int
  /// The smallest value.
  public let start: Int

  /// `count` integers from `start` on.
  public init(_ count: Int, start: Int = 0) {
    precondition(count > 0, "Discrete(\(count)): there must be at least one value")
    self.count = count
    self.start = start
  }

  /// The space as plain data.
  public var spec: SpaceSpec { .discrete(count: count, start: start) }

  /// Whether the integer is one of the values.
  @inlinable public func contains(_ element: Int) -> Bool {
    element >= start && element - start < count
  }

  /// Each value with equal probability; the number that Gymnasium draws for the same generator.
  public func sample(using rng: inout SeededGenerator) -> Int {
    start + rng.integer(below: count)
  }

  /// Each allowed value with equal probability; `start` if none is allowed.
  ///
  /// - Parameters:
  ///   - mask: One flag a value.
  ///   - rng: What is drawn from.
  public func sample(mask: [Bool], using rng: inout SeededGenerator) -> Int {
    precondition(mask.count == count, "Discrete(\(count)): the mask has \(mask.count) flags")
    let allowed = mask.indices.filter { mask[$0] }
    return allowed.isEmpty ? start : start + allowed[rng.integer(below: allowed.count)]
  }

  /// Each value with its own probability.
  ///
  /// - Parameters:
  ///   - probabilities: One a value, summing to one.
  ///   - rng: What is drawn from.
  public func sample(probabilities: [Double], using rng: inout SeededGenerator) -> Int {
    precondition(
      probabilities.count == count && abs(probabilities.reduce(0, +) - 1) < 1e-6,
      "Discrete(\(count)): needs \(count) probabilities that sum to 1")
    let draw = rng.uniform()
    var total = 0.0
    for (i, probability) in probabilities.enumerated() {
      total += probability
      if total > draw { return start + i }
    }
    return start + (probabilities.lastIndex { $0 > 0 } ?? 0)
  }

  /// Writes the value itself, not its one-hot code.
  @inlinable public func encode(_ element: Int, into row: inout MutableSpan<Float>) {
    assert(row.count == 1, "Discrete(\(count)): a row has \(row.count) numbers")
    row[unchecked: 0] = Float(element)
  }

  /// Reads the value; one outside of the space is a precondition failure.
  @inlinable public func decode(_ row: Span<Float>) -> Int {
    assert(row.count == 1, "Discrete(\(count)): a row has \(row.count) numbers")
    guard let value = Int(exactly: row[unchecked: 0]), contains(value) else {
      preconditionFailure("Discrete(\(count), start: \(start)): \(row[0]) is not in the space")
    }
    return value
  }
}
