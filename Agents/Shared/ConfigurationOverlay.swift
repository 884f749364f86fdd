internal import FoundationEssentials
internal import RLCore
public import RLSupport

extension AgentConfiguration {
  /// The configuration with some hyperparameters replaced.
  ///
  /// - Parameter settings: Values by name.
  /// - Throws: `ConfigurationError` for a name that does not exist (with the nearest one that does) and for
  ///   a value of the wrong type. Ranges are checked by `validate`.
  public func overlaid(by settings: [String: JSONValue]) throws(ConfigurationError) -> Self {
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

  private func replacing(_ key: String, _ value: JSONValue) throws(ConfigurationError)
    -> Self
  {
    var json = jsonObject
    json[key] = value
    do {
      return try JSONDecoder().decode(Self.self, from: JSONEncoder().encode(json))
    } catch {
      var expected = Self().jsonObject[key]?.typeName ?? "a number, or null for none"
      if case .string = json[key], expected == "a number" { expected = "a number or a known word" }
      if expected.contains("word"), let field = Self.fields.first(where: { $0.name == key }) {
        expected += " (\(field.meaning))"
      }
      throw .wrongType(key: key, expected: expected, found: value.word)
    }
  }

  private var jsonObject: [String: JSONValue] {
    guard let data = try? JSONEncoder().encode(self) else { return [:] }
    return (try? JSONDecoder().decode([String: JSONValue].self, from: data)) ?? [:]
  }

  /// Every hyperparameter's value as text, `null` for none.
  public var settings: [(name: String, text: String)] {
    let json = jsonObject
    return Self.fields.map { ($0.name, json[$0.name]?.word ?? "null") }
  }
}

extension JSONValue {
  /// What a value of this kind is called in errors.
  var typeName: String {
    switch self {
    case .int: "a whole number"
    case .double: "a number"
    case .string: "one of its known words"
    case .bool: "true or false"
    case .array: "a list such as [64, 64]"
    case .object: "values by name"
    case .null: "a number, or null for none"
    }
  }
}
