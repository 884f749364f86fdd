public import RLCore

extension GridWorld: Drawable {
  /// Four steps a second.
  public static var framesPerSecond: Int { 4 }

  /// The map with the walker: cells of 64 points, smaller on large maps.
  public func drawing() -> Drawing {
    let map = configuration.map
    let side = min(64, max(4, (1024 / max(map.rows, map.columns)) & ~1))
    let size = Double(side)
    var drawing = Drawing(
      width: min(4096, size * Double(map.columns)), height: min(4096, size * Double(map.rows)),
      background: Drawing.Color(226, 237, 245))
    for (i, kind) in map.cells.enumerated() where kind != .free {
      draw(kind, Double(i % map.columns) * size, Double(i / map.columns) * size, size, &drawing)
    }
    let line = Drawing.Color(190, 208, 221)
    for column in 1..<max(2, map.columns) {
      drawing.fill(
        .rectangle(x: Double(column) * size, y: 0, width: 1, height: drawing.height), line)
    }
    for row in 1..<max(2, map.rows) {
      drawing.fill(.rectangle(x: 0, y: Double(row) * size, width: drawing.width, height: 1), line)
    }
    drawWalker(size, &drawing)
    drawing.text = textPicture
    return drawing
  }

  private func draw(
    _ kind: GridMap.Cell, _ x: Double, _ y: Double, _ size: Double, _ drawing: inout Drawing
  ) {
    let (middleX, middleY) = (x + size / 2, y + size / 2)
    switch kind {
    case .free: break
    case .start:
      drawing.stroke(
        .circle(x: middleX, y: middleY, radius: 0.34 * size), Drawing.Color(150, 172, 190),
        width: max(1.5, 0.05 * size))
    case .wall:
      drawing.fill(
        .rectangle(x: x, y: y, width: size, height: size), Drawing.Color(70, 84, 98))
    case .pit:
      drawing.fill(
        .rectangle(x: x, y: y, width: size, height: size), Drawing.Color(176, 203, 224))
      drawing.fill(
        .circle(x: middleX, y: middleY, radius: 0.39 * size), Drawing.Color(24, 62, 105))
      drawing.fill(
        .circle(x: middleX, y: middleY + 0.04 * size, radius: 0.32 * size),
        Drawing.Color(36, 92, 150))
    case .goal:
      drawing.fill(
        .rectangle(x: x, y: y, width: size, height: size), Drawing.Color(202, 230, 196))
      let pole = Drawing.Color(70, 84, 98)
      drawing.fill(
        .rectangle(x: x + 0.3 * size, y: y + 0.16 * size, width: 0.06 * size, height: 0.7 * size),
        pole)
      drawing.fill(
        .rectangle(x: x + 0.2 * size, y: y + 0.82 * size, width: 0.26 * size, height: 0.06 * size),
        pole)
      drawing.fill(
        .polygon([
          Drawing.Point(x + 0.36 * size, y + 0.16 * size),
          Drawing.Point(x + 0.82 * size, y + 0.32 * size),
          Drawing.Point(x + 0.36 * size, y + 0.48 * size),
        ]), .green)
    }
  }

  private func drawWalker(_ size: Double, _ drawing: inout Drawing) {
    let columns = configuration.map.columns
    let x = (Double(cell % columns) + 0.5) * size
    let y = (Double(cell / columns) + 0.5) * size
    let radius = 0.29 * size
    drawing.fill(.circle(x: x, y: y, radius: radius), Drawing.Color(232, 126, 37))
    drawing.stroke(
      .circle(x: x, y: y, radius: radius), Drawing.Color(168, 84, 16), width: max(1.5, 0.04 * size))
    for side in [-1.0, 1.0] {
      drawing.fill(
        .circle(x: x + side * 0.11 * size, y: y - 0.06 * size, radius: 0.05 * size), .white)
      drawing.fill(
        .circle(x: x + side * 0.11 * size, y: y - 0.06 * size, radius: 0.025 * size), .black)
    }
    if configuration.map.cells[cell] == .pit {
      // Someone who fell in has no reason to smile.
      drawing.stroke(
        .line(x1: x - 0.1 * size, y1: y + 0.12 * size, x2: x + 0.1 * size, y2: y + 0.12 * size),
        .black, width: max(1.5, 0.03 * size))
    } else {
      drawing.stroke(
        .path([
          Drawing.Point(x - 0.11 * size, y + 0.08 * size),
          Drawing.Point(x - 0.05 * size, y + 0.13 * size),
          Drawing.Point(x + 0.05 * size, y + 0.13 * size),
          Drawing.Point(x + 0.11 * size, y + 0.08 * size),
        ]), .black, width: max(1.5, 0.03 * size))
    }
  }

  /// The letters of the map, the walker's cell in brackets.
  private var textPicture: TextPicture {
    let map = configuration.map
    var picture = TextPicture(
      lines: (0..<map.rows).map { row in
        (0..<map.columns).flatMap { column -> [TextPicture.Cell] in
          let i = row * map.columns + column
          let kind = map.cells[i]
          let letter = kind == .free ? "." : Character(kind.rawValue)
          let color = Self.textColors[kind] ?? nil
          let marks: (Character, Character) = i == cell ? ("[", "]") : (" ", " ")
          return [
            TextPicture.Cell(marks.0), TextPicture.Cell(letter, foreground: color),
            TextPicture.Cell(marks.1),
          ]
        }
      })
    let column = cell % map.columns
    picture.paint(
      line: cell / map.columns, columns: 3 * column..<3 * column + 3, foreground: .white,
      background: Drawing.Color(200, 100, 20))
    return picture
  }

  private static let textColors: [GridMap.Cell: Drawing.Color?] = [
    .start: Drawing.Color(150, 172, 190), .free: .gray, .pit: Drawing.Color(80, 150, 220),
    .goal: Drawing.Color(90, 190, 95), .wall: nil,
  ]
}
