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
