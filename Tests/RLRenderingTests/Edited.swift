import Foundation
import Testing

/// The environment with other values in some of its coded fields.
func edited<E: Codable>(_ environment: E, _ values: [String: Any]) throws -> E {
  let coded = try JSONSerialization.jsonObject(with: JSONEncoder().encode(environment))
  var fields = try #require(coded as? [String: Any])
  for (name, value) in values { fields[name] = value }
  return try JSONDecoder().decode(E.self, from: JSONSerialization.data(withJSONObject: fields))
}
