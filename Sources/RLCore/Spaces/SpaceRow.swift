/// A value of any space as rows carry it: numbers and bytes, part after part.
///
/// ```swift
/// let space = SpaceSpec.dict([
///   .init("stock", .box(shape: [2], low: [0, 0], high: [9, 9])),
///   .init("season", .discrete(count: 4, start: 0)),
/// ])
/// print(space.flatten([2.5, 7, 3]))  // [2.5, 7.0, 0.0, 0.0, 0.0, 1.0]
/// ```
public struct SpaceRow: Sendable, Equatable, ExpressibleByArrayLiteral {
  /// The numbers, `rowWidth` of the space.
  public var numbers: [Float]
  /// The bytes, `byteWidth` of the space.
  public var bytes: [UInt8]

  /// A row of numbers and bytes.
  public init(_ numbers: [Float], bytes: [UInt8] = []) {
    (self.numbers, self.bytes) = (numbers, bytes)
  }

  /// A row of numbers.
  public init(arrayLiteral elements: Float...) { self.init(elements) }
}

extension SpaceSpec {
  /// Whether a row is that of a value of the space.
  public func contains(_ row: SpaceRow) -> Bool {
    guard row.numbers.count == rowWidth, row.bytes.count == byteWidth else { return false }
    return layout.leaves.allSatisfy {
      $0.space.holds(row.numbers[$0.numbers], row.bytes[$0.bytes])
    }
  }

  /// Whether the numbers and bytes of a leaf are in it.
  private func holds(_ numbers: ArraySlice<Float>, _ bytes: ArraySlice<UInt8>) -> Bool {
    func isIndex(_ x: Float, _ start: Int, _ count: Int) -> Bool {
      x == x.rounded(.down) && x >= Float(start) && x < Float(start) + Float(count)
    }
    switch self {
    case .box(_, let low, let high):
      return zip(numbers, zip(low, high)).allSatisfy { $0 >= $1.0 && $0 <= $1.1 }
    case .discrete(let count, let start): return numbers.allSatisfy { isIndex($0, start, count) }
    case .multiDiscrete(let counts): return zip(numbers, counts).allSatisfy { isIndex($0, 0, $1) }
    case .multiBinary: return numbers.allSatisfy { $0 == 0 || $0 == 1 }
    case .bytes(_, let low, let high): return bytes.allSatisfy { $0 >= low && $0 <= high }
    case .tuple, .dict: return false
    }
  }
}
