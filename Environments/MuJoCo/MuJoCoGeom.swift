/// A shape of a model and where it is, as pictures need it.
public struct MuJoCoGeom: Sendable, Equatable {
  /// The kinds of shapes, with MuJoCo's numbers (`mjtGeom`).
  public enum Kind: Int, Sendable {
    /// A plane; its size is half its lengths, 0 for one without end.
    case plane = 0
    /// A height field.
    case heightField
    /// A sphere; its size is the radius.
    case sphere
    /// A cylinder with half spheres at its ends, along its z axis; its size is radius and half length.
    case capsule
    /// An ellipsoid; its size is the three radii.
    case ellipsoid
    /// A cylinder along its z axis; its size is radius and half length.
    case cylinder
    /// A box; its size is half its lengths.
    case box
    /// A mesh.
    case mesh
    /// A signed distance field.
    case distanceField
  }

  /// The kind of shape.
  public let kind: Kind
  /// The name in the model; `nil` for none.
  public let name: String?
  /// The body that it belongs to; 0 is the world.
  public let body: Int
  /// The size in m, as its kind has it.
  public let size: SIMD3<Double>
  /// Red, green, blue and opacity, from 0 to 1.
  public let color: SIMD4<Float>
  /// The centre in m.
  public let position: SIMD3<Double>
  /// The shape's axes x, y and z in the world, each of length 1.
  public let axes: [SIMD3<Double>]

  package init(
    kind: Kind, name: String?, body: Int, size: SIMD3<Double>, color: SIMD4<Float>,
    position: SIMD3<Double>, axes: [SIMD3<Double>]
  ) {
    (self.kind, self.name, self.body, self.size) = (kind, name, body, size)
    (self.color, self.position, self.axes) = (color, position, axes)
  }

  /// What of the geoms never changes.
  struct Shape: Sendable {
    let kind: Kind
    let name: String?
    let body: Int
    let size: SIMD3<Double>
    let color: SIMD4<Float>
  }

  /// Every geom of a model, some of which have materials whose colors count.
  static func shapes(of model: MuJoCoModel) -> [Shape] {
    guard let kinds = model.integers(of: "geom_type"),
      let bodies = model.integers(of: "geom_bodyid"),
      let sizes = model.values(of: "geom_size"), let colors = model.singleValues(of: "geom_rgba"),
      let materials = model.integers(of: "geom_matid")
    else { return [] }
    let paints = model.singleValues(of: "mat_rgba") ?? []
    return kinds.indices.compactMap { i in
      guard let kind = Kind(rawValue: kinds[i]) else { return nil }
      // MuJoCo's rule: a geom's own color counts unless it is the standard one and there is a material.
      let own = SIMD4(colors[4 * i], colors[4 * i + 1], colors[4 * i + 2], colors[4 * i + 3])
      let material = materials[i]
      let color =
        material >= 0 && 4 * material + 3 < paints.count && own == SIMD4(0.5, 0.5, 0.5, 1)
        ? SIMD4(
          paints[4 * material], paints[4 * material + 1], paints[4 * material + 2],
          paints[4 * material + 3]) : own
      return Shape(
        kind: kind, name: model.name(of: i, .geom), body: bodies[i],
        size: SIMD3(sizes[3 * i], sizes[3 * i + 1], sizes[3 * i + 2]), color: color)
    }
  }

  /// Every geom where it is now.
  static func all(
    _ model: MuJoCoModel, _ positions: MuJoCoValues, _ matrices: MuJoCoValues
  ) -> [MuJoCoGeom] {
    model.shapes.enumerated().map { i, shape in
      let m = matrices[9 * i..<9 * i + 9].map { $0 }
      return MuJoCoGeom(
        kind: shape.kind, name: shape.name, body: shape.body, size: shape.size,
        color: shape.color, position: positions.vector(i),
        axes: (0..<3).map { SIMD3(m[$0], m[3 + $0], m[6 + $0]) })
    }
  }
}
