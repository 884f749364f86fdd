/// A space as plain data: what agents, files and the command line need to know of it.
public enum SpaceSpec: Sendable, Equatable {
  /// Real numbers between bounds, row-major; bounds may be infinite.
  case box(shape: [Int], low: [Float], high: [Float])
  /// One of `count` integers from `start` on.
  case discrete(count: Int, start: Int)
  /// One integer from zero on for each component.
  case multiDiscrete(counts: [Int])
  /// `count` flags.
  case multiBinary(count: Int)

  /// Why rows of single-precision numbers cannot carry the values, as the end of a sentence; `nil` if they can.
  public var rowProblem: String? {
    let ranges: [(start: Int, count: Int)] =
      switch self {
      case .box, .multiBinary: []
      case .discrete(let count, let start): [(start, count)]
      case .multiDiscrete(let counts): counts.map { (0, $0) }
      }
    let isExact = ranges.allSatisfy { start, count in
      let (end, isBeyond) = start.addingReportingOverflow(count)
      return start >= -1 << 24 && !isBeyond && end <= 1 << 24
    }
    return isExact
      ? nil
      : "\(self) has values beyond 16,777,216, which run together in rows of single-precision numbers; number them from 0 on, or split them into the components of a MultiDiscrete"
  }

  /// The numbers in a row that carries one value.
  public var rowWidth: Int {
    switch self {
    case .box(let shape, _, _): shape.reduce(1, *)
    case .discrete: 1
    case .multiDiscrete(let counts): counts.count
    case .multiBinary(let count): count
    }
  }

  /// The numbers in the form a network reads: discrete values one-hot, the rest as they are.
  public var flatWidth: Int {
    switch self {
    case .box(let shape, _, _): shape.reduce(1, *)
    case .discrete(let count, _): count
    case .multiDiscrete(let counts): counts.reduce(0, +)
    case .multiBinary(let count): count
    }
  }
}
