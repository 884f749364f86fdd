internal import Foundation
public import RLCore

extension MountainCar: Drawable {
  /// The car in its valley, as Gymnasium draws it: 600 x 400.
  public func drawing() -> Drawing {
    valley(
      position: position, limits: positionLimits, goal: goalPosition)
  }
}

/// The valley of both cars, with the car and the flag.
func valley(position: Double, limits: ClosedRange<Double>, goal: Double) -> Drawing {
  var drawing = Drawing(width: 600, height: 400, origin: .lowerLeft)
  let start = limits.lowerBound
  let span = limits.upperBound - start
  let scale = drawing.width / span
  func height(_ x: Double) -> Double { sin(3 * x) * 0.45 + 0.55 }
  let track = (0..<100).map { i in
    let x = start + span * Double(i) / 99
    return Drawing.Point((x - start) * scale, height(x) * scale)
  }
  drawing.stroke(.path(track), .black)

  // The car stands ten points above the track, on wheels of eight.
  let place = Drawing.Point((position - start) * scale, 10 + height(position) * scale)
  let slope = cos(3 * position)
  let (sine, cosine) = (sin(slope), cos(slope))
  func onCar(_ x: Double, _ y: Double) -> Drawing.Point {
    Drawing.Point(x, y).rotated(sine: sine, cosine: cosine) + place
  }
  drawing.fill(
    .polygon([onCar(-20, 0), onCar(-20, 20), onCar(20, 20), onCar(20, 0)]), .black)
  for wheel in [onCar(10, 0), onCar(-10, 0)] {
    drawing.fill(.circle(x: wheel.x, y: wheel.y, radius: 8), .gray)
  }

  let pole = Drawing.Point(
    ((goal - start) * scale).rounded(.down), (height(goal) * scale).rounded(.down))
  drawing.stroke(.line(x1: pole.x, y1: pole.y, x2: pole.x, y2: pole.y + 50), .black)
  let flag = [
    Drawing.Point(pole.x, pole.y + 50), Drawing.Point(pole.x, pole.y + 40),
    Drawing.Point(pole.x + 25, pole.y + 45),
  ]
  drawing.fill(.polygon(flag), Drawing.Color(204, 204, 0))
  return drawing
}
