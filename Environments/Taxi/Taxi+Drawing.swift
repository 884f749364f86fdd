public import RLCore

extension Taxi: Drawable {
  /// Four steps a second.
  public static var framesPerSecond: Int { 4 }

  private static let standColors = [
    Drawing.Color(214, 69, 65), Drawing.Color(67, 160, 71), Drawing.Color(226, 178, 40),
    Drawing.Color(48, 112, 190),
  ]
  private static let standLetters = ["R", "G", "Y", "B"]

  /// The town from above, 500 x 500: walls, the four stands, the passenger with its destination framed,
  /// and the taxi.
  public func drawing() -> Drawing {
    let size = 92.0
    let margin = 20.0
    var drawing = Drawing(width: 500, height: 500, background: Drawing.Color(70, 84, 98))
    drawing.fill(
      .rectangle(x: margin, y: margin, width: 5 * size, height: 5 * size),
      Drawing.Color(205, 209, 214))
    for i in 1..<5 {
      let line = margin + Double(i) * size
      let color = Drawing.Color(232, 234, 237)
      drawing.fill(.rectangle(x: line - 1, y: margin, width: 2, height: 5 * size), color)
      drawing.fill(.rectangle(x: margin, y: line - 1, width: 5 * size, height: 2), color)
    }
    for (i, stand) in Self.stands.enumerated() {
      let (x, y) = (margin + Double(stand.column) * size, margin + Double(stand.row) * size)
      let color = Self.standColors[i]
      drawing.fill(
        .rectangle(x: x + 3, y: y + 3, width: size - 6, height: size - 6), color.opacity(110))
      drawing.write(Self.standLetters[i], x: x + 22, y: y + 22, size: 16, .white)
      if i == destination {
        drawing.stroke(
          .rectangle(x: x + 5, y: y + 5, width: size - 10, height: size - 10), color, width: 6)
      }
    }
    for row in 0..<5 {
      for (i, letter) in Self.map[row].enumerated() where letter == "|" {
        drawing.fill(
          .rectangle(
            x: margin + Double(i + 1) / 2 * size - 4, y: margin + Double(row) * size, width: 8,
            height: size), Drawing.Color(70, 84, 98))
      }
    }
    if passenger < Self.aboard {
      let stand = Self.stands[passenger]
      drawPassenger(
        margin + (Double(stand.column) + 0.5) * size, margin + (Double(stand.row) + 0.5) * size,
        1, &drawing)
    }
    drawTaxi(
      margin + (Double(column) + 0.5) * size, margin + (Double(row) + 0.5) * size, &drawing)
    drawing.text = textPicture
    return drawing
  }

  private func drawPassenger(
    _ x: Double, _ y: Double, _ scale: Double, _ drawing: inout Drawing
  ) {
    let color = Drawing.Color(60, 50, 110)
    drawing.fill(.circle(x: x, y: y - 12 * scale, radius: 9 * scale), color)
    drawing.fill(
      .polygon([
        Drawing.Point(x - 14 * scale, y + 22 * scale), Drawing.Point(x - 9 * scale, y),
        Drawing.Point(x + 9 * scale, y), Drawing.Point(x + 14 * scale, y + 22 * scale),
      ]), color)
  }

  private func drawTaxi(_ x: Double, _ y: Double, _ drawing: inout Drawing) {
    let body = Drawing.Color(250, 200, 40)
    let dark = Drawing.Color(45, 48, 54)
    drawing.fill(
      .polygon([
        Drawing.Point(x - 20, y), Drawing.Point(x - 12, y - 20), Drawing.Point(x + 12, y - 20),
        Drawing.Point(x + 20, y),
      ]), body)
    drawing.fill(
      .polygon([
        Drawing.Point(x - 14, y - 1), Drawing.Point(x - 9, y - 16), Drawing.Point(x + 9, y - 16),
        Drawing.Point(x + 14, y - 1),
      ]), Drawing.Color(215, 232, 242))
    drawing.fill(.rectangle(x: x - 32, y: y, width: 64, height: 19), body)
    for i in 0..<8 {
      drawing.fill(
        .rectangle(x: x - 32 + Double(i) * 8, y: y + (i % 2 == 0 ? 5 : 9), width: 8, height: 4),
        dark)
    }
    for wheel in [x - 18, x + 18] {
      drawing.fill(.circle(x: wheel, y: y + 19, radius: 8), dark)
      drawing.fill(.circle(x: wheel, y: y + 19, radius: 3), Drawing.Color(205, 209, 214))
    }
    drawing.fill(
      .rectangle(x: x - 9, y: y - 27, width: 18, height: 7),
      passenger == Self.aboard ? dark : .green)
    if passenger == Self.aboard { drawPassenger(x, y - 6, 0.45, &drawing) }
  }

  /// Gymnasium's town, the taxi's cell coloured, and what is to be done in words.
  private var textPicture: TextPicture {
    let border = "+---------+"
    var lines = [border] + Self.map.map { "|\($0)|" } + [border]
    let isAboard = passenger == Self.aboard
    let goal = Self.standLetters[destination]
    lines.append(
      isAboard
        ? "passenger aboard, wants to go to \(goal)"
        : "passenger waits at \(Self.standLetters[passenger]), wants to go to \(goal)")
    var picture = TextPicture(lines.joined(separator: "\n"))
    for (i, stand) in Self.stands.enumerated() {
      let column = 2 * stand.column + 1
      picture.paint(
        line: stand.row + 1, columns: column..<column + 1, foreground: Self.standColors[i])
    }
    let place = 2 * column + 1
    picture.lines[row + 1][place] = TextPicture.Cell(
      isAboard ? "@" : "T", foreground: .black, background: Self.standColors[2])
    return picture
  }
}
