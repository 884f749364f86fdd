internal import Foundation
public import RLCore

/// Turns drawings into characters: the picture in characters that a drawing carries, or its shapes as
/// coloured half blocks or Braille dots. Needs no SDL.
///
/// ```swift
/// let picture = TextRenderer(columns: 60, lines: 16, isColoured: false)
///   .render(CartPole().drawing())
/// ```
public struct TextRenderer: Sendable {
  /// The most characters in a line.
  public var columns: Int
  /// The most lines.
  public var lines: Int
  /// Whether shapes are shown in colour, two dots a character, or as Braille, eight dots a character.
  public var isColoured: Bool

  /// A renderer for a terminal of that size.
  public init(columns: Int = 80, lines: Int = 24, isColoured: Bool = true) {
    self.columns = max(8, min(1000, columns))
    self.lines = max(4, min(500, lines))
    self.isColoured = isColoured
  }

  /// The picture in characters.
  public func render(_ drawing: Drawing) -> TextPicture {
    if let text = drawing.text { return text }
    let (dotsAcross, dotsDown) = isColoured ? (1, 2) : (2, 4)
    let scale = min(
      Double(columns * dotsAcross) / drawing.width, Double(lines * dotsDown) / drawing.height)
    let cellsAcross = max(
      1, min(columns, Int((drawing.width * scale / Double(dotsAcross)).rounded())))
    let cellsDown = max(1, min(lines, Int((drawing.height * scale / Double(dotsDown)).rounded())))
    let (width, height) = (cellsAcross * dotsAcross, cellsDown * dotsDown)
    var pixels = [UInt8](repeating: 0, count: width * height * 4)
    pixels.withUnsafeMutableBufferPointer { pixels in
      guard let base = pixels.baseAddress else { return }
      let raster = Raster(width: width, height: height, pitch: 4 * width, pixels: base)
      draw(drawing, scale, raster)
    }
    var picture = TextPicture(
      lines: (0..<cellsDown).map { line in
        (0..<cellsAcross).map { column in
          isColoured
            ? halfBlock(pixels, column, line, width)
            : braille(pixels, column, line, width, drawing.background)
        }
      })
    for case .text(let label) in drawing.elements { write(label, drawing, scale, &picture) }
    return picture
  }

  private func draw(_ drawing: Drawing, _ scale: Double, _ raster: Raster) {
    for y in 0..<raster.height {
      for x in 0..<raster.width { raster.blend(x, y, drawing.background.opacity(255), 1) }
    }
    func placed(_ point: Drawing.Point) -> Drawing.Point {
      let y = drawing.origin == .lowerLeft ? drawing.height - point.y : point.y
      return Drawing.Point(point.x * scale, y * scale)
    }
    for element in drawing.elements {
      switch element {
      case .fill(.circle(let x, let y, let radius), let color):
        let centre = placed(Drawing.Point(x, y))
        raster.wideLine([centre, centre], color, width: max(1, 2 * radius * scale))
      case .fill(let shape, let color): raster.fill(shape.outline.map(placed), color)
      case .stroke(let shape, let color, let width):
        // Dots are coarse: a thin line is one wide all the same.
        raster.wideLine(shape.outline.map(placed), color, width: max(1, width * scale))
      case .text: break
      }
    }
  }

  private func color(_ pixels: [UInt8], _ x: Int, _ y: Int, _ width: Int) -> Drawing.Color {
    let i = 4 * (y * width + x)
    return Drawing.Color(pixels[i + 2], pixels[i + 1], pixels[i])
  }

  private func halfBlock(_ pixels: [UInt8], _ column: Int, _ line: Int, _ width: Int)
    -> TextPicture.Cell
  {
    let upper = color(pixels, column, 2 * line, width)
    let lower = color(pixels, column, 2 * line + 1, width)
    return upper == lower
      ? TextPicture.Cell(" ", background: upper)
      : TextPicture.Cell("▀", foreground: upper, background: lower)
  }

  private func braille(
    _ pixels: [UInt8], _ column: Int, _ line: Int, _ width: Int, _ background: Drawing.Color
  ) -> TextPicture.Cell {
    // The order of the dots in Unicode: three down on the left, three on the right, then the last row.
    let bits: [[UInt32]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
    var code: UInt32 = 0x2800
    for y in 0..<4 {
      for x in 0..<2 {
        let c = color(pixels, 2 * column + x, 4 * line + y, width)
        let contrast =
          abs(Int(c.red) - Int(background.red)) + abs(Int(c.green) - Int(background.green))
          + abs(Int(c.blue) - Int(background.blue))
        if contrast > 60 { code |= bits[y][x] }
      }
    }
    // A space looks like the sign without dots and can be left out at the end of a line.
    if code == 0x2800 { return TextPicture.Cell(" ") }
    return TextPicture.Cell(Unicode.Scalar(code).map { Character($0) } ?? " ")
  }

  /// Puts a label's characters into the cells at its place.
  private func write(
    _ label: Drawing.Label, _ drawing: Drawing, _ scale: Double, _ picture: inout TextPicture
  ) {
    let cell = Double(isColoured ? 1 : 2) / scale
    let y = drawing.origin == .lowerLeft ? drawing.height - label.point.y : label.point.y
    let (row, start) = (y / (2 * cell), label.left(advance: cell) / cell)
    guard abs(row) < 10_000, abs(start) < 10_000 else { return }
    let line = Int(row.rounded(.down))
    var column = Int(start.rounded(.down))
    guard picture.lines.indices.contains(line) else { return }
    for character in label.text {
      if picture.lines[line].indices.contains(column) {
        picture.lines[line][column].character = character
        picture.lines[line][column].foreground = isColoured ? label.color : nil
      }
      column += 1
    }
  }
}
