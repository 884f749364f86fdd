/// All hyperparameters of an agent: a plain value with defaults.
public protocol AgentConfiguration: Codable, Sendable, Equatable {
  /// The defaults (Stable-Baselines3's).
  init()
  /// Every hyperparameter with its meaning, in the order of the sheet; names are the coding keys.
  static var fields: [ConfigurationField] { get }
  /// Throws if a value, or a combination of values, makes no sense.
  func validate() throws(ConfigurationError)
}

extension AgentConfiguration {
  func require(_ holds: Bool, _ key: String, _ problem: String) throws(ConfigurationError) {
    if !holds { throw .invalid(key: key, problem) }
  }

  func requireWidths(_ key: String, _ widths: [Int]) throws(ConfigurationError) {
    try require(
      widths.allSatisfy { (1...16_384).contains($0) }, key,
      "must hold widths from 1 to 16384, not \(widths)")
  }

  func requirePositive(_ key: String, _ schedule: Schedule) throws(ConfigurationError) {
    try require(
      schedule.ends.allSatisfy { $0 >= 0 && $0.isFinite } && schedule.ends[0] > 0, key,
      "must be positive at the start and never negative, not \(schedule)")
  }
}

/// One hyperparameter for help texts.
public struct ConfigurationField: Sendable {
  /// The name in files and in `--set`.
  public var name: String
  /// The name in Stable-Baselines3 and the symbol in the paper, such as `gae_lambda, λ`.
  public var alias: String
  /// What it does, with unit and range.
  public var meaning: String
  /// A hyperparameter's description.
  public init(_ name: String, alias: String = "", _ meaning: String) {
    self.name = name
    self.alias = alias
    self.meaning = meaning
  }
}

/// What can be wrong with a configuration.
public enum ConfigurationError: Error, Equatable, CustomStringConvertible {
  /// No such hyperparameter.
  case unknownKey(String, suggestion: String?)
  /// A value of the wrong type.
  case wrongType(key: String, expected: String, found: String)
  /// A value out of range, or values that do not go together.
  case invalid(key: String, String)

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .unknownKey(let key, let suggestion):
      "There is no hyperparameter '\(key)'."
        + (suggestion.map { " Did you mean '\($0)'?" } ?? " `rlgym agents NAME` lists them all.")
    case .wrongType(let key, let expected, let found):
      "'\(key)' must be \(expected), not \(found)."
    case .invalid(let key, let problem):
      "'\(key)' \(problem)."
    }
  }
}
