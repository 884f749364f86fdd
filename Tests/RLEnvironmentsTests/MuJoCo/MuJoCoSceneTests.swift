import Foundation
import RLCore
import RLEnvironments
import RLSupport
import Testing

@Suite struct MuJoCoSceneTests {
  private static let camera = MuJoCoCamera(
    center: SIMD3(0, 0, 1), distance: 4, elevation: 0, follows: false)
  /// Points of the picture for a meter at the distance of the middle.
  private static let scale = 200 / tan(22.5 * Double.pi / 180) / 4

  private static func geom(
    _ kind: MuJoCoGeom.Kind, _ size: SIMD3<Double>, at position: SIMD3<Double>, body: Int = 1,
    color: SIMD4<Float> = SIMD4(1, 0, 0, 1)
  ) -> MuJoCoGeom {
    MuJoCoGeom(
      kind: kind, name: nil, body: body, size: size, color: color, position: position,
      axes: [SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)])
  }

  private static func polygons(_ drawing: Drawing) -> [(points: [Drawing.Point], Drawing.Color)] {
    drawing.elements.compactMap {
      if case .fill(.polygon(let points), let color) = $0 { return (points, color) }
      return nil
    }
  }

  private static func bounds(_ points: [Drawing.Point])
    -> (x: ClosedRange<Double>, y: ClosedRange<Double>)
  {
    let (x, y) = (points.map(\.x).sorted(), points.map(\.y).sorted())
    return (x[0]...x[x.count - 1], y[0]...y[y.count - 1])
  }

  /// A sphere in the middle is a circle of its radius around the middle of the picture; x runs to the right, z upwards.
  @Test func shapesAreWhereTheyAre() {
    let middle = Self.geom(.sphere, SIMD3(0.5, 0, 0), at: SIMD3(0, 0, 1))
    let aside = Self.geom(.sphere, SIMD3(0.5, 0, 0), at: SIMD3(0.5, 0, 1.25))
    for (geom, place) in [
      (middle, (300.0, 200.0)), (aside, (300 + 0.5 * Self.scale, 200 - 0.25 * Self.scale)),
    ] {
      let drawn = Self.polygons(MuJoCoScene([geom], Self.camera).drawing)
      let outline = Self.bounds(drawn[0].points)
      #expect(abs(outline.x.lowerBound - (place.0 - 0.5 * Self.scale)) < 1)
      #expect(abs(outline.x.upperBound - (place.0 + 0.5 * Self.scale)) < 1)
      #expect(abs(outline.y.lowerBound - (place.1 - 0.5 * Self.scale)) < 1)
    }
    let capsule = Self.geom(.capsule, SIMD3(0.1, 0.4, 0), at: SIMD3(0, 0, 1))
    let outline = Self.bounds(Self.polygons(MuJoCoScene([capsule], Self.camera).drawing)[0].points)
    #expect(abs(outline.y.upperBound - outline.y.lowerBound - Self.scale) < 1)
    #expect(abs(outline.x.upperBound - outline.x.lowerBound - 0.2 * Self.scale) < 1)
  }

  /// What is nearer hides what is farther away, and what is behind the camera or invisible is not drawn.
  @Test func nearerShapesComeLast() {
    let blue = SIMD4<Float>(0, 0, 1, 1)
    let near = Self.geom(.box, SIMD3(0.2, 0.2, 0.2), at: SIMD3(0, -1, 1), color: blue)
    let far = Self.geom(.sphere, SIMD3(0.2, 0, 0), at: SIMD3(0, 1, 1))
    for geoms in [[near, far], [far, near]] {
      let colors = Self.polygons(MuJoCoScene(geoms, Self.camera).drawing).map(\.1)
      let last = colors.last
      #expect((last?.blue ?? 0) > 100 && (last?.red ?? 255) < 100)
      #expect(colors.contains { $0.red > 100 && $0.blue < 100 })
    }
    let behind = Self.geom(.sphere, SIMD3(0.2, 0, 0), at: SIMD3(0, -5, 1))
    let invisible = Self.geom(
      .sphere, SIMD3(0.2, 0, 0), at: SIMD3(0, 0, 1), color: SIMD4(1, 0, 0, 0))
    #expect(MuJoCoScene([behind, invisible], Self.camera).drawing.elements.isEmpty)
  }

  /// A floor that is a box, whose middle is nearer to the camera than what stands on it.
  @Test func theWorldComesBeforeWhatStandsOnIt() {
    let floor = Self.geom(.box, SIMD3(5, 5, 0.1), at: SIMD3(0, -1, 0), body: 0)
    let blue = SIMD4<Float>(0, 0, 1, 1)
    let body = Self.geom(.sphere, SIMD3(0.2, 0, 0), at: SIMD3(0, 0.5, 0.3), color: blue)
    var camera = Self.camera
    camera.elevation = -20
    for geoms in [[floor, body], [body, floor]] {
      let last = Self.polygons(MuJoCoScene(geoms, camera).drawing).last?.1
      #expect((last?.blue ?? 0) > 100 && (last?.red ?? 255) < 100)
    }
  }

  /// The camera goes along with the first body; the tiles of the ground stay where they are.
  @Test func theGroundPassesBy() {
    var camera = Self.camera
    (camera.follows, camera.elevation) = (true, -10)
    func picture(_ x: Double) -> Drawing {
      MuJoCoScene(
        [
          Self.geom(.plane, SIMD3(40, 40, 1), at: SIMD3(0, 0, 0), body: 0),
          Self.geom(.sphere, SIMD3(0.2, 0, 0), at: SIMD3(x, 0, 1)),
        ], camera
      ).drawing
    }
    let (first, moved, again) = (picture(0), picture(0.3), picture(0))
    #expect(first == again && first != moved)
    let (before, after) = (Self.polygons(first), Self.polygons(moved))
    // The body itself has not moved in the picture.
    let (a, b) = (before[before.count - 1].points, after[after.count - 1].points)
    #expect(zip(a, b).allSatisfy { abs($0.x - $1.x) < 1e-6 && abs($0.y - $1.y) < 1e-6 })
    #expect(before.count > 50)
  }

  /// A camera below the ground, places that are no numbers and a camera without a distance make pictures, too.
  @Test func oddPlacesAreNoTrap() {
    let ground = Self.geom(.plane, SIMD3(0, 0, 1), at: SIMD3(0, 0, 0), body: 0)
    for place in [SIMD3(0, 0, 1), SIMD3(1e300, 0, 1), SIMD3(.nan, .nan, .nan)] {
      for (elevation, distance) in [(20.0, 4.0), (-10, 0), (-90, 4), (90, 1e-9), (-10, 1e300)] {
        var camera = MuJoCoCamera(distance: distance, elevation: elevation)
        for follows in [true, false] {
          camera.follows = follows
          let body = Self.geom(.capsule, SIMD3(0.1, 0.4, 0), at: place)
          let drawing = MuJoCoScene([ground, body], camera).drawing
          #expect(drawing.width == 600)
        }
      }
    }
  }

  /// A plane with an end is drawn to its edges.
  @Test func smallPlanesHaveEdges() {
    var camera = Self.camera
    camera.elevation = -45
    let table = Self.geom(.plane, SIMD3(0.5, 0.25, 1), at: SIMD3(0, 0, 1), body: 0)
    let corners = Self.polygons(MuJoCoScene([table], camera).drawing)[0].points
    #expect(corners.count == 4)
    let seen = Self.bounds(corners)
    #expect(seen.x.contains(300) && seen.y.contains(200))
    #expect(abs(seen.x.upperBound - seen.x.lowerBound - Self.scale) < 0.1 * Self.scale)
  }

  /// Of points on and in a square, the corners are left, in order.
  @Test func hullsAreConvex() {
    let square = [(0.0, 0.0), (4, 0), (4, 4), (0, 4)].map { Drawing.Point($0.0, $0.1) }
    let inside = [(2.0, 2.0), (1, 3), (2, 0), (4, 1)].map { Drawing.Point($0.0, $0.1) }
    #expect(MuJoCoScene.hull(inside + square) == square)
    #expect(MuJoCoScene.hull([]).isEmpty)
    #expect(MuJoCoScene.hull(Array(square.prefix(2))).count == 2)
  }
}

extension MuJoCoSceneTests {
  /// The body of each task is in sight, at the start and later.
  @Test(.needsMuJoCo, arguments: MuJoCoFixture.names.filter { !$0.contains("+") })
  func tasksAreSeen(_ name: String) throws {
    var vector = try EnvironmentRegistry.builtIn.make(name, count: 1)
    let batch = StepBatch(count: 1, for: vector.spec)
    vector.reset(seed: 1, into: batch)
    let nothing = [Float](repeating: 0, count: vector.spec.actionSpace.rowWidth)
    for _ in 0..<10 {
      let drawing = try #require(vector.drawing(of: 0))
      let seen = Self.polygons(drawing).filter { $0.1.alpha == 255 }.flatMap(\.points)
      let inside = seen.filter { (150...450).contains($0.x) && (50...350).contains($0.y) }
      #expect(inside.count > 30)
      #expect(drawing.elements.count < 3000)
      vector.step(nothing.span, into: batch)
    }
  }
}
