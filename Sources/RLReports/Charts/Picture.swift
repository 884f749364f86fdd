/// A chart as shapes, from the back to the front, before it is written as SVG or drawn in pixels.
///
/// Lengths are in CSS pixels, (0, 0) is the upper left corner.
struct Picture {
  struct Point: Equatable {
    var x: Double
    var y: Double

    init(_ x: Double, _ y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// A colour by its role, so that pages can be light and dark.
  enum Paint: Equatable {
    /// Of the data series with a number.
    case series(Int)
    /// Of words that matter, of other words, of grid lines, and of what lies behind all.
    case ink, muted, grid, surface
  }

  struct Stroke: Equatable {
    var paint: Paint
    var width = 1.0
    /// Lengths of strokes and gaps in turn; none for a solid line.
    var dashes: [Double] = []
    var opacity = 1.0
  }

  enum Alignment { case left, centre, right }

  struct Words: Equatable {
    var text: String
    /// The end or middle of the base line, as the alignment says.
    var at: Point
    var size = 12.0
    var paint = Paint.muted
    var alignment = Alignment.left
    var isBold = false
    /// Whether a rim in the colour of the background sets the words off from what they lie on.
    var hasRim = false
  }

  /// Marks that belong together.
  struct Group {
    /// What the page's style and script know the group by.
    var classes: String
    var attributes: [(name: String, value: String)] = []
    var marks: [Mark] = []
  }

  indirect enum Mark {
    case line([Point], Stroke)
    case area([Point], Paint, opacity: Double)
    case symbol(SeriesStyle.Symbol, Point, size: Double, Paint, isHollow: Bool)
    case words(Words)
    case group(Group)
  }

  var width: Double
  var height: Double
  /// What the chart shows, in a few words and in a sentence or two, for those who cannot see it.
  var title: String
  var description: String
  var marks: [Mark] = []
  /// The width of an empty rim around everything; width and height do not have it.
  var rim = 0.0

  /// The picture with an empty rim.
  func framed(_ rim: Double) -> Picture {
    var result = self
    result.rim = rim
    return result
  }

  /// About how wide words are in a wide sans-serif face, as charts are read with any.
  static func width(of text: String, size: Double) -> Double {
    text.reduce(0) { $0 + ($1.isWide ? 0.8 : $1.isNarrow ? 0.36 : 0.62) } * size
  }

  /// Words that fit into a width, cut with an ellipsis if need be.
  static func fitted(_ text: String, size: Double, width: Double) -> String {
    guard Self.width(of: text, size: size) > width else { return text }
    var cut = text
    while !cut.isEmpty, Self.width(of: cut + "…", size: size) > width { cut.removeLast() }
    return cut + "…"
  }
}

extension Character {
  fileprivate var isNarrow: Bool { "ijlft.,:;'|!()[]I ".contains(self) }
  fileprivate var isWide: Bool { isUppercase || "mwMW−".contains(self) || !isASCII }
}
