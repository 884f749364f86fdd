#if Box2D
  internal import RLCore
  internal import RLSupport

  /// The physics of a lunar landing, which ``LunarLander`` and ``LunarLanderContinuous`` share.
  ///
  /// The rigid bodies live in a world of Box2D: an object on the heap whose solver starts each step
  /// from the impulses of the last one, so that its state cannot be copied from outside. A flight is a
  /// value nevertheless. It remembers how it began and every thrust since. When a flight whose world
  /// has other owners is to go on, it first builds a world of its own by flying the same again; the
  /// world then has the same bits, since Box2D computes the same from the same. Thus a copy costs
  /// nothing until it is stepped, and then once as much as the episode so far. Flights that are not
  /// copied never pay. Saved flights are restored in the same way.
  public struct LunarFlight: Sendable {
    /// Gravity and weather.
    public let conditions: LunarConditions
    /// The heights of the ground in m, at points 2 m apart from the left; empty before the first reset.
    public private(set) var terrain: [Double] = []
    /// The lander.
    public private(set) var lander = LunarBody()
    /// The right leg and the left one.
    public private(set) var legs = InlineArray<2, LunarBody>(repeating: LunarBody())
    /// What the engines did in the last step.
    public private(set) var thrust = LunarThrust()

    /// The force on the lander in the first step.
    private(set) var push = SIMD2<Double>(0, 0)
    /// The phases of the wind's force and torque at the beginning.
    private(set) var gusts = SIMD2<Int>(0, 0)
    /// Every thrust since the beginning.
    private(set) var thrusts: [LunarThrust] = []

    /// The phases of the wind now.
    private var gustsNow = SIMD2<Int>(0, 0)
    /// How good the last observation was; rewards are its changes.
    private var potential = 0.0
    /// Shared by copies of the flight until they are stepped.
    private var world: LunarWorld?

    /// A flight that has not begun.
    init(_ conditions: LunarConditions) { self.conditions = conditions }

    /// Draws ground, push and wind in Gymnasium's order, and flies the first step without thrust.
    mutating func begin(using rng: inout SeededGenerator) {
      typealias Scene = LunarScene
      var heights = (0...Scene.points).map { _ in rng.uniform(0, Scene.height / 2) }
      let middle = Scene.points / 2
      for i in middle - 2...middle + 2 { heights[i] = Scene.padHeight }
      terrain = (0..<Scene.points).map { i in
        // The ground begins beside the last height, which is beyond its end.
        let previous = i == 0 ? heights[Scene.points] : heights[i - 1]
        return 0.33 * (previous + heights[i] + heights[i + 1])
      }
      push.x = rng.uniform(-Scene.push, Scene.push)
      push.y = rng.uniform(-Scene.push, Scene.push)
      if conditions.hasWind {
        gusts.x = rng.integer(below: 2 * Scene.gust) - Scene.gust
        gusts.y = rng.integer(below: 2 * Scene.gust) - Scene.gust
      }
      thrusts.removeAll(keepingCapacity: true)
      launch()
      // Gymnasium's first step draws the dispersion of engines that do not burn.
      _ = LunarThrust(main: 0, side: 0, using: &rng)
    }

    /// Flies on for one step.
    ///
    /// - Returns: The reward, and whether the lander crashed, left the scene or came to rest.
    mutating func step(_ thrust: LunarThrust) -> (reward: Double, isOver: Bool) {
      if !isKnownUniquelyReferenced(&world) { world = replayed().world }
      thrusts.append(thrust)
      let before = potential
      advance(thrust)
      if !lander.isAwake { return (100, true) }
      if lander.hasTouched || abs(state[0]) >= 1 { return (-100, true) }
      return (potential - before - thrust.main * 0.30 - abs(thrust.side) * 0.03, false)
    }

    /// The same flight from its beginning until now, in a world of its own.
    private func replayed() -> LunarFlight {
      LunarFlight(conditions, terrain: terrain, push: push, gusts: gusts, thrusts: thrusts)
    }

    /// Flies a known flight.
    init(
      _ conditions: LunarConditions, terrain: [Double], push: SIMD2<Double>, gusts: SIMD2<Int>,
      thrusts: [LunarThrust]
    ) {
      self.conditions = conditions
      (self.terrain, self.push, self.gusts, self.thrusts) = (terrain, push, gusts, thrusts)
      guard !terrain.isEmpty else { return }
      launch()
      for thrust in thrusts { advance(thrust) }
    }

    /// Builds the world and flies the first step.
    private mutating func launch() {
      world = LunarWorld(gravity: conditions.gravity, terrain: terrain, push: push)
      gustsNow = gusts
      legs = InlineArray(repeating: LunarBody())
      lander = world?.landerBody ?? LunarBody()
      advance(LunarThrust())
    }

    private mutating func advance(_ thrust: LunarThrust) {
      guard let world else {
        preconditionFailure("The lander is stepped before the first reset; call reset first")
      }
      if conditions.hasWind && !legs[0].isTouching && !legs[1].isTouching {
        world.blow(
          force: Self.gust(gustsNow.x) * conditions.windPower,
          torque: Self.gust(gustsNow.y) * conditions.turbulencePower)
        gustsNow &+= 1
      }
      fire(thrust, in: world)
      world.step()
      (lander, legs, self.thrust) = (world.landerBody, world.legBodies, thrust)
      potential = potentialNow
    }

    /// What an observation is rounded from.
    var state: InlineArray<8, Double> {
      let (position, velocity) = (SIMD2<Double>(lander.position), SIMD2<Double>(lander.velocity))
      let (halfWidth, halfHeight) = (LunarScene.width / 2, LunarScene.height / 2)
      let restingHeight = LunarScene.padHeight + LunarScene.legDown / LunarScene.scale
      return [
        (position.x - halfWidth) / halfWidth,
        (position.y - restingHeight) / halfHeight,
        velocity.x * halfWidth / LunarScene.framesPerSecond,
        velocity.y * halfHeight / LunarScene.framesPerSecond,
        Double(lander.angle),
        20 * Double(lander.angularVelocity) / LunarScene.framesPerSecond,
        legs[0].isTouching ? 1 : 0,
        legs[1].isTouching ? 1 : 0,
      ]
    }

    /// What the agent sees.
    var observation: InlineArray<8, Float> {
      let state = state
      return InlineArray { Float(state[$0]) }
    }

    private var potentialNow: Double {
      let s = state
      return -100 * (s[0] * s[0] + s[1] * s[1]).squareRoot()
        - 100 * (s[2] * s[2] + s[3] * s[3]).squareRoot() - 100 * abs(s[4]) + 10 * s[6] + 10 * s[7]
    }
  }
#endif
