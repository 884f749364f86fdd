public import RLSupport

/// Any space whose values are taken as rows of numbers: what wrapped environments speak.
public struct RowSpace: Space {
  /// A row of `spec.rowWidth` numbers.
  public typealias Element = [Float]
  /// The space as plain data.
  public let spec: SpaceSpec

  /// The rows of a space.
  public init(_ spec: SpaceSpec) { self.spec = spec }

  /// Whether the row is one that the space's values are written as.
  public func contains(_ element: [Float]) -> Bool {
    guard element.count == spec.rowWidth else { return false }
    func isIndex(_ x: Float, _ start: Int, _ count: Int) -> Bool {
      x == x.rounded(.down) && x >= Float(start) && x < Float(start + count)
    }
    switch spec {
    case .box(_, let low, let high):
      return element.indices.allSatisfy { element[$0] >= low[$0] && element[$0] <= high[$0] }
    case .discrete(let count, let start): return isIndex(element[0], start, count)
    case .multiDiscrete(let counts):
      return element.indices.allSatisfy { isIndex(element[$0], 0, counts[$0]) }
    case .multiBinary: return element.allSatisfy { $0 == 0 || $0 == 1 }
    }
  }

  /// Draws a row, as the space of that kind draws a value.
  public func sample(using rng: inout SeededGenerator) -> [Float] {
    switch spec {
    case .box(let shape, let low, let high):
      return DynamicBox(low: low, high: high, shape: shape).sample(using: &rng)
    case .discrete(let count, let start):
      return [Float(Discrete(count, start: start).sample(using: &rng))]
    case .multiDiscrete(let counts):
      return MultiDiscrete(counts).sample(using: &rng).map { Float($0) }
    case .multiBinary(let count):
      return MultiBinary(count).sample(using: &rng).map { $0 ? 1 : 0 }
    }
  }

  /// Draws a row of allowed choices, each as likely as any other.
  ///
  /// - Parameters:
  ///   - mask: One flag a choice, component by component; without flags every choice is allowed. A component without
  ///     an allowed choice gets its first one.
  ///   - rng: What is drawn from.
  public func sample(mask: [Bool], using rng: inout SeededGenerator) -> [Float] {
    switch spec {
    case .discrete(let count, let start) where !mask.isEmpty:
      return [Float(Discrete(count, start: start).sample(mask: mask, using: &rng))]
    case .multiDiscrete(let counts) where !mask.isEmpty:
      var first = 0
      return counts.map { count in
        defer { first += count }
        let part = Array(mask[first..<first + count])
        return Float(Discrete(count).sample(mask: part, using: &rng))
      }
    default: return sample(using: &rng)
    }
  }

  /// Writes the numbers; where there are not as many as in a row, numbers that are NaN.
  public func encode(_ element: [Float], into row: inout MutableSpan<Float>) {
    guard row.takes(element.count) else { return }
    for (i, value) in element.enumerated() { row[i] = value }
  }

  /// Reads the numbers.
  public func decode(_ row: Span<Float>) -> [Float] { row.indices.map { row[$0] } }
}
