internal import RLCore

extension Picture {
  /// The picture for those who draw in pixels: on white, in letters of one width.
  var drawing: Drawing {
    var drawing = Drawing(
      width: (width + 2 * rim).rounded(.up), height: (height + 2 * rim).rounded(.up))
    for mark in marks { draw(mark, into: &drawing) }
    return drawing
  }

  private func draw(_ mark: Mark, into drawing: inout Drawing) {
    switch mark {
    case .line(let points, let stroke):
      let colour = Self.colour(stroke.paint, stroke.opacity)
      for part in Self.dashed(points, stroke.dashes) where part.count > 1 {
        drawing.stroke(.path(part.map(place)), colour, width: stroke.width)
      }
    case .area(let points, let paint, let opacity):
      if points.count > 2 {
        drawing.fill(.polygon(points.map(place)), Self.colour(paint, opacity))
      }
    case .symbol(let symbol, let at, let size, let paint, let isHollow):
      let outline = symbol.outline(at, size: size).map(place)
      drawing.fill(.polygon(outline), isHollow ? .white : Self.colour(paint))
      if isHollow {
        drawing.stroke(.path(outline + outline.prefix(1)), Self.colour(paint), width: 1.5)
      }
    case .words(let words):
      // Each of the drawing's letters is as wide as high; these are about as wide as a face's.
      let size = words.size * 0.625
      let alignment: Drawing.Label.Alignment =
        switch words.alignment {
        case .left: .left
        case .centre: .centre
        case .right: .right
        }
      let at = place(words.at)
      drawing.write(
        Self.plain(words.text), x: at.x, y: at.y - size / 2, size: size, Self.colour(words.paint),
        alignment: alignment)
    case .group(let group):
      for mark in group.marks { draw(mark, into: &drawing) }
    }
  }

  private func place(_ point: Point) -> Drawing.Point {
    Drawing.Point(point.x + rim, point.y + rim)
  }

  /// The nearest that ASCII has.
  private static func plain(_ text: String) -> String {
    let known: [Character: String] = [
      "−": "-", "–": "-", "…": "...", "×": "x", "⁻": "-", "⁰": "0", "¹": "1", "²": "2", "³": "3",
      "⁴": "4", "⁵": "5", "⁶": "6", "⁷": "7", "⁸": "8", "⁹": "9",
    ]
    return text.map { known[$0] ?? String($0) }.joined()
  }

  private static func colour(_ paint: Paint, _ opacity: Double = 1) -> Drawing.Color {
    let text = paint.light
    let value = UInt32(text, radix: 16) ?? 0
    return Drawing.Color(
      UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255),
      alpha: UInt8((255 * opacity).rounded()))
  }

  /// A line cut into its dashes; strokes and gaps take turns along the whole line.
  static func dashed(_ points: [Point], _ dashes: [Double]) -> [[Point]] {
    guard let first = points.first, dashes.contains(where: { $0 > 0.1 }) else { return [points] }
    var parts: [[Point]] = []
    var part = [first]
    var (index, left) = (0, dashes[0])
    for (a, b) in zip(points, points.dropFirst()) {
      let length = ((b.x - a.x) * (b.x - a.x) + (b.y - a.y) * (b.y - a.y)).squareRoot()
      var done = 0.0
      while length - done > left {
        done += left
        let share = done / length
        let point = Point(a.x + share * (b.x - a.x), a.y + share * (b.y - a.y))
        if index % 2 == 0 { parts.append(part + [point]) }
        part = [point]
        index += 1
        left = max(0.1, dashes[index % dashes.count])
      }
      left -= length - done
      if index % 2 == 0 { part.append(b) }
    }
    if index % 2 == 0 { parts.append(part) }
    return parts
  }
}
