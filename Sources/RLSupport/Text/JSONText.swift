internal import FoundationEssentials

/// Values as JSON, with their keys in order; numbers that are none, which JSON does not know, are words.
public enum JSONText {
  /// A value as JSON.
  ///
  /// - Parameters:
  ///   - value: The value.
  ///   - isPretty: Whether it has lines.
  public static func encode(_ value: some Encodable, isPretty: Bool = false) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// Reads what `encode` wrote.
  public static func decode<Value: Decodable>(
    _ bytes: some Sequence<UInt8>, as type: Value.Type = Value.self
  ) throws -> Value {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try decoder.decode(type, from: Data(bytes))
  }
}
