public import RLCore
public import RLSupport
internal import RLTensor

/// All hyperparameters of an agent: a plain value with defaults, and a table that says what there is to know
/// of each.
public protocol AgentSettings: Codable, Sendable, Equatable {
  /// The defaults (Stable-Baselines3's).
  init()
  /// One line a hyperparameter; names are the coding keys.
  static var table: SettingsTable<Self> { get }
  /// How many environments are stepped together.
  var environments: Int { get set }
  /// Throws if a combination of values makes no sense; limits of single values are the table's.
  func validateCombinations() throws(SettingsError)
  /// Warnings that the table cannot give: of settings that make no sense in an environment or a budget.
  func remarks(in spec: EnvironmentSpec, steps: Int) -> [String]
  /// What a training takes of memory, by the settings that decide it.
  func memoryNeed(in spec: EnvironmentSpec) -> MemoryNeed
}

extension AgentSettings {
  /// All combinations make sense.
  public func validateCombinations() throws(SettingsError) {}

  /// None.
  public func remarks(in spec: EnvironmentSpec, steps: Int) -> [String] { [] }

  /// Throws if a value, or a combination of values, makes no sense.
  public func validate() throws(SettingsError) {
    try Self.table.check(self)
    try validateCombinations()
  }

  /// The settings with some of them replaced.
  ///
  /// - Parameter values: Values by name, or by the name that Stable-Baselines3 uses.
  /// - Throws: `SettingsError` for a name that is none, with the nearest that is one, and for a value of the
  ///   wrong type. Limits are checked by `validate`.
  public func overlaid(by values: [String: JSONValue]) throws(SettingsError) -> Self {
    try Self.table.overlaid(self, by: values)
  }

  /// Every hyperparameter's value, in the order of the table.
  public var values: [(name: String, value: JSONValue)] { Self.table.values(of: self) }

  /// Values by the names of the table, and a note for each name of Stable-Baselines3.
  public func translated(_ values: [String: JSONValue]) throws(SettingsError)
    -> (values: [String: JSONValue], notes: [String])
  {
    try Self.table.translated(values)
  }

  /// Those hyperparameters that differ from the defaults.
  public var changes: [(name: String, value: JSONValue)] {
    zip(values, Self().values).filter { $0.value != $1.value }.map(\.0)
  }

  /// A line for each hyperparameter: name, value, meaning, limits, Stable-Baselines3's name and the symbol.
  public var sheet: [String] { Self.table.sheet(of: self) }

  /// A line `name: value` of YAML for each hyperparameter.
  public var yaml: [String] { Self.table.yaml(of: self) }

  /// Warnings of hyperparameters that were changed without effect, and of those that make no sense in an
  /// environment or a budget.
  public func warnings(in spec: EnvironmentSpec, steps: Int) -> [String] {
    var warnings = Self.table.ineffective(in: self, standard: Self()).map {
      "'\($0.name)' has no effect without \($0.needs); add --set \($0.needs)."
    }
    let isReal = spec.observationSpace.layout.leaves.contains {
      if case .box = $0.space { true } else { false }
    }
    if !isReal {
      warnings += withoutEffect(["normalizeObservations"], "\(spec.id) has discrete observations")
    }
    return warnings + remarks(in: spec, steps: steps)
  }

  /// A warning for each of the hyperparameters that was changed.
  func withoutEffect(_ names: Set<String>, _ reason: String) -> [String] {
    changes.filter { names.contains($0.name) }.map { "'\($0.name)' has no effect: \(reason)." }
  }

  /// Settings of hidden layers, where no network has one.
  func noHiddenLayers(_ widths: [[Int]], _ names: Set<String>) -> [String] {
    widths.allSatisfy(\.isEmpty) ? withoutEffect(names, "no network has a hidden layer") : []
  }

  func require(_ holds: Bool, _ name: String, _ problem: String) throws(SettingsError) {
    if !holds { throw .invalid(name: name, problem) }
  }
}

/// A setting that is coded as it stands in files.
public protocol CodedSetting: SettingValue, Codable {}

extension CodedSetting {
  /// Reads the form in files.
  public init(from decoder: any Decoder) throws {
    guard let value = Self(setting: try JSONValue(from: decoder)) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "\(Self.expected) is needed"))
    }
    self = value
  }

  /// Writes the form in files.
  public func encode(to encoder: any Encoder) throws { try setting.encode(to: encoder) }
}

extension Activation: SettingValue {}
extension RecurrentKind: SettingValue {}

extension Limits where Value == [Int] {
  /// Widths of hidden layers.
  public static var widths: Limits {
    Limits("widths from 1 to 16384") { $0.allSatisfy { (1...16_384).contains($0) } }
  }
}

extension Limits where Value == Int {
  /// A number of steps, or -1 for something else.
  public static func steps(orMinusOneFor words: String) -> Limits {
    Limits("1 or more, or -1 for \(words)") { $0 == -1 || $0 >= 1 }
  }
}
