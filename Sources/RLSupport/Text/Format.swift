internal import Foundation

/// Numbers as people read them.
public enum Format {
  /// With thousands separators.
  public static func count(_ value: Int) -> String {
    let digits = String(value.magnitude)
    var result = ""
    for (i, digit) in digits.enumerated() {
      if i > 0 && (digits.count - i) % 3 == 0 { result.append(",") }
      result.append(digit)
    }
    return (value < 0 ? "-" : "") + result
  }

  /// With a fixed number of decimals.
  public static func decimal(_ value: Double, _ digits: Int = 1) -> String {
    String(format: "%.\(digits)f", value)
  }

  /// A return: one decimal, or two where it is small.
  public static func value(_ value: Double) -> String {
    // Adding zero turns -0 into 0.
    let digits = abs(value) < 10 ? 2 : 1
    let scale = digits == 2 ? 100.0 : 10.0
    return decimal((value * scale).rounded() / scale + 0, digits)
  }

  /// A duration, such as `850 ms`, `12.3 s` or `3 min 05 s`.
  public static func duration(_ seconds: Double) -> String {
    if seconds < 1 { return "\(Int(clamping: (seconds * 1000).rounded())) ms" }
    if seconds < 60 { return decimal(seconds) + " s" }
    let whole = Int(clamping: seconds.rounded())
    if whole < 3600 { return "\(whole / 60) min " + String(format: "%02d s", whole % 60) }
    return "\(whole / 3600) h " + String(format: "%02d min", whole / 60 % 60)
  }

  /// A number of bytes, such as `512 bytes`, `58 kB` or `1.2 MB`.
  public static func bytes(_ count: Int) -> String {
    if count < 1000 { return "\(count) bytes" }
    let (value, unit) =
      count < 1_000_000 ? (1e3, "kB") : count < 1_000_000_000 ? (1e6, "MB") : (1e9, "GB")
    let number = Double(count) / value
    return decimal(number, number < 10 ? 1 : 0) + " " + unit
  }

  /// Text that may come from a file, for a terminal: what could move the cursor, change colours or turn the
  /// direction of writing is shown as `\u001B`, which JSON takes for the same; lines and tabs stay.
  public static func printable(_ text: String) -> String {
    func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
      switch scalar.value {
      case 0x09, 0x0A: false
      case 0..<0x20, 0x7F..<0xA0, 0x061C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
      default: false
      }
    }
    guard text.unicodeScalars.contains(where: isHarmful) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      if isHarmful(scalar) {
        result += String(format: "\\u%04X", scalar.value)
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Padded on the right.
  public static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}

extension Int {
  /// The nearest integer towards zero that there is; 0 for what is not a number.
  public init(clamping value: Double) {
    self = Int(exactly: value.rounded(.towardZero)) ?? (value > 0 ? .max : value < 0 ? .min : 0)
  }
}
