internal import RLCore
public import RLSupport
#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension AgentConfiguration {
  /// The configuration with some hyperparameters replaced.
  ///
  /// - Parameter settings: Values by name.
  /// - Throws: `ConfigurationError` for a name that does not exist (with the nearest one that does) and for
  ///   a value of the wrong type. Ranges are checked by `validate`.
  public func overlaid(by settings: [String: ConfigurationValue]) throws(ConfigurationError) -> Self
  {
    let names = Self.fields.map(\.name)
    var result = self
    for (key, value) in settings.sorted(by: { $0.key < $1.key }) {
      guard names.contains(key) else {
        throw .unknownKey(key, suggestion: nearest(to: key, among: names))
      }
      result = try result.replacing(key, value)
    }
    return result
  }

  private func replacing(_ key: String, _ value: ConfigurationValue) throws(ConfigurationError)
    -> Self
  {
    var json = jsonObject
    json[key] = JSON(value)
    do {
      return try JSONDecoder().decode(Self.self, from: JSONEncoder().encode(json))
    } catch {
      var expected = Self().jsonObject[key]?.typeName ?? "a number, or null for none"
      if case .string = json[key], expected == "a number" { expected = "a number or a known word" }
      if expected.contains("word"), let field = Self.fields.first(where: { $0.name == key }) {
        expected += " (\(field.meaning))"
      }
      throw .wrongType(key: key, expected: expected, found: JSON(value).text)
    }
  }

  private var jsonObject: [String: JSON] {
    guard let data = try? JSONEncoder().encode(self) else { return [:] }
    return (try? JSONDecoder().decode([String: JSON].self, from: data)) ?? [:]
  }

  /// Every hyperparameter's value as text, `null` for none.
  public var settings: [(name: String, text: String)] {
    let json = jsonObject
    return Self.fields.map { ($0.name, json[$0.name]?.text ?? "null") }
  }
}

/// A JSON value, to put single values into an encoded configuration.
private enum JSON: Codable {
  case int(Int)
  case number(Double)
  case string(String)
  case bool(Bool)
  case array([JSON])
  case null

  init(_ value: ConfigurationValue) {
    switch value {
    case .int(let x): self = .int(x)
    case .double(let x): self = .number(x)
    case .string(let x): self = .string(x)
    case .bool(let x): self = .bool(x)
    case .array(let x): self = .array(x.map { JSON($0) })
    case .null: self = .null
    }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let x = try? container.decode(Bool.self) {
      self = .bool(x)
    } else if let x = try? container.decode(Int.self) {
      self = .int(x)
    } else if let x = try? container.decode(Double.self) {
      self = .number(x)
    } else if let x = try? container.decode(String.self) {
      self = .string(x)
    } else {
      self = .array(try container.decode([JSON].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .int(let x): try container.encode(x)
    case .number(let x): try container.encode(x)
    case .string(let x): try container.encode(x)
    case .bool(let x): try container.encode(x)
    case .array(let x): try container.encode(x)
    case .null: try container.encodeNil()
    }
  }

  var typeName: String {
    switch self {
    case .int: "a whole number"
    case .number: "a number"
    case .string: "one of its known words"
    case .bool: "true or false"
    case .array: "a list such as [64, 64]"
    case .null: "a number, or null for none"
    }
  }

  var text: String {
    switch self {
    case .int(let x): "\(x)"
    case .number(let x): "\(x)"
    case .string(let x): x
    case .bool(let x): "\(x)"
    case .array(let x): "[\(x.map(\.text).joined(separator: ", "))]"
    case .null: "null"
    }
  }
}
