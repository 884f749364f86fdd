/// A picture made of characters, with colours where the terminal has them.
public struct TextPicture: Sendable, Equatable {
  /// One character on a terminal.
  public struct Cell: Sendable, Equatable {
    /// What is written.
    public var character: Character
    /// The colour of the character; `nil` for the terminal's own.
    public var foreground: Drawing.Color?
    /// The colour behind it; `nil` for the terminal's own.
    public var background: Drawing.Color?

    /// A character.
    public init(
      _ character: Character, foreground: Drawing.Color? = nil, background: Drawing.Color? = nil
    ) {
      self.character = character
      self.foreground = foreground
      self.background = background
    }
  }

  /// The lines from the top, each from the left.
  public var lines: [[Cell]]

  /// A picture of the given cells.
  public init(lines: [[Cell]]) { self.lines = lines }

  /// Uncoloured lines of text.
  public init(_ text: String) {
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.map { Cell($0) }
    }
  }

  /// Colours the cells of a line; those outside of the picture are ignored.
  ///
  /// - Parameters:
  ///   - line: The line, from the top.
  ///   - columns: The cells, from the left.
  ///   - foreground: The colour of the characters; `nil` leaves it.
  ///   - background: The colour behind them; `nil` leaves it.
  public mutating func paint(
    line: Int, columns: Range<Int>, foreground: Drawing.Color? = nil,
    background: Drawing.Color? = nil
  ) {
    guard lines.indices.contains(line) else { return }
    for column in columns.clamped(to: lines[line].indices) {
      if let foreground { lines[line][column].foreground = foreground }
      if let background { lines[line][column].background = background }
    }
  }

  /// The widest line.
  public var width: Int { lines.map(\.count).max() ?? 0 }

  /// The characters alone, without spaces at the ends of lines.
  public var plain: String {
    lines.map { line in
      var text = String(line.map(\.character))
      while text.last == " " { text.removeLast() }
      return text
    }.joined(separator: "\n")
  }

  /// The characters with 24-bit ANSI colours; each line ends in the terminal's own colours.
  public var coloured: String {
    lines.map { line in
      var text = ""
      var (foreground, background): (Drawing.Color?, Drawing.Color?)
      for cell in line {
        if cell.foreground != foreground || cell.background != background {
          (foreground, background) = (cell.foreground, cell.background)
          text += "\u{1b}[0"
          if let color = foreground { text += ";38;2;\(color.red);\(color.green);\(color.blue)" }
          if let color = background { text += ";48;2;\(color.red);\(color.green);\(color.blue)" }
          text += "m"
        }
        text.append(cell.character)
      }
      return foreground == nil && background == nil ? text : text + "\u{1b}[0m"
    }.joined(separator: "\n")
  }
}
