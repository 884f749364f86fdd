internal import Foundation
public import RLCore

extension MuJoCoEnvironment: Drawable {
  /// The geoms from the side and a little from above, without perspective, from the back to the front. The camera
  /// goes along with the first body that moves.
  public func drawing() -> Drawing {
    let (width, height) = (480.0, 480.0)
    var drawing = Drawing(width: width, height: height, background: Drawing.Color(236, 242, 248))
    let geoms = geoms
    let moving = geoms.filter { $0.body > 0 && $0.kind != .plane && $0.color.w > 0 }
    guard let first = moving.first else { return drawing }
    let (sine, cosine) = (sin(MuJoCoView.elevation), cos(MuJoCoView.elevation))
    let reach = moving.map { ($0.position - first.position).length + $0.size.max() }.max() ?? 1
    let scale = width / (2 * Swift.max(0.2, Swift.min(reach * 1.6, 4)))
    let ground = geoms.first { $0.kind == .plane }
    let level = ground.map { Swift.max($0.position.z, first.position.z - reach) + reach / 2 }
    let centre = SIMD3(first.position.x, first.position.y, level ?? first.position.z)
    func point(_ place: SIMD3<Double>) -> Drawing.Point {
      let way = place - centre
      return Drawing.Point(
        width / 2 + scale * way.x, height / 2 - scale * (way.z * cosine + way.y * sine))
    }
    if let ground {
      MuJoCoView.drawGround(
        at: ground.position.z, around: centre, reach: width / scale, point, &drawing)
    }
    for geom in moving.sorted(by: { $0.position.y > $1.position.y }) {
      MuJoCoView.draw(geom, scale, point, &drawing)
    }
    return drawing
  }

  /// Half of real time for most tasks.
  public static var framesPerSecond: Int { 30 }
}

/// How the geoms of a model are drawn.
private enum MuJoCoView {
  /// How far above the horizontal the camera looks from, in radians.
  static let elevation = 0.35

  typealias Projection = (SIMD3<Double>) -> Drawing.Point

  /// Tiles of half a metre.
  static func drawGround(
    at height: Double, around centre: SIMD3<Double>, reach: Double, _ point: Projection,
    _ drawing: inout Drawing
  ) {
    let size = reach > 2 ? 0.5 : 0.1
    let (x, y) = (Int((centre.x / size).rounded()), Int((centre.y / size).rounded()))
    let count = Int((reach / size).rounded(.up)) / 2 + 1
    func corner(_ i: Int, _ j: Int) -> Drawing.Point {
      point(SIMD3(Double(i) * size, Double(j) * size, height))
    }
    for i in x - count..<x + count {
      for j in y - 2 * count..<y + count {
        let tile = [corner(i, j), corner(i + 1, j), corner(i + 1, j + 1), corner(i, j + 1)]
        drawing.fill(.polygon(tile), .gray((i + j) % 2 == 0 ? 205 : 218))
      }
    }
  }

  static func draw(
    _ geom: MuJoCoGeom, _ scale: Double, _ point: Projection, _ drawing: inout Drawing
  ) {
    func byte(_ number: Float) -> UInt8 { UInt8(Swift.max(0, Swift.min(255, number * 255))) }
    let color = Drawing.Color(
      byte(geom.color.x), byte(geom.color.y), byte(geom.color.z), alpha: byte(geom.color.w))
    let rim = Drawing.Color(color.red / 2, color.green / 2, color.blue / 2, alpha: color.alpha)
    let radius = geom.size.x * scale
    switch geom.kind {
    case .capsule, .cylinder:
      let half = geom.axes[2] * geom.size.y
      let (a, b) = (point(geom.position - half), point(geom.position + half))
      for (extra, color) in [(1.5, rim), (0, color)] {
        drawing.stroke(.path([a, b]), color, width: Swift.max(1, 2 * (radius + extra)))
        for end in [a, b] {
          drawing.fill(.circle(x: end.x, y: end.y, radius: radius + extra), color)
        }
      }
    case .box, .mesh, .distanceField, .heightField, .plane:
      let corners = [(-1.0, -1.0), (1, -1), (1, 1), (-1, 1)].map { x, z in
        point(geom.position + geom.axes[0] * geom.size.x * x + geom.axes[2] * geom.size.z * z)
      }
      drawing.fill(.polygon(corners), color)
    case .sphere, .ellipsoid:
      let centre = point(geom.position)
      drawing.fill(.circle(x: centre.x, y: centre.y, radius: radius + 1.5), rim)
      drawing.fill(.circle(x: centre.x, y: centre.y, radius: radius), color)
    }
  }
}

extension SIMD3<Double> {
  fileprivate var length: Double { (self * self).sum().squareRoot() }
}
