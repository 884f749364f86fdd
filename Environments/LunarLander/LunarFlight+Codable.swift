#if Box2D
  internal import RLCore

  /// How the flight began and what the engines did since; the rest follows from it.
  extension LunarFlight: Codable {
    private enum CodingKeys: CodingKey { case conditions, terrain, push, gusts, thrusts }

    /// Writes the flight.
    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(conditions, forKey: .conditions)
      try container.encode(terrain, forKey: .terrain)
      try container.encode([push.x, push.y], forKey: .push)
      try container.encode([gusts.x, gusts.y], forKey: .gusts)
      // Two numbers for a step without thrust, whose dispersion has no effect; four for others.
      var numbers: [Double] = []
      for thrust in thrusts {
        numbers += [thrust.main, thrust.side]
        if thrust.isBurning { numbers += [thrust.dispersion.x, thrust.dispersion.y] }
      }
      try container.encode(numbers, forKey: .thrusts)
    }

    /// Reads a flight and flies it again.
    public init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      func check(_ isValid: Bool, _ key: CodingKeys, _ problem: String) throws {
        if isValid { return }
        throw DecodingError.dataCorruptedError(
          forKey: key, in: container, debugDescription: problem)
      }
      let conditions = try container.decode(LunarConditions.self, forKey: .conditions)
      let terrain = try container.decode([Double].self, forKey: .terrain)
      try check(
        terrain.isEmpty
          || terrain.count == LunarScene.points
            && terrain.allSatisfy { (0...LunarScene.height).contains($0) },
        .terrain, "this is no ground")
      let push = try container.decode([Double].self, forKey: .push)
      try check(
        push.count == 2 && push.allSatisfy { abs($0) <= LunarScene.push }, .push,
        "this is no push")
      let gusts = try container.decode([Int].self, forKey: .gusts)
      let phases = -LunarScene.gust...LunarScene.gust
      try check(
        gusts.count == 2 && gusts.allSatisfy(phases.contains), .gusts, "this is no wind")
      let numbers = try container.decode([Double].self, forKey: .thrusts)
      var rest = numbers[...]
      var thrusts: [LunarThrust] = []
      while let main = rest.popFirst() {
        let side = rest.popFirst() ?? .nan
        var dispersion = SIMD2<Double>(0, 0)
        if main != 0 || side != 0 {
          dispersion = [rest.popFirst() ?? .nan, rest.popFirst() ?? .nan]
        }
        guard let thrust = LunarThrust(main: main, side: side, dispersion: dispersion) else {
          throw DecodingError.dataCorruptedError(
            forKey: .thrusts, in: container,
            debugDescription: "number \(thrusts.count) is no thrust")
        }
        thrusts.append(thrust)
      }
      try check(!terrain.isEmpty || thrusts.isEmpty, .terrain, "there is no ground")
      self.init(
        conditions, terrain: terrain, push: [push[0], push[1]], gusts: [gusts[0], gusts[1]],
        thrusts: thrusts)
    }
  }
#endif
