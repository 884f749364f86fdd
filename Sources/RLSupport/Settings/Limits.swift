/// The values that a setting may have.
public struct Limits<Value>: Sendable {
  /// What a value must be, as the end of a sentence: "must be from 0 to 1".
  public let words: String
  /// Whether a value is one of them.
  public let contain: @Sendable (Value) -> Bool

  /// Limits of any kind.
  ///
  /// - Parameters:
  ///   - words: What a value must be, such as "from 0 to 1".
  ///   - contain: Whether a value is that.
  public init(_ words: String, _ contain: @escaping @Sendable (Value) -> Bool) {
    self.words = words
    self.contain = contain
  }

  /// The same for values that may be absent.
  public var orNone: Limits<Value?> {
    Limits<Value?>("\(words), or null for none") { [contain] in $0.map(contain) ?? true }
  }
}

extension Limits where Value: Comparable & SettingValue {
  /// From a lowest to a highest value, both included.
  public static func from(_ low: Value, to high: Value) -> Limits {
    Limits("from \(low.setting.word) to \(high.setting.word)") { low <= $0 && $0 <= high }
  }
}

extension Limits where Value == Int {
  /// No less than that.
  public static func atLeast(_ low: Int) -> Limits {
    Limits("\(low) or more") { $0 >= low }
  }
}

extension Limits where Value == Double {
  /// Finite, and no less than that.
  public static func atLeast(_ low: Double) -> Limits {
    Limits("\(low.setting.word) or more") { $0 >= low && $0.isFinite }
  }
  /// Above zero even in single precision, and finite.
  public static var positive: Limits { Limits("positive") { Float($0) > 0 && $0.isFinite } }
  /// Any number that is finite.
  public static var finite: Limits { Limits("finite", \.isFinite) }
}
