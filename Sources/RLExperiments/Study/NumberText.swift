internal import Foundation
internal import RLSupport

/// Numbers in a report.
package enum NumberText {
  package static let unknown = "–"

  /// A return or a score: as many digits as tell something, with thousands separators and a real minus.
  package static func value(_ x: Double) -> String {
    guard x.isFinite else { return unknown }
    let size = abs(x)
    if size >= 1e15 || (size < 1e-4 && size > 0) { return scientific(x) }
    if size >= 9_999.5 { return minus(Format.count(Int(x.rounded()))) }
    if size >= 999.95 {
      let tenths = Int((size * 10).rounded())
      return (x < 0 ? "−" : "") + Format.count(tenths / 10) + ".\(tenths % 10)"
    }
    return minus(size < 0.01 && size > 0 ? Format.decimal(x, 4) : Format.value(x))
  }

  /// A number that someone chose, such as a threshold: no more digits than it has.
  package static func round(_ x: Double) -> String {
    var text = value(x)
    guard text.contains("."), !text.contains("×") else { return text }
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text
  }

  /// A small number or one near 1, with six decimals at most.
  package static func fraction(_ x: Double) -> String {
    var text = Format.decimal(x, 6)
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return minus(text)
  }

  /// A whole number of steps.
  package static func count(_ x: Double) -> String {
    guard x.isFinite else { return unknown }
    return abs(x) < 1e15 ? minus(Format.count(Int(x.rounded()))) : scientific(x)
  }

  /// A time.
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, abs(seconds) < 1e12 else { return unknown }
    if seconds > 0, seconds < 0.01 { return Format.decimal(seconds * 1000, 2) + " ms" }
    return Format.duration(seconds)
  }

  /// A share of 1.
  package static func percent(_ share: Double) -> String {
    share.isFinite ? Format.decimal(100 * share + 0, 0) + "%" : unknown
  }

  /// With its interval.
  package static func estimate(_ x: StudyResults.Estimate, _ text: (Double) -> String = value)
    -> String
  {
    "\(text(x.value)) \(interval(x, text))"
  }

  /// The interval, or `[–]` where the runs are too few for one.
  package static func interval(_ x: StudyResults.Estimate, _ text: (Double) -> String = value)
    -> String
  {
    guard let low = x.low, let high = x.high else { return "[\(unknown)]" }
    return "[\(text(low)), \(text(high))]"
  }

  /// `± 3.2`, or `± –` where a single run has no deviation.
  package static func deviation(_ x: Double?, _ text: (Double) -> String = value) -> String {
    "± \(x.map(text) ?? unknown)"
  }

  /// `1.2 × 10³`
  package static func scientific(_ x: Double) -> String {
    guard x.isFinite, x != 0 else { return x == 0 ? "0" : unknown }
    let parts = String(format: "%.2e", x).split(separator: "e")
    guard parts.count == 2, let exponent = Int(parts[1]) else { return unknown }
    let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    let raised = String(String(abs(exponent)).compactMap { $0.wholeNumberValue.map { digits[$0] } })
    var mantissa = String(parts[0])
    while mantissa.hasSuffix("0") { mantissa.removeLast() }
    if mantissa.hasSuffix(".") { mantissa.removeLast() }
    return minus(mantissa) + " × 10" + (exponent < 0 ? "⁻" : "") + raised
  }

  /// A hyphen at the front as a minus sign.
  package static func minus(_ text: String) -> String {
    text.hasPrefix("-") ? "−" + text.dropFirst() : text
  }
}
