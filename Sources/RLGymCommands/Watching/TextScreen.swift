internal import Foundation
internal import RLGym

/// Standard output as a place for pictures.
final class TextScreen {
  /// Whether pictures can be drawn over each other.
  let isTerminal: Bool
  private let isColoured: Bool
  private var drawnLines = 0

  init() {
    let environment = ProcessInfo.processInfo.environment
    isTerminal = isatty(STDOUT_FILENO) == 1 && environment["TERM"] != "dumb"
    isColoured = isTerminal && (environment["NO_COLOR"] ?? "").isEmpty
  }

  /// Shows a picture with lines of text below it.
  func show(_ drawing: Drawing, lines: [String]) throws {
    var size = winsize()
    let isKnown = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    let (columns, rows) = isKnown ? (Int(size.ws_col), Int(size.ws_row)) : (80, 24)
    let renderer = TextRenderer(
      columns: min(120, columns - 1), lines: rows - lines.count - 2, isColoured: isColoured)
    let picture = renderer.render(drawing)
    let text = isColoured ? picture.coloured : picture.plain
    guard isTerminal else {
      try Output.result((lines.prefix(1) + [text, ""]).joined(separator: "\n"))
      return
    }
    let all =
      text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      + lines.map { String($0.prefix(columns - 1)) }
    var output = drawnLines > 0 ? "\u{1b}[\(drawnLines)A" : ""
    for line in all { output += "\r\u{1b}[2K\(line)\n" }
    // A picture that became smaller leaves lines below.
    output += "\u{1b}[J"
    try StandardStream.output.write(output)
    drawnLines = all.count
  }
}
