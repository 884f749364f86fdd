/// What can be wrong with settings.
public enum SettingsError: Error, Equatable, CustomStringConvertible {
  /// No such setting.
  case unknown(name: String, known: [String])
  /// A setting by two names at a time.
  case twice(name: String, peer: String)
  /// A value of the wrong type.
  case wrongType(name: String, expected: String, found: String)
  /// A value out of its limits, or values that do not go together.
  case invalid(name: String, String)

  /// The names of the settings that it is about.
  public var names: [String] {
    switch self {
    case .unknown(let name, _), .wrongType(let name, _, _), .invalid(let name, _): [name]
    case .twice(let name, let peer): [name, peer]
    }
  }

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .unknown(let name, let known):
      "There is no setting '\(name)'."
        + (nearest(to: name, among: known).map { " Did you mean '\($0)'?" }
          ?? (known.isEmpty ? "" : " There is: \(known.joined(separator: ", "))."))
    case .twice(let name, let peer):
      "'\(name)' and '\(peer)' are the same setting; give one of them."
    case .wrongType(let name, let expected, let found):
      "'\(name)' must be \(expected), not \(found)."
    case .invalid(let name, let problem):
      "'\(name)' \(problem)."
    }
  }
}
