/// Where the parts of a space lie in rows, flat rows and masks: the spaces without parts, in order.
///
/// ```swift
/// let cards = SpaceSpec.tuple([.discrete(count: 32, start: 0), .discrete(count: 11, start: 0)])
/// print(cards.layout.leaves.map(\.flat))  // [Range(0..<32), Range(32..<43)]
/// ```
public struct SpaceLayout: Sendable, Equatable {
  /// A space without parts.
  public struct Leaf: Sendable, Equatable {
    /// The names on the way to it with dots between them, numbers in tuples, such as `inventory.stock`; empty if the
    /// whole space has no parts.
    public let name: String
    /// The space; no `tuple` or `dict`.
    public let space: SpaceSpec
    /// Its numbers in a row.
    public let numbers: Range<Int>
    /// Its bytes beside a row.
    public let bytes: Range<Int>
    /// Its numbers in the form a network reads.
    public let flat: Range<Int>
    /// Its flags in a mask; none unless it has choices.
    public let mask: Range<Int>
  }

  /// The spaces without parts, in order.
  public private(set) var leaves: [Leaf] = []

  /// The layout of a space.
  public init(_ space: SpaceSpec) { add(space, name: "") }

  private mutating func add(_ space: SpaceSpec, name: String) {
    func inner(_ part: String) -> String { name.isEmpty ? part : "\(name).\(part)" }
    switch space {
    case .tuple(let parts):
      for (i, part) in parts.enumerated() { add(part, name: inner("\(i)")) }
    case .dict(let parts): for part in parts { add(part.space, name: inner(part.name)) }
    case .box, .discrete, .multiDiscrete, .multiBinary, .bytes:
      func next(_ place: KeyPath<Leaf, Range<Int>>, _ width: Int) -> Range<Int> {
        let start = leaves.last?[keyPath: place].upperBound ?? 0
        let (end, isBeyond) = start.addingReportingOverflow(width)
        return start..<(isBeyond ? Int.max : end)
      }
      leaves.append(
        Leaf(
          name: name, space: space, numbers: next(\.numbers, space.rowWidth),
          bytes: next(\.bytes, space.byteWidth), flat: next(\.flat, space.flatWidth),
          mask: next(\.mask, space.choiceWidth)))
    }
  }

  /// Whether any number of a row is whole: a choice or a flag.
  package var hasChoices: Bool {
    leaves.contains {
      switch $0.space {
      case .discrete, .multiDiscrete, .multiBinary: true
      case .box, .bytes, .tuple, .dict: false
      }
    }
  }

  /// The leaf that has a number of a row.
  func leaf(ofNumber number: Int) -> Leaf? { leaves.first { $0.numbers.contains(number) } }
}

extension SpaceSpec {
  /// Where its parts lie. It is computed anew: keep it instead of asking in a loop.
  public var layout: SpaceLayout { SpaceLayout(self) }
}
