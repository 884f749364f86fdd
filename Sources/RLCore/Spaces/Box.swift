public import RLSupport

/// Real numbers between bounds, a fixed count of them, without heap memory.
///
/// ```swift
/// let space = Box<2>(low: [-1, 0], high: [1, .infinity])
/// print(space.contains([0.5, 30]))  // true
/// ```
public struct Box<let count: Int>: Space {
  /// The numbers, row-major if the shape has several dimensions.
  public typealias Element = InlineArray<count, Float>

  /// The extents; their product is `count`.
  public let shape: [Int]
  /// The lower bounds; may be infinite.
  public let low: [Float]
  /// The upper bounds; may be infinite.
  public let high: [Float]

  /// The same bounds for every number.
  public init(_ bounds: ClosedRange<Float>, shape: [Int]? = nil) {
    self.init(
      low: Array(repeating: bounds.lowerBound, count: count),
      high: Array(repeating: bounds.upperBound, count: count), shape: shape)
  }

  /// Bounds for each number.
  public init(low: [Float], high: [Float], shape: [Int]? = nil) {
    let shape = shape ?? [count]
    precondition(
      low.count == count && high.count == count && shape.reduce(1, *) == count,
      "Box<\(count)>: \(low.count) lower and \(high.count) upper bounds of shape \(shape) do not fit"
    )
    precondition(
      zip(low, high).allSatisfy { $0 <= $1 }, "Box<\(count)>: a lower bound exceeds its upper bound"
    )
    self.low = low
    self.high = high
    self.shape = shape
  }

  /// The space as plain data.
  public var spec: SpaceSpec { .box(shape: shape, low: low, high: high) }

  /// Whether every number is within its bounds; not a number never is.
  public func contains(_ element: Element) -> Bool {
    for i in 0..<count where !(element[i] >= low[i] && element[i] <= high[i]) { return false }
    return true
  }

  /// Uniform between finite bounds, normal without bounds, exponential from a single bound.
  public func sample(using rng: inout SeededGenerator) -> Element {
    var element = Element(repeating: 0)
    boxSample(low: low, high: high, using: &rng) { element[$0] = $1 }
    return element
  }

  /// Writes the numbers.
  @inlinable public func encode(_ element: Element, into row: inout MutableSpan<Float>) {
    assert(row.count == count, "Box<\(count)>: a row has \(row.count) numbers")
    for i in 0..<count { row[unchecked: i] = element[i] }
  }

  /// Reads the numbers as they are, in bounds or not.
  @inlinable public func decode(_ row: Span<Float>) -> Element {
    var element = Element(repeating: 0)
    assert(row.count == count, "Box<\(count)>: a row has \(row.count) numbers")
    for i in 0..<count { element[i] = row[unchecked: i] }
    return element
  }
}

/// Draws a `Box` in Gymnasium's order: numbers without bounds first, then those with a lower bound alone,
/// with an upper bound alone, and with both.
func boxSample(
  low: [Float], high: [Float], using rng: inout SeededGenerator, into assign: (Int, Float) -> Void
) {
  for i in low.indices where !low[i].isFinite && !high[i].isFinite {
    assign(i, Float(rng.normal()))
  }
  for i in low.indices where low[i].isFinite && !high[i].isFinite {
    assign(i, Float(rng.exponential() + Double(low[i])))
  }
  for i in low.indices where !low[i].isFinite && high[i].isFinite {
    assign(i, Float(-rng.exponential() + Double(high[i])))
  }
  for i in low.indices where low[i].isFinite && high[i].isFinite {
    // Rounding to single precision may reach the upper bound, not pass it.
    let value = Float(rng.uniform(Double(low[i]), Double(high[i])))
    assign(i, min(high[i], max(low[i], value)))
  }
}
