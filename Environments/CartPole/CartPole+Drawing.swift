internal import Foundation
public import RLCore

extension CartPole: Drawable {
  /// Fifty steps a second, the speed of the simulated time.
  public static var framesPerSecond: Int { 50 }

  /// The cart on its track, as Gymnasium draws it: 600 x 400.
  public func drawing() -> Drawing {
    var drawing = Drawing(width: 600, height: 400, origin: .lowerLeft)
    let scale = drawing.width / (2 * positionLimit)
    let (x, y) = (position * scale + drawing.width / 2, 100.0)
    let poleLength = scale * 2 * halfLength
    drawing.fill(.polygon(Self.box(-25, 25, -15, 15).map { $0 + Drawing.Point(x, y) }), .black)
    let axle = Drawing.Point(x, y + 7.5)
    let (sine, cosine) = (sin(-angle), cos(-angle))
    let pole = Self.box(-5, 5, -5, poleLength - 5).map {
      $0.rotated(sine: sine, cosine: cosine) + axle
    }
    drawing.fill(.polygon(pole), Drawing.Color(202, 152, 101))
    drawing.fill(.circle(x: axle.x, y: axle.y, radius: 5), Drawing.Color(129, 132, 203))
    drawing.stroke(.line(x1: 0, y1: y, x2: drawing.width, y2: y), .black)
    return drawing
  }

  private static func box(_ left: Double, _ right: Double, _ bottom: Double, _ top: Double)
    -> [Drawing.Point]
  {
    [
      Drawing.Point(left, bottom), Drawing.Point(left, top), Drawing.Point(right, top),
      Drawing.Point(right, bottom),
    ]
  }
}
