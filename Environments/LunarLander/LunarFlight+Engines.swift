#if Box2D
  internal import Glibc

  extension LunarFlight {
    /// Kicks the lander with what the engines give, computed in the order that Gymnasium does.
    func fire(_ thrust: LunarThrust, in world: LunarWorld) {
      typealias Scene = LunarScene
      if !thrust.isBurning { return }
      let angle = Double(lander.angle)
      let tip = SIMD2(sin(angle), cos(angle))
      let side = SIMD2(-tip.y, tip.x)
      let (along, across) = (thrust.dispersion.x, thrust.dispersion.y)
      // A kick changes velocities alone; the lander stays where it is until the world is stepped.
      let place = SIMD2<Double>(lander.position)

      if thrust.main > 0 {
        let height = Scene.mainEngineHeight / Scene.scale + 2 * along
        let offset = SIMD2(
          tip.x * height + side.x * across, -tip.y * height - side.y * across)
        world.kick(-offset * Scene.mainEnginePower * thrust.main, at: place + offset)
      }
      if thrust.side != 0 {
        let direction = thrust.side > 0 ? 1.0 : -1
        let lever = 3 * across + direction * Scene.sideEngineAway / Scene.scale
        let offset = SIMD2(
          tip.x * along + side.x * lever, -tip.y * along - side.y * lever)
        let point = SIMD2(
          place.x + offset.x - tip.x * Scene.sideEngineOffset / Scene.scale,
          place.y + offset.y + tip.y * Scene.sideEngineHeight / Scene.scale)
        world.kick(-offset * Scene.sideEnginePower * abs(thrust.side), at: point)
      }
    }

    /// The strength of the wind at a phase, between -1 and 1; it never repeats itself.
    static func gust(_ phase: Int) -> Double {
      tanh(sin(0.02 * Double(phase)) + sin(Double.pi * 0.01 * Double(phase)))
    }
  }
#endif
