internal import Foundation
public import RLCore

extension Acrobot: Drawable {
  /// Fifteen steps a second, three times as fast as the simulated time.
  public static var framesPerSecond: Int { 15 }

  /// Both links and the line to reach, as Gymnasium draws them: 500 x 500.
  public func drawing() -> Drawing {
    var drawing = Drawing(width: 500, height: 500, origin: .lowerLeft)
    let scale = drawing.width / (2 * (2 * length + 0.2))
    let (reach, radius) = (length * scale, 0.1 * scale)
    let joint = Drawing.Point(250, 250)
    let elbow =
      Drawing.Point(reach * sin(firstAngle), -reach * cos(firstAngle)) + joint
    let line = scale + joint.y
    drawing.stroke(.line(x1: 0, y1: line, x2: drawing.width, y2: line), .black)
    for (point, angle) in [(joint, firstAngle), (elbow, firstAngle + secondAngle)] {
      let (sine, cosine) = (sin(angle - .pi / 2), cos(angle - .pi / 2))
      let link = [
        Drawing.Point(0, -radius), Drawing.Point(0, radius), Drawing.Point(reach, radius),
        Drawing.Point(reach, -radius),
      ].map { $0.rotated(sine: sine, cosine: cosine) + point }
      drawing.fill(.polygon(link), Drawing.Color(0, 204, 204))
      drawing.fill(.circle(x: point.x, y: point.y, radius: radius), Drawing.Color(204, 204, 0))
    }
    return drawing
  }
}
