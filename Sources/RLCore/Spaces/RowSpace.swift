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
  public func contains(_ element: [Float]) -> Bool { spec.contains(SpaceRow(element)) }

  /// Draws a row, as the space of that kind draws a value.
  public func sample(using rng: inout SeededGenerator) -> [Float] {
    spec.sample(using: &rng).numbers
  }

  /// Draws a row of allowed choices, each as likely as any other.
  ///
  /// - Parameters:
  ///   - mask: One flag a choice, component by component; without flags every choice is allowed. A component without
  ///     an allowed choice gets its first one.
  ///   - rng: What is drawn from.
  public func sample(mask: [Bool], using rng: inout SeededGenerator) -> [Float] {
    spec.sample(mask: mask, using: &rng).numbers
  }

  /// Writes the numbers; where there are not as many as in a row, numbers that are NaN.
  public func encode(_ element: [Float], into row: inout MutableSpan<Float>) {
    guard row.takes(element.count) else { return }
    for (i, value) in element.enumerated() { row[i] = value }
  }

  /// Reads the numbers.
  public func decode(_ row: Span<Float>) -> [Float] { row.indices.map { row[$0] } }
}
