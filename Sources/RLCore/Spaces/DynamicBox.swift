public import RLSupport

/// Real numbers between bounds; how many is known only at run time.
public struct DynamicBox: Space {
  /// The numbers, row-major if the shape has several dimensions.
  public typealias Element = [Float]

  /// The extents.
  public let shape: [Int]
  /// The lower bounds; may be infinite.
  public let low: [Float]
  /// The upper bounds; may be infinite.
  public let high: [Float]

  /// Bounds for each number.
  public init(low: [Float], high: [Float], shape: [Int]? = nil) {
    let shape = shape ?? [low.count]
    precondition(
      low.count == high.count && shape.reduce(1, *) == low.count,
      "DynamicBox: \(low.count) lower and \(high.count) upper bounds do not fill \(shape)")
    precondition(
      zip(low, high).allSatisfy { $0 <= $1 }, "DynamicBox: a lower bound exceeds its upper bound")
    self.shape = shape
    self.low = low
    self.high = high
  }

  /// The same bounds for every number.
  public init(_ bounds: ClosedRange<Float>, shape: [Int]) {
    let count = shape.reduce(1, *)
    self.init(
      low: Array(repeating: bounds.lowerBound, count: count),
      high: Array(repeating: bounds.upperBound, count: count), shape: shape)
  }

  /// The space as plain data.
  public var spec: SpaceSpec { .box(shape: shape, low: low, high: high) }

  /// Whether there are as many numbers as the shape says, each within its bounds.
  public func contains(_ element: [Float]) -> Bool {
    element.count == low.count
      && element.indices.allSatisfy { element[$0] >= low[$0] && element[$0] <= high[$0] }
  }

  /// Uniform between finite bounds, normal without bounds, exponential from a single bound.
  public func sample(using rng: inout SeededGenerator) -> [Float] {
    var element = [Float](repeating: 0, count: low.count)
    boxSample(low: low, high: high, using: &rng) { element[$0] = $1 }
    return element
  }

  /// Writes the numbers; where there are not as many as the shape says, numbers that are NaN.
  public func encode(_ element: [Float], into row: inout MutableSpan<Float>) {
    guard row.takes(element.count) else { return }
    for i in low.indices { row[i] = element[i] }
  }

  /// Reads the numbers as they are, in bounds or not.
  public func decode(_ row: Span<Float>) -> [Float] {
    low.indices.map { row[$0] }
  }
}
