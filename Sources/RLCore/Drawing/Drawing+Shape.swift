extension Drawing {
  /// A place in a drawing, in points from its origin.
  public struct Point: Sendable, Equatable {
    /// To the right.
    public var x: Double
    /// Down or up, as the drawing's origin says.
    public var y: Double

    /// A place.
    public init(_ x: Double, _ y: Double) {
      self.x = x
      self.y = y
    }

    /// The sum, coordinate by coordinate.
    public static func + (a: Point, b: Point) -> Point { Point(a.x + b.x, a.y + b.y) }

    /// The place turned about (0, 0), from the x axis towards the y axis.
    ///
    /// - Parameters:
    ///   - sine: Of the angle.
    ///   - cosine: Of the angle.
    public func rotated(sine: Double, cosine: Double) -> Point {
      Point(cosine * x - sine * y, sine * x + cosine * y)
    }
  }

  /// The form of what is drawn.
  public enum Shape: Sendable, Equatable {
    /// The area inside of three or more corners.
    case polygon([Point])
    /// Straight lines from point to point; filled, it is the polygon.
    case path([Point])
    /// A circle.
    case circle(x: Double, y: Double, radius: Double)
    /// An upright rectangle from its corner next to the origin.
    case rectangle(x: Double, y: Double, width: Double, height: Double)

    /// A straight line.
    public static func line(x1: Double, y1: Double, x2: Double, y2: Double) -> Shape {
      .path([Point(x1, y1), Point(x2, y2)])
    }
  }

  /// A line of text.
  public struct Label: Sendable, Equatable {
    /// Which part of a text its place means.
    public enum Alignment: Sendable {
      /// The left end.
      case left
      /// The middle.
      case centre
      /// The right end.
      case right
    }

    /// What is written; characters beyond ASCII show as question marks.
    public var text: String
    /// The place, at the middle of the text's height.
    public var point: Point
    /// The height of the line, and the width of each character.
    public var size: Double
    /// The colour.
    public var color: Color
    /// Which part of the text the place means.
    public var alignment: Alignment

    /// A line of text.
    public init(
      _ text: String, at point: Point, size: Double, color: Color, alignment: Alignment = .centre
    ) {
      self.text = text
      self.point = point
      self.size = size
      self.color = color
      self.alignment = alignment
    }

    /// Where the text starts, for characters of the given width.
    public func left(advance: Double) -> Double {
      let width = Double(text.count) * advance
      return switch alignment {
      case .left: point.x
      case .centre: point.x - width / 2
      case .right: point.x - width
      }
    }
  }
}
