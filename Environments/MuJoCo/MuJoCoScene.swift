internal import Foundation
package import RLCore

/// The picture of a simulation: ground, shadows, and the geoms from the farthest to the nearest, those of the world before
/// those of bodies, which may stand on a large one whose middle is near.
///
/// Geoms are drawn as their outlines in perspective, each with a bright side where the light comes from; so pictures need
/// no OpenGL.
package struct MuJoCoScene {
  package private(set) var drawing: Drawing
  private let view: MuJoCoView
  private let distance: Double

  private static let sky = Drawing.Color(222, 232, 242)
  private static let ground = Drawing.Color(238, 240, 241)
  private static let tile = Drawing.Color(201, 210, 218)
  /// Towards the light.
  private static let light = unit(SIMD3(-0.35, -0.55, 1))

  /// - Parameters:
  ///   - geoms: What is drawn.
  ///   - camera: From where.
  package init(_ geoms: [MuJoCoGeom], _ camera: MuJoCoCamera) {
    drawing = Drawing(width: 600, height: 400, background: Self.sky)
    var target = camera.center
    let body = geoms.filter { $0.body == 1 && $0.kind != .plane }
    if camera.follows, !body.isEmpty {
      let middle = body.reduce(.zero) { $0 + $1.position } / Double(body.count)
      target += SIMD3(middle.x, middle.y, 0)
    }
    distance = camera.distance
    view = MuJoCoView(camera, target: target, width: drawing.width, height: drawing.height)
    let visible = geoms.filter { $0.color.w > 0 }
    let planes = visible.filter { $0.kind == .plane }
    for plane in planes { draw(plane: plane, around: target) }
    let solids = visible.filter { $0.kind != .plane && view.depth($0.position) > 0 }
    if let floor = planes.first(where: { $0.axes[2].z > 0.99 }) {
      for solid in solids { drawShadow(of: solid, on: floor) }
    }
    for isWorld in [true, false] {
      let part = solids.filter { ($0.body == 0) == isWorld }
      for solid in part.sorted(by: { view.depth($0.position) > view.depth($1.position) }) {
        draw(solid)
      }
    }
  }

  // MARK: Ground

  private func isEndless(_ plane: MuJoCoGeom) -> Bool {
    min(plane.size.x, plane.size.y) <= 0 || plane.size.x > 1.2 * distance
  }

  /// A floor without end, or the four corners of a plane that is all in sight.
  private mutating func draw(plane: MuJoCoGeom, around target: SIMD3<Double>) {
    if isEndless(plane) {
      if plane.axes[2].z > 0.99 { drawGround(at: plane.position.z, around: target) }
    } else {
      let (x, y) = (plane.axes[0] * plane.size.x, plane.axes[1] * plane.size.y)
      let corners = [x + y, x - y, -x - y, y - x].compactMap { view.place(plane.position + $0) }
      guard corners.count == 4 else { return }
      drawing.fill(.polygon(corners), Self.ground)
      drawing.stroke(.path(corners + corners.prefix(1)), Self.tile, width: 1.5)
    }
  }

  /// A floor with tiles that lie still, so that motion is seen; it fades away towards the horizon.
  private mutating func drawGround(at height: Double, around target: SIMD3<Double>) {
    let far = 6 * distance
    let bands = 24
    for band in 0..<bands {
      let (top, bottom) = (
        drawing.height * Double(band) / Double(bands),
        drawing.height * Double(band + 1) / Double(bands)
      )
      let ray = view.forward * view.focus + view.up * (view.middle.y - (top + bottom) / 2)
      let way = (height - view.position.z) / ray.z * view.focus
      guard ray.z < 0, way > 0 else { continue }
      let mixed = mix(Self.ground, Self.sky, min(1, way / far))
      drawing.fill(
        .rectangle(x: 0, y: top, width: drawing.width, height: bottom - top + 0.5), mixed)
    }
    let side = tileSide
    // Where numbers are no longer numbers, or huge, there are no tiles.
    let places = [target.x / side, target.y / side, far / side]
    guard side > 0, places.allSatisfy({ abs($0) < 1e6 }) else { return }
    let (reach, x, y) = (
      Int(far / side), Int((target.x / side).rounded()), Int((target.y / side).rounded())
    )
    for i in x - reach...x + reach {
      for j in y - reach...y + reach where (i + j) & 1 == 0 {
        let corner = SIMD3(Double(i) * side, Double(j) * side, height)
        let way = view.depth(corner)
        guard way > 0, way < far, let place = view.place(corner),
          place.x > -400, place.x < drawing.width + 400, place.y < drawing.height + 400
        else { continue }
        let corners = [(0.0, 0.0), (side, 0), (side, side), (0, side)].compactMap {
          view.place(corner + SIMD3($0.0, $0.1, 0))
        }
        let share = (1 - way / far) * (1 - way / far)
        guard corners.count == 4, share > 0.06, corners[0].y - corners[2].y > 0.7 || share > 0.5
        else { continue }
        let around = mix(Self.ground, Self.sky, way / far)
        drawing.fill(.polygon(corners), mix(around, Self.tile, share))
      }
    }
  }

  /// A round length, some eighths of what is seen.
  private var tileSide: Double {
    let wanted = distance / 6
    let power = pow(10, log10(wanted).rounded(.down))
    return [1.0, 2, 5, 10].first { $0 * power >= wanted * 0.75 }.map { $0 * power } ?? wanted
  }

  /// What lies between a geom and the ground is dark.
  private mutating func drawShadow(of geom: MuJoCoGeom, on floor: MuJoCoGeom) {
    let points = ends(of: geom).flatMap { end, radius -> [Drawing.Point] in
      let height = end.z - floor.position.z
      let foot = end - Self.light * (height / Self.light.z)
      let offset = foot - floor.position
      guard height > -radius,
        isEndless(floor) || abs(offset.x) < floor.size.x && abs(offset.y) < floor.size.y
      else { return [] }
      return (0..<12).compactMap { i in
        let angle = Double(i) * .pi / 6
        return view.place(foot + SIMD3(radius * cos(angle), radius * sin(angle), 0))
      }
    }
    let outline = Self.hull(points)
    if outline.count > 2 { drawing.fill(.polygon(outline), Drawing.Color(40, 55, 70, alpha: 38)) }
  }

  // MARK: Geoms

  /// The spheres whose hull the geom is, or comes near to.
  private func ends(of geom: MuJoCoGeom) -> [(SIMD3<Double>, radius: Double)] {
    switch geom.kind {
    case .capsule, .cylinder:
      let half = geom.axes[2] * geom.size.y
      return [(geom.position - half, geom.size.x), (geom.position + half, geom.size.x)]
    case .sphere: return [(geom.position, geom.size.x)]
    default: return [(geom.position, (geom.size.x + geom.size.y + geom.size.z) / 3)]
    }
  }

  private mutating func draw(_ geom: MuJoCoGeom) {
    switch geom.kind {
    case .sphere, .capsule: drawRound(geom)
    case .cylinder: drawCylinder(geom)
    case .ellipsoid: drawEllipsoid(geom)
    default: drawBox(geom)
    }
  }

  /// Three outlines, each brighter, smaller and nearer to the light.
  private mutating func drawRound(_ geom: MuJoCoGeom) {
    let ends = ends(of: geom)
    let along = ends.count > 1 ? geom.axes[2] : view.forward
    // Of what can be seen, the part that faces the light.
    let facing = unit(Self.light - along * dot(Self.light, along))
    let color = color(of: geom)
    let layers: [(size: Double, shift: Double, shade: Double)] = [
      (1, 0, 0.62), (0.86, 0.12, 0.86), (0.5, 0.3, 1.08), (0.2, 0.42, 1.3),
    ]
    for layer in layers {
      var points: [Drawing.Point] = []
      for (end, radius) in ends {
        let shifted = end + facing * (radius * layer.shift) - view.forward * (radius * layer.shift)
        let size = radius * layer.size
        for i in 0..<16 {
          let angle = Double(i) * .pi / 8
          let rim = shifted + view.right * (size * cos(angle)) + view.up * (size * sin(angle))
          if let point = view.place(rim) { points.append(point) }
        }
      }
      let outline = Self.hull(points)
      if outline.count > 2 { drawing.fill(.polygon(outline), shaded(color, layer.shade)) }
    }
  }

  private mutating func drawCylinder(_ geom: MuJoCoGeom) {
    let half = geom.axes[2] * geom.size.y
    func rim(_ center: SIMD3<Double>) -> [Drawing.Point] {
      (0..<20).compactMap { i in
        let angle = Double(i) * .pi / 10
        let (x, y) = (geom.axes[0] * cos(angle), geom.axes[1] * sin(angle))
        return view.place(center + (x + y) * geom.size.x)
      }
    }
    let color = color(of: geom)
    let side = unit(Self.light - geom.axes[2] * dot(Self.light, geom.axes[2]))
    let outline = Self.hull(rim(geom.position - half) + rim(geom.position + half))
    guard outline.count > 2 else { return }
    drawing.fill(.polygon(outline), shaded(color, 0.6 + 0.35 * max(0, dot(side, Self.light))))
    // The end that is seen.
    let isUpper = dot(view.position - geom.position, geom.axes[2]) > 0
    let normal = isUpper ? geom.axes[2] : -geom.axes[2]
    let cap = rim(geom.position + (isUpper ? half : -half))
    guard cap.count > 2 else { return }
    drawing.fill(.polygon(cap), shaded(color, 0.75 + 0.4 * max(0, dot(normal, Self.light))))
  }

  private mutating func drawEllipsoid(_ geom: MuJoCoGeom) {
    let color = color(of: geom)
    for (size, shade) in [(1.0, 0.66), (0.85, 0.88), (0.45, 1.1)] {
      let shift = (Self.light - view.forward) * (geom.size.min() * (1 - size) * 0.4)
      let points = (0..<8).flatMap { i in
        (0..<12).compactMap { j -> Drawing.Point? in
          let (u, v) = ((Double(i) + 0.5) * .pi / 8, Double(j) * .pi / 6)
          let offset =
            geom.axes[0] * (geom.size.x * sin(u) * cos(v))
            + geom.axes[1] * (geom.size.y * sin(u) * sin(v))
            + geom.axes[2] * (geom.size.z * cos(u))
          return view.place(geom.position + shift + offset * size)
        }
      }
      let outline = Self.hull(points)
      if outline.count > 2 { drawing.fill(.polygon(outline), shaded(color, shade)) }
    }
  }

  /// The faces that are seen; what has another form is drawn as the box around it.
  private mutating func drawBox(_ geom: MuJoCoGeom) {
    let color = color(of: geom)
    for axis in 0..<3 {
      let (u, v) = ((axis + 1) % 3, (axis + 2) % 3)
      for sign in [-1.0, 1] {
        let normal = geom.axes[axis] * sign
        let middle = geom.position + normal * geom.size[axis]
        guard dot(view.position - middle, normal) > 0 else { continue }
        let (a, b) = (geom.axes[u] * geom.size[u], geom.axes[v] * geom.size[v])
        let corners = [a + b, a - b, -a - b, b - a].compactMap { view.place(middle + $0) }
        guard corners.count == 4 else { continue }
        drawing.fill(
          .polygon(corners), shaded(color, 0.7 + 0.4 * max(0, dot(normal, Self.light))))
      }
    }
  }

  // MARK: Colors

  private func color(of geom: MuJoCoGeom) -> Drawing.Color {
    func byte(_ share: Float) -> UInt8 { UInt8(max(0, min(255, (share * 255).rounded()))) }
    return Drawing.Color(
      byte(geom.color.x), byte(geom.color.y), byte(geom.color.z), alpha: byte(geom.color.w))
  }

  /// Darker below 1, towards white above.
  private func shaded(_ color: Drawing.Color, _ shade: Double) -> Drawing.Color {
    if shade > 1 { return mix(color, .white, min(1, shade - 1)) }
    return mix(Drawing.Color(20, 24, 32, alpha: color.alpha), color, max(0, shade))
  }

  private func mix(_ a: Drawing.Color, _ b: Drawing.Color, _ share: Double) -> Drawing.Color {
    let share = share > 0 ? min(1, share) : 0
    func mixed(_ a: UInt8, _ b: UInt8) -> UInt8 {
      UInt8((Double(a) + share * (Double(b) - Double(a))).rounded())
    }
    return Drawing.Color(
      mixed(a.red, b.red), mixed(a.green, b.green), mixed(a.blue, b.blue), alpha: a.alpha)
  }

  // MARK: Outlines

  /// The corners of the smallest convex polygon around points (Andrew 1979).
  package static func hull(_ points: [Drawing.Point]) -> [Drawing.Point] {
    guard points.count > 2 else { return points }
    let sorted = points.sorted { ($0.x, $0.y) < ($1.x, $1.y) }
    func half(_ points: some Sequence<Drawing.Point>) -> [Drawing.Point] {
      var chain: [Drawing.Point] = []
      for c in points {
        while chain.count > 1 {
          let (a, b) = (chain[chain.count - 2], chain[chain.count - 1])
          if (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x) > 0 { break }
          chain.removeLast()
        }
        chain.append(c)
      }
      return chain.dropLast()
    }
    return half(sorted) + half(sorted.reversed())
  }
}
