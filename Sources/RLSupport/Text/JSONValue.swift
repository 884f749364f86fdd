/// A JSON value: also what a configuration file, a preset or `--set key=value` says.
public indirect enum JSONValue: Codable, Equatable, Sendable {
  /// The absence of a value.
  case null
  /// A flag.
  case bool(Bool)
  /// A number without a fraction.
  case int(Int)
  /// A number.
  case double(Double)
  /// A word.
  case string(String)
  /// A list.
  case array([JSONValue])
  /// Values by name.
  case object([String: JSONValue])

  /// Reads any JSON.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int.self) {
      self = .int(value)
    } else if let value = try? container.decode(Double.self) {
      self = .double(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  /// Writes the value.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .int(let value): try container.encode(value)
    case .double(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .array(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }

  /// Reads text, with the bare `NaN` and `Infinity` of Python's writer as words.
  package init?(text: [UInt8]) {
    guard let value = try? JSONText.decode(Self.strict(text), as: JSONValue.self)
    else { return nil }
    self = value
  }

  /// The text, with sorted keys.
  package func text(isPretty: Bool = false) -> String {
    (try? JSONText.encode(self, isPretty: isPretty)) ?? "null"
  }

  /// Puts quotes around `NaN`, `Infinity` and `-Infinity` outside of strings.
  package static func strict(_ text: [UInt8]) -> [UInt8] {
    let words = ["-Infinity", "Infinity", "NaN"].map { Array($0.utf8) }
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var isString = false
    var i = 0
    outer: while i < text.count {
      let byte = text[i]
      if isString {
        if byte == UInt8(ascii: "\\"), i + 1 < text.count {
          result.append(byte)
          i += 1
        } else if byte == UInt8(ascii: "\"") {
          isString = false
        }
      } else if byte == UInt8(ascii: "\"") {
        isString = true
      } else {
        for word in words where text[i...].starts(with: word) {
          result += [UInt8(ascii: "\"")] + word + [UInt8(ascii: "\"")]
          i += word.count
          continue outer
        }
      }
      result.append(text[i])
      i += 1
    }
    return result
  }

  package subscript(_ key: String) -> JSONValue? {
    if case .object(let members) = self { members[key] } else { nil }
  }

  package var string: String? { if case .string(let value) = self { value } else { nil } }
  package var int: Int? { if case .int(let value) = self { value } else { nil } }
  package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  package var object: [String: JSONValue]? {
    if case .object(let members) = self { members } else { nil }
  }
  package var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
}

extension JSONValue: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
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
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  /// The absence of a value.
  public init(nilLiteral: ()) { self = .null }
}
