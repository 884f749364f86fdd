internal import Foundation
internal import RLCore

/// From where a simulation is looked at, with MuJoCo's angles.
public struct MuJoCoCamera: Sendable, Equatable {
  /// The point in the middle of the picture, in m; if the camera follows, its height, and how far it is from the body.
  public var center: SIMD3<Double>
  /// How far away that point is, in m.
  public var distance: Double
  /// The direction in which the camera looks, in degrees: 0 along the x axis, 90 along the y axis.
  public var azimuth: Double
  /// How far the camera looks upwards, in degrees; negative to look down.
  public var elevation: Double
  /// Whether the camera goes along the ground with the model's first body.
  public var follows: Bool

  /// A camera that looks along the y axis, so that the x axis runs to the right.
  public init(
    center: SIMD3<Double> = SIMD3(0, 0, 0.5), distance: Double = 4, azimuth: Double = 90,
    elevation: Double = -12, follows: Bool = true
  ) {
    (self.center, self.distance) = (center, distance)
    (self.azimuth, self.elevation, self.follows) = (azimuth, elevation, follows)
  }
}

/// A picture's plane in the world: which point of the picture is which point of the world.
struct MuJoCoView {
  let position: SIMD3<Double>
  let right: SIMD3<Double>
  let up: SIMD3<Double>
  let forward: SIMD3<Double>
  /// Points of the picture for a length as far away as it is long.
  let focus: Double
  let middle: Drawing.Point

  /// MuJoCo's standard angle between the upper and the lower edge.
  private static let fieldOfView = 45.0

  /// - Parameter target: The point in the middle of the picture, in m.
  init(_ camera: MuJoCoCamera, target: SIMD3<Double>, width: Double, height: Double) {
    let (azimuth, elevation) = (camera.azimuth * .pi / 180, camera.elevation * .pi / 180)
    forward = SIMD3(
      cos(elevation) * cos(azimuth), cos(elevation) * sin(azimuth), sin(elevation))
    right = SIMD3(sin(azimuth), -cos(azimuth), 0)
    up = SIMD3(
      -sin(elevation) * cos(azimuth), -sin(elevation) * sin(azimuth), cos(elevation))
    position = target - camera.distance * forward
    focus = height / 2 / tan(Self.fieldOfView * .pi / 360)
    middle = Drawing.Point(width / 2, height / 2)
  }

  /// How far before the camera a point is, in m.
  func depth(_ point: SIMD3<Double>) -> Double { dot(point - position, forward) }

  /// Where a point is in the picture; `nil` behind the camera.
  func place(_ point: SIMD3<Double>) -> Drawing.Point? {
    let offset = point - position
    let depth = dot(offset, forward)
    guard depth > Self.nearest else { return nil }
    let scale = focus / depth
    return Drawing.Point(middle.x + scale * dot(offset, right), middle.y - scale * dot(offset, up))
  }

  /// What is nearer to the camera, in m, is not drawn.
  static let nearest = 0.02
}

/// The sum of the products of coordinates.
func dot(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> Double { (a * b).sum() }

/// The vector of length 1 in the same direction.
func unit(_ a: SIMD3<Double>) -> SIMD3<Double> { a / max(1e-12, dot(a, a).squareRoot()) }
