internal import Foundation

/// Where words go: results to standard output, everything else to standard error.
enum Output {
  /// Whether standard error is a terminal that can be drawn on.
  static var isTerminal: Bool {
    isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  }

  /// Whether colours are welcome.
  static var isColoured: Bool {
    isTerminal && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
  }

  /// The width of the terminal in columns.
  static var width: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// A line on standard error.
  static func note(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

  /// Text on standard error without a line end.
  static func draw(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }

  /// A line that starts with `error:`.
  static func error(_ text: String) { note("error: " + text) }

  /// A line that starts with `warning:`.
  static func warn(_ text: String) { note("warning: " + text) }
}

/// Numbers as people read them.
enum Format {
  /// With thousands separators.
  static func count(_ value: Int) -> String {
    let digits = String(abs(value))
    var result = ""
    for (i, digit) in digits.enumerated() {
      if i > 0 && (digits.count - i) % 3 == 0 { result.append(",") }
      result.append(digit)
    }
    return (value < 0 ? "-" : "") + result
  }

  /// With a fixed number of decimals.
  static func decimal(_ value: Double, _ digits: Int = 1) -> String {
    String(format: "%.\(digits)f", value)
  }

  /// A return: one decimal, or two where it is small.
  static func value(_ value: Double) -> String {
    // Adding zero turns -0 into 0.
    let digits = abs(value) < 10 ? 2 : 1
    let scale = digits == 2 ? 100.0 : 10.0
    return decimal((value * scale).rounded() / scale + 0, digits)
  }

  /// A duration, such as `850 ms`, `12.3 s` or `3 min 05 s`.
  static func duration(_ seconds: Double) -> String {
    if seconds < 1 { return "\(Int((seconds * 1000).rounded())) ms" }
    if seconds < 60 { return decimal(seconds) + " s" }
    let whole = Int(seconds.rounded())
    if whole < 3600 { return "\(whole / 60) min " + String(format: "%02d s", whole % 60) }
    return "\(whole / 3600) h " + String(format: "%02d min", whole / 60 % 60)
  }

  /// A number of bytes, such as `512 bytes`, `58 kB` or `1.2 MB`.
  static func bytes(_ count: Int) -> String {
    if count < 1000 { return "\(count) bytes" }
    let (value, unit) =
      count < 1_000_000 ? (1e3, "kB") : count < 1_000_000_000 ? (1e6, "MB") : (1e9, "GB")
    let number = Double(count) / value
    return decimal(number, number < 10 ? 1 : 0) + " " + unit
  }

  /// Padded on the right.
  static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
