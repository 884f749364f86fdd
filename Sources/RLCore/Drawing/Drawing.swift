/// A picture as a value: shapes in the order in which they are drawn, later ones over earlier ones.
///
/// Environments make drawings, see ``Drawable``; frames, windows and terminals show them. Lengths are
/// in points: one pixel of a recording, more of a large window.
///
/// ```swift
/// var drawing = Drawing(width: 200, height: 60)
/// drawing.fill(.rectangle(x: 0, y: 40, width: 200, height: 20), .gray(225))
/// drawing.fill(.circle(x: 100, y: 30, radius: 18), .blue)
/// ```
public struct Drawing: Sendable, Equatable {
  /// Where the point (0, 0) lies.
  public enum Origin: Sendable {
    /// In the upper left corner; y grows downwards, as the rows of a grid do.
    case upperLeft
    /// In the lower left corner; y grows upwards, as in a plot.
    case lowerLeft
  }

  /// One thing that is drawn.
  public enum Element: Sendable, Equatable {
    /// A shape in one colour, with smooth edges.
    case fill(Shape, Color)
    /// The outline of a shape, or a line, so many points wide.
    case stroke(Shape, Color, width: Double)
    /// Words.
    case text(Label)
  }

  /// The width in points.
  public var width: Double
  /// The height in points.
  public var height: Double
  /// Where the point (0, 0) lies.
  public var origin: Origin
  /// The colour behind everything.
  public var background: Color
  /// What is drawn, from the back to the front.
  public private(set) var elements: [Element] = []
  /// The picture in characters, for terminals; without one they show the shapes as coarse dots.
  public var text: TextPicture?

  /// An empty picture.
  ///
  /// - Parameters:
  ///   - width: In points, 1 to 4096.
  ///   - height: In points, 1 to 4096.
  ///   - origin: The corner from which coordinates count.
  ///   - background: The colour beneath everything.
  public init(
    width: Double, height: Double, origin: Origin = .upperLeft, background: Color = .white
  ) {
    precondition(
      (1...4096).contains(width) && (1...4096).contains(height),
      "Drawing: a picture of \(width) x \(height) points; each side must have 1 to 4096")
    self.width = width
    self.height = height
    self.origin = origin
    self.background = background
  }

  /// Fills a shape.
  public mutating func fill(_ shape: Shape, _ color: Color) {
    elements.append(.fill(shape, color))
  }

  /// Draws the outline of a shape, or a line.
  public mutating func stroke(_ shape: Shape, _ color: Color, width: Double = 1) {
    elements.append(.stroke(shape, color, width: width))
  }

  /// Writes a line of ASCII text.
  ///
  /// - Parameters:
  ///   - text: What to write.
  ///   - x: Where the text starts, has its middle, or ends, as `alignment` says.
  ///   - y: The middle of the text's height.
  ///   - size: The height of a line; each character is as wide.
  ///   - color: The colour.
  ///   - alignment: Which part of the text `x` means.
  public mutating func write(
    _ text: String, x: Double, y: Double, size: Double, _ color: Color,
    alignment: Label.Alignment = .centre
  ) {
    elements.append(
      .text(Label(text, at: Point(x, y), size: size, color: color, alignment: alignment)))
  }
}
