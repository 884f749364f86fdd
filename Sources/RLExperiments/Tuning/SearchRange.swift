internal import Foundation
internal import RLAgents
package import RLSupport

extension SearchRange.Scale {
  package func coordinate(_ x: Double) -> Double {
    switch self {
    case .linear: x
    case .log: Foundation.log(x)
    case .complement: -Foundation.log(1 - x)
    }
  }

  func value(_ coordinate: Double) -> Double {
    switch self {
    case .linear: coordinate
    case .log: exp(coordinate)
    case .complement: 1 - exp(-coordinate)
    }
  }
}

// Samplers see each value as a coordinate: a number along which like values are near each other.
extension SearchRange {
  /// The ends of the coordinates. Discrete values take up half a step on both sides.
  package var bounds: (low: Double, high: Double) {
    switch self {
    case .real(let low, let high, let scale): (scale.coordinate(low), scale.coordinate(high))
    case .whole(let low, let high, let scale):
      (scale.coordinate(Double(low) - 0.5), scale.coordinate(Double(high) + 0.5))
    case .ordered(let values), .choices(let values): (-0.5, Double(values.count) - 0.5)
    }
  }

  /// The coordinates that a discrete value stands for; `nil` for a continuum.
  func cell(_ coordinate: Double) -> (low: Double, high: Double)? {
    switch self {
    case .real: return nil
    case .whole(_, _, let scale):
      let value = scale.value(coordinate).rounded()
      return (scale.coordinate(value - 0.5), scale.coordinate(value + 0.5))
    case .ordered, .choices: return (coordinate - 0.5, coordinate + 0.5)
    }
  }

  /// The value at a coordinate: numbers have four digits that count, as more are noise.
  package func value(at coordinate: Double) -> JSONValue {
    switch self {
    case .real(let low, let high, let scale):
      let x = scale.value(coordinate)
      let format =
        scale == .complement
        ? "%.\(max(0, min(15, 3 - Int(floor(log10(max(1e-12, abs(1 - x))))))))f" : "%.3e"
      let rounded = Double(String(format: format, x)) ?? x
      return .double(max(low, min(high, rounded)))
    case .whole(let low, let high, let scale):
      return .int(max(low, min(high, Int(scale.value(coordinate).rounded()))))
    case .ordered(let values), .choices(let values):
      return values[max(0, min(values.count - 1, Int(coordinate.rounded())))]
    }
  }

  /// The coordinate of a value: the nearest end for numbers off the range, `nil` for what is no value of it.
  package func coordinate(of value: JSONValue) -> Double? {
    switch self {
    case .real(let low, let high, let scale):
      return value.number.map { scale.coordinate(max(low, min(high, $0))) }
    case .whole(let low, let high, let scale):
      return value.number.map {
        scale.coordinate(max(Double(low), min(Double(high), $0.rounded())))
      }
    case .ordered(let values), .choices(let values):
      let same = values.firstIndex { $0.word == value.word }
      // A number that was given the shape of the starting point's schedule is still that number.
      let alike = values.firstIndex { $0.isNumber && $0.number == value.number }
      return (same ?? alike).map(Double.init)
    }
  }

  /// The range with a value in it, if it can hold that.
  func widened(toHold value: JSONValue) -> SearchRange {
    switch self {
    case .real(let low, let high, let scale):
      guard let x = value.number, x.isFinite, scale != .log || x > 0, scale != .complement || x < 1
      else { return self }
      return .real(low: min(low, x), high: max(high, x), scale)
    case .whole(let low, let high, let scale):
      guard let x = value.number, abs(x) < 1e9, scale != .log || x >= 1 else { return self }
      return .whole(low: min(low, Int(x)), high: max(high, Int(x)), scale)
    case .choices(let values):
      return values.contains { $0.word == value.word } ? self : .choices(values + [value])
    case .ordered(let values):
      if values.contains(where: { $0.word == value.word }) { return self }
      let place = values.firstIndex { $0.size > value.size } ?? values.count
      return .ordered(Array(values[..<place]) + [value] + Array(values[place...]))
    }
  }

  /// Says what is wrong with the range, or `nil`.
  var problem: String? {
    switch self {
    case .real(let low, let high, let scale):
      if !low.isFinite || !high.isFinite || low > high { return "has an empty range" }
      if low < -1e300 || high > 1e300 { return "has a range beyond 1e300" }
      return Self.problem(low, high, scale)
    case .whole(let low, let high, let scale):
      if low > high { return "has an empty range" }
      if low < -(1 << 50) || high > 1 << 50 { return "has a range beyond 2^50" }
      if scale == .complement { return "is a whole number, whose scale is linear or log" }
      return Self.problem(Double(low), Double(high), scale)
    case .ordered(let values), .choices(let values):
      if values.isEmpty { return "has no values to choose from" }
      return Set(values.map(\.word)).count < values.count ? "has a value twice" : nil
    }
  }

  private static func problem(_ low: Double, _ high: Double, _ scale: Scale) -> String? {
    if scale == .log && low <= 0 { return "has a logarithmic range that does not start above 0" }
    if scale == .complement && high >= 1 { return "has a range that does not end below 1" }
    return nil
  }
}

extension JSONValue {
  /// Whether the value is a number by itself.
  var isNumber: Bool {
    switch self {
    case .int, .double: true
    default: false
    }
  }

  /// The number that the value is; that of a schedule is its start.
  var number: Double? {
    switch self {
    case .int(let x): Double(x)
    case .double(let x): x
    case .string(let x): Schedule(x)?.ends.first
    default: nil
    }
  }

  /// How large the value is among others of its kind; that of layers is their number of weights.
  fileprivate var size: Double {
    guard case .array(let items) = self else { return number ?? 0 }
    let widths = items.map { $0.number ?? 0 }
    return (widths.first ?? 0) + zip(widths, widths.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
  }
}
