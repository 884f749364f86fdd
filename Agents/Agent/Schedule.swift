internal import Glibc
public import RLSupport

/// A hyperparameter that may change over the training.
///
/// In files: a number, `linear(from, to)` or `cosine(from, to)`, with `to` being 0 if left out.
public enum Schedule: Sendable, Equatable {
  /// The same throughout.
  case constant(Double)
  /// Along a line.
  case linear(from: Double, to: Double)
  /// Along half a cosine wave (Loshchilov and Hutter 2017, equation 5).
  case cosine(from: Double, to: Double)

  /// The value when a share of the budget is used up.
  ///
  /// - Parameter progress: From 0 at the start to 1 at the end.
  public func value(at progress: Double) -> Double {
    let t = min(1, max(0, progress))
    switch self {
    case .constant(let value): return value
    case .linear(let from, let to): return from + (to - from) * t
    case .cosine(let from, let to): return to + (from - to) * 0.5 * (1 + cos(Double.pi * t))
    }
  }

  /// The values at both ends.
  public var ends: [Double] { [value(at: 0), value(at: 1)] }
}

extension Schedule: CodedSetting, CustomStringConvertible, ExpressibleByFloatLiteral {
  /// A constant.
  public init(floatLiteral value: Double) { self = .constant(value) }

  /// The form in files.
  public var description: String {
    switch self {
    case .constant(let value): "\(value)"
    case .linear(let from, let to): "linear(\(from), \(to))"
    case .cosine(let from, let to): "cosine(\(from), \(to))"
    }
  }

  /// Reads the form in files; `nil` if it is none.
  public init?(_ text: String) {
    if let value = Double(text) {
      self = .constant(value)
      return
    }
    guard text.hasSuffix(")"), let bracket = text.firstIndex(of: "(") else { return nil }
    let numbers = text[text.index(after: bracket)...].dropLast().split(
      separator: ",", omittingEmptySubsequences: false
    ).map { Double($0.filter { !$0.isWhitespace }) }
    guard numbers.count == 2, let from = numbers[0], let to = numbers[1] else { return nil }
    switch text[..<bracket] {
    case "linear": self = .linear(from: from, to: to)
    case "cosine": self = .cosine(from: from, to: to)
    default: return nil
    }
  }

  /// What is expected.
  public static var expected: String { "a number, linear(from, to) or cosine(from, to)" }
  /// The forms.
  public static var forms: String? { expected }
  /// Takes a number or a word.
  public init?(setting: JSONValue) {
    if let value = Double(setting: setting) {
      self = .constant(value)
    } else if let word = setting.string {
      self.init(word)
    } else {
      return nil
    }
  }
  /// A number or a word.
  public var setting: JSONValue {
    if case .constant(let value) = self { value.setting } else { .string(description) }
  }
}

extension Limits where Value == Schedule {
  /// Of optimizers: above zero at the start, never negative, and no more than 10 at either end, beyond which nothing is
  /// learned.
  public static var stepSize: Limits {
    Limits("positive at the start, never negative, and at most 10") {
      $0.ends.allSatisfy { (0...10).contains($0) } && $0.ends[0] > 0
    }
  }
  /// Above zero at the start, and never negative.
  public static var positive: Limits {
    Limits("positive at the start and never negative") {
      $0.ends.allSatisfy { $0 >= 0 && $0.isFinite } && $0.ends[0] > 0
    }
  }
  /// From a lowest to a highest value throughout.
  public static func from(_ low: Double, to high: Double) -> Limits {
    Limits("from \(low.setting.word) to \(high.setting.word)") {
      $0.ends.allSatisfy { (low...high).contains($0) }
    }
  }
}
