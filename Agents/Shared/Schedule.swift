internal import Glibc

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

extension Schedule: Codable, CustomStringConvertible, ExpressibleByFloatLiteral {
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
    let numbers = text[text.index(after: bracket)...].dropLast().split(separator: ",").map {
      Double($0.filter { !$0.isWhitespace })
    }
    guard (1...2).contains(numbers.count), let from = numbers[0] else { return nil }
    guard let to = numbers.count == 2 ? numbers[1] : 0 else { return nil }
    switch text[..<bracket] {
    case "linear": self = .linear(from: from, to: to)
    case "cosine": self = .cosine(from: from, to: to)
    default: return nil
    }
  }

  /// Reads a number or a word.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(Double.self) {
      self = .constant(value)
    } else if let schedule = Schedule(try container.decode(String.self)) {
      self = schedule
    } else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription: "a number, linear(from, to) or cosine(from, to) is needed")
    }
  }

  /// Writes a number or a word.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if case .constant(let value) = self {
      try container.encode(value)
    } else {
      try container.encode(description)
    }
  }
}
