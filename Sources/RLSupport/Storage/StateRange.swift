/// What restored numbers must be, so that what goes on with them cannot fail: a state may be of another program,
/// or made up.
///
/// ```swift
/// try state.rows("elapsed", &elapsed, within: .counts)
/// try state.array("dice", &dice, within: .within(1...6))
/// ```
public struct StateRange<Number: StateNumber>: Sendable {
  /// What is wrong with numbers, such as "number 3 is -1, not 0 or more"; `nil` if nothing is.
  let problem: @Sendable ([Number]) -> String?

  /// A range by a function.
  ///
  /// - Parameter problem: What is wrong with numbers, such as "number 3 is -1, not 0 or more"; `nil` if
  ///   nothing is.
  public init(_ problem: @escaping @Sendable ([Number]) -> String?) { self.problem = problem }

  /// A range of numbers that are judged one by one.
  ///
  /// - Parameters:
  ///   - words: What a number must be: "0 or more".
  ///   - isPossible: Whether a number is that.
  public init(each words: String, _ isPossible: @escaping @Sendable (Number) -> Bool) {
    problem = { numbers in
      guard let i = numbers.firstIndex(where: { !isPossible($0) }) else { return nil }
      return "number \(i) is \(numbers[i]), not \(words)"
    }
  }

  /// Throws `StateError.invalid` unless numbers are in the range.
  ///
  /// - Parameters:
  ///   - numbers: The restored numbers.
  ///   - name: Their name, for the error.
  public func check(_ numbers: [Number], _ name: String) throws(StateError) {
    if let problem = problem(numbers) { throw .invalid(name, problem) }
  }

  /// Whatever there is.
  public static var any: StateRange { StateRange { _ in nil } }
}

extension StateRange where Number: Comparable & Sendable {
  /// Numbers between two bounds, these included.
  public static func within(_ range: ClosedRange<Number>) -> StateRange {
    StateRange(each: "from \(range.lowerBound) to \(range.upperBound)") { range.contains($0) }
  }
}

extension StateRange where Number: FixedWidthInteger {
  /// Counts: 0 to 2^53, so that counting on cannot overflow.
  public static var counts: StateRange {
    StateRange(each: "a count from 0 to 2^53") { $0 >= 0 && Int64(clamping: $0) <= 1 << 53 }
  }

  /// Counts that start anew when they reach a limit: 0 to the limit less one; ``counts`` without a limit.
  public static func counts(below limit: Int?) -> StateRange {
    guard let limit else { return .counts }
    return StateRange(each: "a count from 0 to \(limit - 1)") {
      $0 >= 0 && Int64(clamping: $0) < limit
    }
  }
}

extension StateRange where Number: BinaryFloatingPoint {
  /// Numbers that are finite.
  public static var finite: StateRange { StateRange(each: "finite", \.isFinite) }
}
