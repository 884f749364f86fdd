internal import Foundation
internal import RLSupport

/// Writes pictures as SVG.
enum SVG {
  /// Text that can stand in XML and HTML, in an attribute too. What XML cannot hold is left out.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\t", "\n", "\r": result += " "
      case "\u{0}"..<"\u{20}", "\u{7f}"..<"\u{a0}", "\u{fffe}"..."\u{ffff}": continue
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// A coordinate with two decimals at most; what is no number becomes 0.
  static func number(_ x: Double) -> String {
    guard x.isFinite else { return "0" }
    let hundredths = (max(-1e6, min(1e6, x)) * 100).rounded() + 0
    if hundredths.truncatingRemainder(dividingBy: 100) == 0 { return "\(Int(hundredths) / 100)" }
    var text = Format.decimal(hundredths / 100, 2)
    while text.hasSuffix("0") { text.removeLast() }
    return text
  }

  /// A whole SVG file, on white.
  static func file(_ picture: Picture) -> String {
    """
    <?xml version="1.0" encoding="UTF-8"?>
    \(element(picture, id: "chart", isStandalone: true))

    """
  }

  /// An `svg` element.
  ///
  /// - Parameters:
  ///   - id: Of the element, unlike all others in the page.
  ///   - isInteractive: Whether parts of the chart can have the focus.
  ///   - isStandalone: Whether it brings its style along.
  static func element(
    _ picture: Picture, id: String, isInteractive: Bool = false, isStandalone: Bool = false
  ) -> String {
    let rim = number(-picture.rim)
    let (width, height) = (
      number(picture.width + 2 * picture.rim), number(picture.height + 2 * picture.rim)
    )
    let size = isStandalone ? " width=\"\(width)\" height=\"\(height)\"" : ""
    let style = isStandalone ? "\n<style>\(self.style)</style>" : ""
    let background =
      isStandalone
      ? "\n<rect class=\"f-surface\" x=\"\(rim)\" y=\"\(rim)\" width=\"\(width)\" height=\"\(height)\"/>"
      : ""
    return """
      <svg xmlns="http://www.w3.org/2000/svg" id="\(id)" class="chart" viewBox="\(rim) \(rim) \(width) \
      \(height)"\(size) role="\(isInteractive ? "group" : "img")" aria-labelledby="\(id)-title \
      \(id)-description">
      <title id="\(id)-title">\(escaped(picture.title))</title>
      <desc id="\(id)-description">\(escaped(picture.description))</desc>\(style)\(background)
      \(picture.marks.map(mark).joined(separator: "\n"))
      </svg>
      """
  }

  // MARK: Marks

  static func mark(_ mark: Picture.Mark) -> String {
    switch mark {
    case .line(let points, let stroke): line(points, stroke)
    case .area(let points, let paint, let opacity):
      "<polygon class=\"f-\(name(paint))\" fill-opacity=\"\(number(opacity))\" points=\"\(places(points))\"/>"
    case .symbol(let symbol, let at, let size, let paint, let isHollow):
      self.symbol(symbol, at, size, paint, isHollow)
    case .words(let words): self.words(words)
    case .group(let group):
      "<g class=\"\(escaped(group.classes))\"\(attributes(group.attributes))>\n"
        + group.marks.map(self.mark).joined(separator: "\n") + "\n</g>"
    }
  }

  private static func attributes(_ list: [(name: String, value: String)]) -> String {
    list.map { " \($0.name)=\"\(escaped($0.value))\"" }.joined()
  }

  static func name(_ paint: Picture.Paint) -> String {
    switch paint {
    case .series(let index): "s\(SeriesStyle(index).colour)"
    case .ink: "ink"
    case .muted: "muted"
    case .grid: "grid"
    case .surface: "surface"
    }
  }

  private static func places(_ points: [Picture.Point]) -> String {
    points.map { "\(number($0.x)),\(number($0.y))" }.joined(separator: " ")
  }

  private static func line(_ points: [Picture.Point], _ stroke: Picture.Stroke) -> String {
    let dashes =
      stroke.dashes.isEmpty
      ? "" : " stroke-dasharray=\"\(stroke.dashes.map(number).joined(separator: " "))\""
    let opacity =
      stroke.opacity == 1 ? "" : " stroke-opacity=\"\(number(stroke.opacity))\""
    return
      "<polyline class=\"l-\(name(stroke.paint))\" stroke-width=\"\(number(stroke.width))\"\(dashes)\(opacity) points=\"\(places(points))\"/>"
  }

  private static func symbol(
    _ symbol: SeriesStyle.Symbol, _ at: Picture.Point, _ size: Double, _ paint: Picture.Paint,
    _ isHollow: Bool
  ) -> String {
    let style = (isHollow ? "h-" : "f-") + name(paint)
    if symbol == .circle {
      return
        "<circle class=\"\(style)\" cx=\"\(number(at.x))\" cy=\"\(number(at.y))\" r=\"\(number(size / 2))\"/>"
    }
    let outline = symbol.outline(at, size: size)
    return "<polygon class=\"\(style)\" points=\"\(places(outline))\"/>"
  }

  private static func words(_ words: Picture.Words) -> String {
    let anchor =
      switch words.alignment {
      case .left: ""
      case .centre: " text-anchor=\"middle\""
      case .right: " text-anchor=\"end\""
      }
    let style =
      "f-\(name(words.paint))" + (words.isBold ? " bold" : "") + (words.hasRim ? " rim" : "")
    return
      "<text class=\"\(style)\" x=\"\(number(words.at.x))\" y=\"\(number(words.at.y))\" font-size=\"\(number(words.size))\"\(anchor)>\(escaped(words.text))</text>"
  }

  /// The style of a file that stands alone.
  private static var style: String {
    var rules = [
      "text{font-family:\(ReportStyle.fonts)}", ".bold{font-weight:600}",
      ".rim{paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}",
      "polyline{fill:none;stroke-linejoin:round;stroke-linecap:butt}",
    ]
    var colours = SeriesStyle.light.enumerated().map { ("s\($0)", $1) }
    colours += [
      ("ink", "1c2430"), ("muted", "5a6472"), ("grid", "e3e7ec"), ("surface", "ffffff"),
    ]
    for (name, colour) in colours {
      rules.append(
        ".f-\(name){fill:#\(colour)}.l-\(name){stroke:#\(colour)}.h-\(name){fill:#fff;stroke:#\(colour);stroke-width:1.5}"
      )
    }
    return rules.joined()
  }
}
