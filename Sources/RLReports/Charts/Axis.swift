internal import Foundation
internal import RLExperiments
internal import RLSupport

/// Numbers along a line of pixels, with ticks at round numbers.
struct Axis {
  enum Kind {
    /// Returns, scores.
    case value
    /// Steps.
    case count
    /// Times, in the unit that suits the longest.
    case seconds
    /// Shares of 1.
    case share
  }

  struct Tick: Equatable {
    var value: Double
    var text: String
  }

  let low: Double
  let high: Double
  /// The pixels at the two ends; the second may be the smaller one.
  let start: Double
  let end: Double
  private(set) var ticks: [Tick] = []
  /// The unit of the tick texts, if any.
  let unit: String?

  /// An axis for numbers; those that are not finite are passed over, and huge ones cut at 1e300.
  ///
  /// - Parameters:
  ///   - numbers: What must be on the axis; equal ones get a range around them.
  ///   - padding: How much of the range to add at each end.
  ///   - spacing: How many pixels from tick to tick at least.
  init(
    _ kind: Kind, _ numbers: [Double], from start: Double, to end: Double, padding: Double = 0,
    spacing: Double = 40
  ) {
    let known = numbers.filter(\.isFinite).map { max(-1e300, min(1e300, $0)) }
    var (low, high) = (known.min() ?? 0, known.max() ?? 1)
    if high - low <= 1e-9 * max(abs(low), abs(high)) {
      let room = low == 0 ? 1 : 0.05 * abs(low)
      (low, high) = (low - room, high + room)
    } else {
      let room = padding * (high - low)
      (low, high) = (low - room, high + room)
    }
    (self.low, self.high, self.start, self.end) = (low, high, start, end)
    let (divisor, unit) = kind == .seconds ? Self.time(high) : (1, nil)
    self.unit = unit
    let length = abs(end - start)
    var count = max(1, Int(length / spacing))
    repeat {
      ticks = Self.ticks(low / divisor, high / divisor, kind, count).map {
        Tick(value: $0.value * divisor, text: $0.text)
      }
      count -= 1
    } while count >= 1 && areCrowded(spacing)
  }

  /// An axis with ticks of one's own, of which those are left out that would lie on others.
  init(_ ticks: [Tick], low: Double, high: Double, from start: Double, to end: Double) {
    let room = high > low ? 0.04 * (high - low) : 0.5
    (self.low, self.high, self.start, self.end) = (low - room, high + room, start, end)
    unit = nil
    var edge = -Double.infinity
    for tick in ticks where contains(tick.value) {
      let half = Picture.width(of: tick.text, size: 12) / 2
      guard place(tick.value) - half > edge + 8 else { continue }
      self.ticks.append(tick)
      edge = place(tick.value) + half
    }
  }

  /// Where a number lies, in pixels; numbers off the axis lie at its ends.
  func place(_ x: Double) -> Double {
    let inside = max(low, min(high, x))
    // Halves, as the whole range may be beyond the largest number.
    return start + (inside / 2 - low / 2) / (high / 2 - low / 2) * (end - start)
  }

  func contains(_ x: Double) -> Bool { low <= x && x <= high }

  /// Whether tick texts in a row come too close.
  private func areCrowded(_ spacing: Double) -> Bool {
    guard ticks.count > 1, end > start else { return false }
    return zip(ticks, ticks.dropFirst()).contains { a, b in
      let room = place(b.value) - place(a.value)
      let needed = (Picture.width(of: a.text, size: 12) + Picture.width(of: b.text, size: 12)) / 2
      return room < needed + 10
    }
  }

  private static func time(_ high: Double) -> (Double, String) {
    high < 180
      ? (1, "s") : high < 7_200 ? (60, "min") : high < 172_800 ? (3_600, "h") : (86_400, "d")
  }

  /// Round numbers, about so many.
  private static func ticks(_ low: Double, _ high: Double, _ kind: Kind, _ count: Int) -> [Tick] {
    let rough = high / Double(count) - low / Double(count)
    let power = pow(10, floor(log10(rough)))
    guard rough > 0, power > 0, rough.isFinite else { return [] }
    var step = ([1, 2, 5].first { $0 * power >= rough * 0.999 } ?? 10) * power
    if kind == .count { step = max(step, 1) }
    let first = (low / step - 1e-9).rounded(.up)
    let values = (0..<100).map { (first + Double($0)) * step }.prefix {
      $0 <= high + 1e-9 * step
    }
    let size = max(abs(low), abs(high))
    return values.map { Tick(value: $0, text: text($0, step, size, kind)) }
  }

  private static func text(_ value: Double, _ step: Double, _ size: Double, _ kind: Kind)
    -> String
  {
    if kind == .share { return Format.decimal(100 * value + 0, 0) + "%" }
    if abs(value) < 1e-9 * step { return "0" }
    if size >= 1e15 || step < 1e-6 { return NumberText.scientific(value) }
    let (unit, suffix): (Double, String) =
      size >= 1e12
      ? (1e12, "T")
      : size >= 1e9
        ? (1e9, "G")
        : size >= 1e6
          ? (1e6, "M")
          : size >= 1e5 ? (1e3, "k") : (1, "")
    let digits = max(0, Int(-floor(log10(step / unit) + 1e-9)))
    let scaled = value / unit
    if digits == 0 { return NumberText.minus(Format.count(Int(scaled.rounded()))) + suffix }
    return NumberText.minus(Format.decimal(scaled, min(digits, 9))) + suffix
  }
}
