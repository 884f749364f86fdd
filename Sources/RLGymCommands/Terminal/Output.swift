internal import Foundation
internal import RLGym

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

  /// A line on standard error. Words of files may be in it, so nothing in it can draw.
  static func note(_ text: String) { StandardStream.note(Format.printable(text) + "\n") }

  /// Text on standard error without a line end, which may draw.
  static func draw(_ text: String) { StandardStream.note(text) }

  /// A result: lines on standard output, in which nothing can draw.
  ///
  /// - Throws: `FileError.unwritable` if they cannot be written, as on a full disk.
  static func result(_ text: String) throws {
    try StandardStream.output.write(Format.printable(text) + "\n")
  }

  /// A line that starts with `error:`.
  static func error(_ text: String) { note("error: " + text) }

  /// A line that starts with `warning:`.
  static func warn(_ text: String) { note("warning: " + text) }
}
