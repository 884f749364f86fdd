public import RLSupport

/// The cases of an enumeration as a discrete space: case number i is value i.
///
/// ```swift
/// enum Move: CaseIterable { case left, right }
/// let space = Choice<Move>()  // as discrete as Discrete(2)
/// ```
public struct Choice<Case: CaseIterable & Equatable & Sendable>: Space {
  /// The cases in order.
  public let cases: [Case]

  /// All cases.
  public init() {
    cases = Array(Case.allCases)
    precondition(!cases.isEmpty, "Choice<\(Case.self)>: the enumeration has no cases")
  }

  /// The space as plain data.
  public var spec: SpaceSpec { .discrete(count: cases.count, start: 0) }

  /// Every case is in the space.
  @inlinable public func contains(_ element: Case) -> Bool { cases.contains(element) }

  /// Each case with equal probability.
  public func sample(using rng: inout SeededGenerator) -> Case {
    cases[rng.integer(below: cases.count)]
  }

  /// Writes the case's number.
  @inlinable public func encode(_ element: Case, into row: inout MutableSpan<Float>) {
    row[0] = Float(cases.firstIndex(of: element) ?? 0)
  }

  /// Reads the case of that number; a number without a case is a precondition failure.
  @inlinable public func decode(_ row: Span<Float>) -> Case {
    assert(row.count == 1, "Choice<\(Case.self)>: a row has \(row.count) numbers")
    guard let number = Int(exactly: row[unchecked: 0]), number >= 0, number < cases.count else {
      preconditionFailure("Choice<\(Case.self)>: there is no case number \(row[0])")
    }
    return cases[number]
  }
}
