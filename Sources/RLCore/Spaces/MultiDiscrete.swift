public import RLSupport

/// Several integers, component i from 0 to `counts[i] - 1`.
public struct MultiDiscrete: Space {
  /// How many values each component has.
  public let counts: [Int]

  /// A space of `counts.count` components.
  public init(_ counts: [Int]) {
    precondition(
      !counts.isEmpty && counts.allSatisfy { $0 > 0 },
      "MultiDiscrete(\(counts)): every component needs at least one value")
    self.counts = counts
  }

  /// The space as plain data.
  public var spec: SpaceSpec { .multiDiscrete(counts: counts) }

  /// Whether there is one valid integer a component.
  public func contains(_ element: [Int]) -> Bool {
    element.count == counts.count && zip(element, counts).allSatisfy { $0 >= 0 && $0 < $1 }
  }

  /// Each component uniform, as Gymnasium draws them: the fraction of a uniform number.
  public func sample(using rng: inout SeededGenerator) -> [Int] {
    var element: [Int] = []
    for count in counts { element.append(Int(rng.uniform() * Double(count))) }
    return element
  }

  /// Writes one number a component; where there are not as many as components, numbers that are NaN.
  public func encode(_ element: [Int], into row: inout MutableSpan<Float>) {
    guard row.takes(element.count) else { return }
    for i in counts.indices { row[i] = Float(element[i]) }
  }

  /// Reads one number a component; one outside of the space is a precondition failure.
  public func decode(_ row: Span<Float>) -> [Int] {
    var element: [Int] = []
    for (i, count) in counts.enumerated() {
      guard let value = Int(exactly: row[i]), value >= 0, value < count else {
        preconditionFailure("MultiDiscrete(\(counts)): component \(i) cannot be \(row[i])")
      }
      element.append(value)
    }
    return element
  }
}
