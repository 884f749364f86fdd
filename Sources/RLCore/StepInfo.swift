/// Diagnostics that an environment hands out with each step.
///
/// Its `numbers` have names, under which logs, evaluations and datasets keep them.
///
/// ```swift
/// struct Info: StepInfo {
///   var isSuccess = false
///   var cost = 0.0
///   static let numbers = [
///     Number(\.isSuccess, "is_success"), Number(\.cost, "cost", isSummed: true),
///   ]
/// }
/// ```
public protocol StepInfo: Sendable {
  /// The information of a step that has nothing to say.
  init()
  /// The numbers that logs, evaluations and datasets keep; none by default.
  static var numbers: [InfoNumber<Self>] { get }
}

extension StepInfo {
  /// A number of this information.
  public typealias Number = InfoNumber<Self>

  /// None.
  @inlinable public static var numbers: [InfoNumber<Self>] { [] }

  /// The names of the numbers, and how episodes sum them up.
  @inlinable static var fields: [InfoField] { InfoField.distinct(numbers.map(\.field)) }
}

/// No diagnostics; takes no space.
public struct NoInfo: StepInfo {
  /// The only value.
  @inlinable public init() {}
}

/// A number of a step's information by the name that files have for it.
public struct InfoField: Sendable, Equatable {
  /// The name, such as `is_success`, of which logs make Stable-Baselines3's `success_rate`.
  public let name: String
  /// Whether an episode's number is the sum over its steps; else it is that of the last step.
  public let isSummed: Bool

  /// A name for a number.
  ///
  /// - Parameters:
  ///   - name: Up to 64 letters, digits, `_`, `-` and `.`; not `r`, `l` or `t`, which are columns of
  ///     `monitor.csv`.
  ///   - isSummed: Whether an episode's number is the sum over its steps; else it is that of the last step.
  public init(_ name: String, isSummed: Bool = false) {
    precondition(
      Self.isName(name),
      "StepInfo: '\(name)' is no name for a number; use letters, digits, '_', '-' and '.', and not r, l or t"
    )
    self.name = name
    self.isSummed = isSummed
  }

  /// What says whether an episode succeeded, as Stable-Baselines3 has it.
  package static let success = "is_success"

  /// What logs call the mean over episodes: Stable-Baselines3's `success_rate` for `is_success`.
  package var meanName: String { Self.meanName(name) }
  package static func meanName(_ name: String) -> String {
    name == success ? "success_rate" : name
  }

  /// The fields, whose names must differ, also as logs have them.
  @usableFromInline static func distinct(_ fields: [InfoField]) -> [InfoField] {
    let names = fields.map(\.meanName)
    precondition(
      Set(names).count == names.count,
      "StepInfo: two numbers have the same name in logs: \(fields.map(\.name).joined(separator: ", "))"
    )
    return fields
  }

  /// Whether a number may have such a name.
  package static func isName(_ name: String) -> Bool {
    (1...64).contains(name.utf8.count) && !["r", "l", "t", ".", ".."].contains(name)
      && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-.".contains($0)) }
  }
}

/// A number of a step's information: its name, and where it stands.
public struct InfoNumber<Info: StepInfo>: Sendable {
  /// The name, and how episodes sum it up.
  public let field: InfoField
  @usableFromInline let read: @Sendable (Info) -> Double

  /// What the information of a step has for it; flags are 0 and 1.
  public func value(of info: Info) -> Double { read(info) }

  /// A number.
  ///
  /// - Parameters:
  ///   - path: The property.
  ///   - name: Its name in files: letters, digits, `_`, `-` and `.`.
  ///   - isSummed: Whether an episode's number is the sum over its steps; else it is that of the last step.
  public init(
    _ path: any KeyPath<Info, some BinaryFloatingPoint & SendableMetatype> & Sendable,
    _ name: String,
    isSummed: Bool = false
  ) {
    field = InfoField(name, isSummed: isSummed)
    read = { Double($0[keyPath: path]) }
  }

  /// A whole number.
  ///
  /// - Parameters:
  ///   - path: The property.
  ///   - name: Its name in files: letters, digits, `_`, `-` and `.`.
  ///   - isSummed: Whether an episode's number is the sum over its steps; else it is that of the last step.
  public init(
    _ path: any KeyPath<Info, some BinaryInteger & SendableMetatype> & Sendable, _ name: String,
    isSummed: Bool = false
  ) {
    field = InfoField(name, isSummed: isSummed)
    read = { Double($0[keyPath: path]) }
  }

  /// A flag, as 0 or 1.
  ///
  /// - Parameters:
  ///   - path: The property.
  ///   - name: Its name in files: letters, digits, `_`, `-` and `.`.
  ///   - isSummed: Whether an episode's number is the count of its steps with the flag; else it is that of
  ///     the last step.
  public init(
    _ path: any KeyPath<Info, Bool> & Sendable, _ name: String, isSummed: Bool = false
  ) {
    field = InfoField(name, isSummed: isSummed)
    read = { $0[keyPath: path] ? 1 : 0 }
  }
}
