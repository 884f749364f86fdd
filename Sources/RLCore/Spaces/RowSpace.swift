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

  /// Writes the numbers.
  public func encode(_ element: [Float], into row: inout MutableSpan<Float>) {
    for (i, value) in element.enumerated() { row[i] = value }
  }

  /// Reads the numbers.
  public func decode(_ row: Span<Float>) -> [Float] { row.indices.map { row[$0] } }
}
