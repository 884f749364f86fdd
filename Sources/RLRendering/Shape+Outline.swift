internal import Foundation
internal import RLCore

extension Drawing.Shape {
  private static let unitCircle: [Drawing.Point] = (0...64).map {
    let angle = Double($0) * .pi / 32
    return Drawing.Point(cos(angle), sin(angle))
  }

  /// The line around the shape, or along it; closed shapes end where they start.
  var outline: [Drawing.Point] {
    switch self {
    case .path(let points): points
    case .polygon(let points): points + points.prefix(1)
    case .circle(let x, let y, let radius):
      Self.unitCircle.map { Drawing.Point(x + radius * $0.x, y + radius * $0.y) }
    case .rectangle(let x, let y, let width, let height):
      [
        Drawing.Point(x, y), Drawing.Point(x + width, y), Drawing.Point(x + width, y + height),
        Drawing.Point(x, y + height), Drawing.Point(x, y),
      ]
    }
  }
}
