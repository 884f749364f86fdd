/// The values among which a search chooses those of a setting.
public enum SearchRange: Equatable, Sendable {
  /// Numbers from `low` to `high`.
  case real(low: Double, high: Double, Scale)
  /// Whole numbers from `low` to `high`.
  case whole(low: Int, high: Int, Scale)
  /// Values with an order, such as layer widths.
  case ordered([JSONValue])
  /// Values without one, such as activations.
  case choices([JSONValue])

  /// Along what numbers are equally likely.
  public enum Scale: String, CaseIterable, Sendable {
    /// The number itself.
    case linear
    /// The logarithm.
    case log
    /// The logarithm of the distance to 1, for discounts.
    case complement
  }
}

/// How a search varies a setting.
public struct SettingSearch<Root>: Sendable {
  /// The values to choose among.
  public let range: SearchRange
  /// The largest of ordered values that makes sense, given the starting point and the budget.
  public let limit: (@Sendable (Root, Int) -> Int)?
  /// Settings that follow, having the same value.
  public let followers: [any PartialKeyPath<Root> & Sendable]

  /// A way of varying a setting.
  ///
  /// - Parameters:
  ///   - range: The values to choose among.
  ///   - followers: Settings that always get the same value.
  ///   - limit: The largest of ordered values that makes sense, given the starting point and the budget;
  ///     the first one is tried at any rate.
  public init(
    _ range: SearchRange, followers: [any PartialKeyPath<Root> & Sendable] = [],
    upTo limit: (@Sendable (Root, Int) -> Int)? = nil
  ) {
    self.range = range
    self.followers = followers
    self.limit = limit
  }

  /// Numbers.
  public static func numbers(
    _ range: ClosedRange<Double>, _ scale: SearchRange.Scale = .linear
  ) -> SettingSearch {
    SettingSearch(.real(low: range.lowerBound, high: range.upperBound, scale))
  }

  /// Whole numbers.
  public static func whole(_ range: ClosedRange<Int>, _ scale: SearchRange.Scale = .linear)
    -> SettingSearch
  {
    SettingSearch(.whole(low: range.lowerBound, high: range.upperBound, scale))
  }

  /// Values with an order.
  public static func ordered(
    _ values: [JSONValue], followers: [any PartialKeyPath<Root> & Sendable] = [],
    upTo limit: (@Sendable (Root, Int) -> Int)? = nil
  ) -> SettingSearch {
    SettingSearch(.ordered(values), followers: followers, upTo: limit)
  }

  /// Values without an order.
  public static func choices(_ values: [JSONValue]) -> SettingSearch {
    SettingSearch(.choices(values))
  }

  /// The values that make sense, given the starting point and the budget.
  public func range(from start: Root, budget: Int) -> SearchRange {
    guard case .ordered(let values) = range, let limit = limit?(start, budget) else { return range }
    return .ordered(
      values.prefix(1) + values.dropFirst().filter { ($0.int ?? Int.max) <= limit })
  }
}
