#if Box2D
  internal import CBox2D

  /// Where a rigid body is and how it moves.
  public struct LunarBody: Sendable, Equatable {
    /// The position of its origin in m, from the lower left corner of the scene.
    public internal(set) var position: SIMD2<Float> = [0, 0]
    /// In radians; positive turns to the left.
    public internal(set) var angle: Float = 0
    /// The velocity of its centre of mass in m/s.
    public internal(set) var velocity: SIMD2<Float> = [0, 0]
    /// In radians/s.
    public internal(set) var angularVelocity: Float = 0
    /// Whether it moves, or has not rested for long enough to fall asleep.
    public internal(set) var isAwake = true
    /// Whether it touches the ground: whether its last contact event was a beginning.
    public internal(set) var isTouching = false
    /// Whether it has touched the ground at any time.
    public internal(set) var hasTouched = false
  }

  /// The rigid bodies of a landing: moon, lander and two legs in a world of Box2D.
  ///
  /// Sendable because nobody but its only owner touches the world (see ``LunarFlight``).
  final class LunarWorld: @unchecked Sendable {
    private let world: Box2DWorldRef
    private let lander: Int32
    private let legs: InlineArray<2, Int32>

    /// The lander at the top of the scene, and its legs, before the first step.
    ///
    /// - Parameters:
    ///   - terrain: The heights at the edges of equally wide pieces of ground.
    ///   - push: The force on the lander during the first step.
    init(gravity: Double, terrain: [Double], push: SIMD2<Double>) {
      guard let world = box2d_world_create(Box2DVector(x: 0, y: Float(gravity))) else {
        preconditionFailure("There is no memory for a world of Box2D")
      }
      self.world = world
      typealias Scene = LunarScene

      let moon = box2d_add_static_body(world)
      var ground = Box2DMaterial(density: 0, friction: 0.2, restitution: 0, category: 1, mask: .max)
      box2d_add_edge(world, moon, .init(0, 0), .init(Scene.width, 0), ground)
      ground.friction = 0.1
      for i in 1..<terrain.count {
        box2d_add_edge(
          world, moon, .init(Scene.edge(i - 1), terrain[i - 1]), .init(Scene.edge(i), terrain[i]),
          ground)
      }

      let start = Box2DVector(Scene.width / 2, Scene.height)
      lander = box2d_add_dynamic_body(world, start, 0)
      let corners = Scene.hull.map { Box2DVector($0.x / Scene.scale, $0.y / Scene.scale) }
      box2d_add_polygon(
        world, lander, corners, Int32(corners.count),
        Box2DMaterial(density: 5, friction: 0.1, restitution: 0, category: 0x10, mask: 1))
      box2d_apply_force(world, lander, .init(push.x, push.y))

      var legs = InlineArray<2, Int32>(repeating: 0)
      for (i, side) in [(0, -1.0), (1, 1.0)] {
        let angle = Float(side * 0.05)
        let leg = box2d_add_dynamic_body(
          world, .init(Scene.width / 2 - side * Scene.legAway / Scene.scale, Scene.height),
          angle)
        box2d_add_rectangle(
          world, leg, Float(Scene.legWidth / Scene.scale), Float(Scene.legHeight / Scene.scale),
          Box2DMaterial(density: 1, friction: 0.2, restitution: 0, category: 0x20, mask: 1))
        // The motor is a spring that spreads the legs.
        let limits: (Double, Double) = side < 0 ? (0.9 - 0.5, 0.9) : (-0.9, -0.9 + 0.5)
        box2d_add_hinge(
          world,
          Box2DHinge(
            first: lander, second: leg, firstAnchor: .init(0, 0),
            secondAnchor: .init(side * Scene.legAway / Scene.scale, Scene.legDown / Scene.scale),
            referenceAngle: angle, lowerAngle: Float(limits.0), upperAngle: Float(limits.1),
            motorSpeed: Float(0.3 * side), maxMotorTorque: Scene.legTorque))
        legs[i] = leg
      }
      self.legs = legs
    }

    deinit { box2d_world_destroy(world) }

    /// Blows at the lander during the next step.
    func blow(force: Double, torque: Double) {
      box2d_apply_force(world, lander, .init(force, 0))
      box2d_apply_torque(world, lander, Float(torque))
    }

    /// Kicks the lander at a point of the scene.
    func kick(_ impulse: SIMD2<Double>, at point: SIMD2<Double>) {
      box2d_apply_impulse(world, lander, .init(impulse.x, impulse.y), .init(point.x, point.y))
    }

    /// Advances by one frame.
    func step() {
      box2d_step(world, Float(1 / LunarScene.framesPerSecond), 6 * 30, 2 * 30)
    }

    /// The lander as it is now.
    var landerBody: LunarBody { LunarBody(box2d_body(world, lander)) }
    /// The legs as they are now.
    var legBodies: InlineArray<2, LunarBody> {
      [LunarBody(box2d_body(world, legs[0])), LunarBody(box2d_body(world, legs[1]))]
    }
  }

  extension Box2DVector {
    fileprivate init(_ x: Double, _ y: Double) { self.init(x: Float(x), y: Float(y)) }
  }

  extension LunarBody {
    fileprivate init(_ body: Box2DBody) {
      position = [body.position.x, body.position.y]
      angle = body.angle
      velocity = [body.velocity.x, body.velocity.y]
      angularVelocity = body.angularVelocity
      (isAwake, isTouching, hasTouched) = (body.isAwake, body.isTouching, body.hasTouched)
    }
  }
#endif
