/// A type of values that settings can have: it reads and writes the forms in files and on command lines.
public protocol SettingValue: Sendable {
  /// What is expected, as the end of a sentence that begins with "must be".
  static var expected: String { get }
  /// The forms that a sheet names after the meaning, such as the words of an enumeration; `nil` where the
  /// default shows the form.
  static var forms: String? { get }
  /// Reads a value; `nil` if it has the wrong type.
  init?(setting: JSONValue)
  /// The value in files.
  var setting: JSONValue { get }
}

extension SettingValue {
  /// None.
  public static var forms: String? { nil }
}

extension Int: SettingValue {
  /// What is expected.
  public static var expected: String { "a whole number" }
  /// Takes numbers without a fraction.
  public init?(setting: JSONValue) {
    switch setting {
    case .int(let value): self = value
    case .double(let value): self.init(exactly: value)
    default: return nil
    }
  }
  /// A number.
  public var setting: JSONValue { .int(self) }
}

extension Double: SettingValue {
  /// What is expected.
  public static var expected: String { "a number" }
  /// Takes any number.
  public init?(setting: JSONValue) {
    switch setting {
    case .int(let value): self.init(value)
    case .double(let value): self = value
    default: return nil
    }
  }
  /// A number; one without a fraction is written as such.
  public var setting: JSONValue {
    abs(self) < 0x1p53 && self == rounded() ? .int(Int(self)) : .double(self)
  }
}

extension Float: SettingValue {
  /// What is expected.
  public static var expected: String { Double.expected }
  /// Takes any number, which is rounded.
  public init?(setting: JSONValue) {
    guard let value = Double(setting: setting) else { return nil }
    self.init(value)
  }
  /// A number, with no more digits than tell it from its neighbours.
  public var setting: JSONValue { (Double("\(self)") ?? Double(self)).setting }
}

extension Bool: SettingValue {
  /// What is expected.
  public static var expected: String { "true or false" }
  /// Takes `true` and `false`.
  public init?(setting: JSONValue) {
    guard case .bool(let value) = setting else { return nil }
    self = value
  }
  /// A flag.
  public var setting: JSONValue { .bool(self) }
}

extension String: SettingValue {
  /// What is expected.
  public static var expected: String { "a word" }
  /// Takes words.
  public init?(setting: JSONValue) {
    guard case .string(let value) = setting else { return nil }
    self = value
  }
  /// A word.
  public var setting: JSONValue { .string(self) }
}

extension Optional: SettingValue where Wrapped: SettingValue {
  /// What is expected.
  public static var expected: String { "\(Wrapped.expected), or null for none" }
  /// Those of a value.
  public static var forms: String? { Wrapped.forms }
  /// Takes values, `null`, and Python's `None` where it is no value.
  public init?(setting: JSONValue) {
    if let value = Wrapped(setting: setting) {
      self = value
    } else {
      guard setting == .null || setting == .string("None") else { return nil }
      self = .none
    }
  }
  /// The value, or `null`.
  public var setting: JSONValue { self?.setting ?? .null }
}

extension Array: SettingValue where Element: SettingValue {
  /// What is expected.
  public static var expected: String {
    Element.self is any Numeric.Type
      ? "a list such as [64, 64]" : "a list of which each is \(Element.expected)"
  }
  /// Takes lists, and words that commas part: `128,128`.
  public init?(setting: JSONValue) {
    let items: [JSONValue]
    switch setting {
    case .array(let values): items = values
    case .string(let text) where text.contains(","):
      items = JSONValue.items(of: text)
    default: return nil
    }
    self = []
    for item in items {
      guard let value = Element(setting: item) else { return nil }
      append(value)
    }
  }
  /// A list.
  public var setting: JSONValue { .array(map(\.setting)) }
}

extension SettingValue where Self: RawRepresentable & CaseIterable, RawValue == String {
  /// The words.
  public static var expected: String { words }
  /// The words.
  public static var forms: String? { words }
  /// Takes the raw values.
  public init?(setting: JSONValue) {
    guard case .string(let word) = setting else { return nil }
    self.init(rawValue: word)
  }
  /// The raw value.
  public var setting: JSONValue { .string(rawValue) }

  private static var words: String {
    let words = allCases.map(\.rawValue)
    return words.count < 2
      ? words.joined()
      : words.dropLast().joined(separator: ", ") + " or " + words[words.count - 1]
  }
}
