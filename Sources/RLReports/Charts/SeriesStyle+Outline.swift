internal import Foundation

extension SeriesStyle.Symbol {
  /// The corners of the symbol, for one about as wide and high as `size`.
  func outline(_ at: Picture.Point, size: Double) -> [Picture.Point] {
    let r = size / 2
    func points(_ places: [(Double, Double)]) -> [Picture.Point] {
      places.map { Picture.Point(at.x + r * $0.0, at.y + r * $0.1) }
    }
    func round(_ corners: Int, turn: Double) -> [Picture.Point] {
      points(
        (0..<corners).map {
          let angle = 2 * Double.pi * Double($0) / Double(corners) + turn
          return (1.1 * cos(angle), 1.1 * sin(angle))
        })
    }
    switch self {
    case .circle: return round(16, turn: 0)
    case .square: return points([(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)])
    case .triangle: return points([(0, -1.15), (1.1, 0.85), (-1.1, 0.85)])
    case .fallingTriangle: return points([(0, 1.15), (1.1, -0.85), (-1.1, -0.85)])
    case .diamond: return points([(0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)])
    case .hexagon: return round(6, turn: 0)
    case .bar: return points([(-0.45, -1.3), (0.45, -1.3), (0.45, 1.3), (-0.45, 1.3)])
    case .cross:
      let (a, b) = (0.35, 1.15)
      return points([
        (-a, -b), (a, -b), (a, -a), (b, -a), (b, a), (a, a), (a, b), (-a, b), (-a, a), (-b, a),
        (-b, -a), (-a, -a),
      ])
    case .arrow: return points([(-0.8, -1.1), (1.2, 0), (-0.8, 1.1)])
    }
  }
}
