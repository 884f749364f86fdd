/// A value in a configuration file, a preset or a `--set` option.
public enum ConfigurationValue: Sendable, Equatable {
  /// A number without a fraction.
  case int(Int)
  /// A number.
  case double(Double)
  /// A word, such as the name of an activation or a schedule.
  case string(String)
  /// A flag.
  case bool(Bool)
  /// A list, such as layer widths.
  case array([ConfigurationValue])
  /// The absence of a value, such as "no target KL".
  case null
}

extension ConfigurationValue: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
  ExpressibleByNilLiteral
{
  /// A number without a fraction.
  public init(integerLiteral value: Int) { self = .int(value) }
  /// A number.
  public init(floatLiteral value: Double) { self = .double(value) }
  /// A word.
  public init(stringLiteral value: String) { self = .string(value) }
  /// A flag.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// A list.
  public init(arrayLiteral elements: ConfigurationValue...) { self = .array(elements) }
  /// The absence of a value.
  public init(nilLiteral: ()) { self = .null }
}
