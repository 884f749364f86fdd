internal import Foundation
public import RLCore

extension Pendulum: Drawable {
  /// The pendulum as Gymnasium draws it, 500 x 500, with an arrow of the last torque's size around its hinge.
  public func drawing() -> Drawing {
    var drawing = Drawing(width: 500, height: 500, origin: .lowerLeft)
    let rodColor = Drawing.Color(204, 77, 77)
    let scale = drawing.width / 4.4
    let hinge = Drawing.Point(250, 250)
    let (sine, cosine) = (sin(angle + .pi / 2), cos(angle + .pi / 2))
    let radius = 0.1 * scale
    let rod = [
      Drawing.Point(0, -radius), Drawing.Point(0, radius), Drawing.Point(scale, radius),
      Drawing.Point(scale, -radius),
    ].map { $0.rotated(sine: sine, cosine: cosine) + hinge }
    let end = Drawing.Point(scale, 0).rotated(sine: sine, cosine: cosine) + hinge
    drawing.fill(.polygon(rod), rodColor)
    for joint in [hinge, end] {
      drawing.fill(.circle(x: joint.x, y: joint.y, radius: radius), rodColor)
    }
    if let torque, torque != 0 { drawArrow(torque, size: scale * abs(torque) / 2, &drawing) }
    drawing.fill(.circle(x: hinge.x, y: hinge.y, radius: 0.05 * scale), .black)
    return drawing
  }

  /// Three quarters of a circle from the top, counter-clockwise for a positive torque, and a head.
  private func drawArrow(_ torque: Double, size: Double, _ drawing: inout Drawing) {
    let side = torque > 0 ? 1.0 : -1.0
    let centre = Drawing.Point(250 - side * 0.023 * size, 250)
    let radius = 0.48 * size
    let arc = (0...40).map { i in
      let turn = .pi / 2 + Double(i) / 40 * 1.5 * .pi
      return Drawing.Point(side * 0.953 * radius * cos(turn), radius * sin(turn)) + centre
    }
    drawing.stroke(.path(arc), .black, width: max(1, 0.036 * size))
    let tip = Drawing.Point(side * 0.953 * radius, 0.15 * size) + centre
    let head = [(0.0, 0.0), (-0.07, -0.19), (0.0, -0.145), (0.07, -0.19)].map {
      Drawing.Point($0.0 * size, $0.1 * size) + tip
    }
    drawing.fill(.polygon(head), .black)
  }
}
