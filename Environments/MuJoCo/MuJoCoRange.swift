public import RLSupport

/// A range of numbers whose ends may be infinite: Gymnasium's pairs such as `healthy_z_range`.
public struct MuJoCoRange: Sendable, Equatable, Codable {
  /// The lower end.
  public var low: Double
  /// The upper end.
  public var high: Double

  /// A range.
  ///
  /// - Parameters:
  ///   - low: The lower end; may be `-.infinity`.
  ///   - high: The upper end; may be `.infinity`.
  public init(_ low: Double, _ high: Double) { (self.low, self.high) = (low, high) }

  /// Whether a number lies inside, not on an end.
  func containsInside(_ number: Double) -> Bool { low < number && number < high }
  /// Whether a number lies inside or on an end.
  func contains(_ number: Double) -> Bool { low <= number && number <= high }
  /// The nearest number of the range, as NumPy's `clip` has it; NaN stays NaN.
  func clip(_ number: Double) -> Double {
    number.isNaN ? number : Swift.min(Swift.max(number, low), high)
  }
}

extension MuJoCoRange: SettingValue {
  /// What is expected.
  public static var expected: String { "two numbers such as 0.7,inf, the lower one first" }
  /// Takes a list of two numbers, or words that a comma parts; `inf` and `-inf` are numbers.
  public init?(setting: JSONValue) {
    let items: [JSONValue]
    switch setting {
    case .array(let values): items = values
    case .string(let text): items = JSONValue.items(of: text)
    default: return nil
    }
    let ends = items.compactMap { item -> Double? in
      switch item {
      case .string("inf"), .string("+inf"), .string("Infinity"): .infinity
      case .string("-inf"), .string("-Infinity"): -.infinity
      default: Double(setting: item)
      }
    }
    guard items.count == 2, ends.count == 2, ends[0] <= ends[1] else { return nil }
    self.init(ends[0], ends[1])
  }
  /// A list of two.
  public var setting: JSONValue {
    .array([low, high].map { $0.isInfinite ? .string($0 < 0 ? "-inf" : "inf") : $0.setting })
  }
}

/// A body of a model by its number or its name.
public enum MuJoCoBody: Sendable, Equatable, Codable, SettingValue {
  /// Its number; 0 is the world.
  case number(Int)
  /// Its name.
  case name(String)

  /// What is expected.
  public static var expected: String { "the number or the name of a body" }
  /// Takes numbers and names.
  public init?(setting: JSONValue) {
    if let number = Int(setting: setting) {
      self = .number(number)
    } else if let name = String(setting: setting) {
      self = .name(name)
    } else {
      return nil
    }
  }
  /// The number or the name.
  public var setting: JSONValue {
    switch self {
    case .number(let number): .int(number)
    case .name(let name): .string(name)
    }
  }

  /// The number in a model; `nil` for none.
  func index(in model: MuJoCoModel) -> Int? {
    index(in: model) { model.index(of: $0, .body) }
  }
  /// The number in a simulation; `nil` for none.
  func index(in simulation: MuJoCoSimulation) -> Int? {
    index(in: simulation.model) { simulation.index(of: $0) }
  }
  private func index(in model: MuJoCoModel, _ named: (String) -> Int?) -> Int? {
    switch self {
    case .number(let number): (0..<model.bodyCount).contains(number) ? number : nil
    case .name(let name): named(name)
    }
  }
}
