/// A flag that saved states have only where it is false: those of programs that did not know it stay as they are.
@propertyWrapper public struct AbsentIfTrue: Sendable, Codable {
  /// The flag.
  public var wrappedValue: Bool

  /// A flag.
  public init(wrappedValue: Bool) { self.wrappedValue = wrappedValue }

  /// Reads the flag itself.
  public init(from decoder: any Decoder) throws {
    wrappedValue = try decoder.singleValueContainer().decode(Bool.self)
  }

  /// Writes the flag itself.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(wrappedValue)
  }
}

// What the compiler writes for `Codable` calls these.
extension KeyedDecodingContainer {
  func decode(_: AbsentIfTrue.Type, forKey key: Key) throws -> AbsentIfTrue {
    try decodeIfPresent(AbsentIfTrue.self, forKey: key) ?? AbsentIfTrue(wrappedValue: true)
  }
}

extension KeyedEncodingContainer {
  mutating func encode(_ flag: AbsentIfTrue, forKey key: Key) throws {
    if !flag.wrappedValue { try encode(false, forKey: key) }
  }
}
