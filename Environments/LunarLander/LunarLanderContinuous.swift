#if Box2D
  public import RLCore
  public import RLSupport

  /// Gymnasium's LunarLander with throttles: ``LunarLander`` whose engines give half to full power.
  ///
  /// What holds for `LunarLander`'s numbers holds for those of `LunarLanderContinuous-v3`. Needs the
  /// trait `Box2D`.
  public struct LunarLanderContinuous: Environment, Codable {
    /// Bodies, ground and weather.
    public private(set) var flight: LunarFlight

    /// A lander in the given conditions.
    public init(_ conditions: LunarConditions = LunarConditions()) {
      flight = LunarFlight(conditions)
    }

    /// Place, velocity, angle, angular velocity, and whether the legs touch the ground.
    public var observationSpace: Box<8> { LunarFlight.observationSpace }
    /// The main engine's throttle, which burns above 0, and the side engines', of which the left one
    /// burns below -0.5 and the right one above 0.5; beyond -1...1 they give no more.
    public var actionSpace: Box<2> { Box(-1...1) }

    /// Starts at the top of the scene with a random push.
    public mutating func reset(using rng: inout SeededGenerator) -> InlineArray<8, Float> {
      flight.begin(using: &rng)
      return flight.observation
    }

    /// Fires the engines as the throttles are set.
    public mutating func step(
      _ action: InlineArray<2, Float>, using rng: inout SeededGenerator
    ) -> Step<InlineArray<8, Float>, NoInfo> {
      flight.step(main: Double(action[0]), side: Double(action[1]), using: &rng)
    }
  }

  extension LunarLanderContinuous: LunarMission {
    var conditions: LunarConditions {
      get { flight.conditions }
      set { flight = LunarFlight(newValue) }
    }
  }

  extension LunarLanderContinuous: Playable {
    /// The arrows fire engines at full power, together if they are held together.
    public var keyMap: KeyMap {
      KeyMap(
        [
          .init(.left, action: [0, -1], "left engine"),
          .init(.up, action: [1, 0], "main engine"),
          .init(.right, action: [0, 1], "right engine"),
        ], idle: .act([0, 0]), addsUp: true)
    }
  }
#endif
