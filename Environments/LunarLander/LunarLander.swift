#if Box2D
  public import RLCore
  public import RLSupport

  /// Gymnasium's LunarLander: land between two flags with engines that are on or off.
  ///
  /// The dynamics of `LunarLander-v3`: with Gymnasium's version of Box2D, 2.3, the numbers would be the
  /// same bit for bit. This uses the system's, 2.4, which solves joints and contacts differently. Given
  /// the same seed and actions, the ground and the random numbers are the same, observations
  /// in free flight agree to some thousandths, and returns after landing in distribution; landers take
  /// some tenths of a second longer to come to rest. Needs the trait `Box2D`.
  public struct LunarLander: Environment, Codable {
    /// Bodies, ground and weather.
    public private(set) var flight: LunarFlight

    /// A lander in the given conditions.
    public init(_ conditions: LunarConditions = LunarConditions()) {
      flight = LunarFlight(conditions)
    }

    /// Place, velocity, angle, angular velocity, and whether the legs touch the ground.
    public var observationSpace: Box<8> { LunarFlight.observationSpace }
    /// Nothing (0), left engine (1), main engine (2), right engine (3).
    public var actionSpace: Discrete { Discrete(4) }

    /// Starts at the top of the scene with a random push.
    public mutating func reset(using rng: inout SeededGenerator) -> InlineArray<8, Float> {
      flight.begin(using: &rng)
      return flight.observation
    }

    /// Fires an engine at full power, or none.
    public mutating func step(
      _ action: Int, using rng: inout SeededGenerator
    ) -> Step<InlineArray<8, Float>, NoInfo> {
      let side = action == 1 ? -1.0 : action == 3 ? 1 : 0
      return flight.step(main: action == 2 ? 1 : 0, side: side, using: &rng)
    }
  }

  extension LunarFlight {
    /// Gymnasium's space declares bounds of 2.5 for the height, 10 for velocities and a full turn for the
    /// angle, but its observations leave them; so there are none here.
    static var observationSpace: Box<8> {
      let any = Float.infinity
      return Box(
        low: [-2.5, -any, -any, -any, -any, -any, 0, 0], high: [2.5, any, any, any, any, any, 1, 1])
    }

    /// Flies on for one step with the given throttles.
    mutating func step(
      main: Double, side: Double, using rng: inout SeededGenerator
    ) -> Step<InlineArray<8, Float>, NoInfo> {
      let (reward, isOver) = step(LunarThrust(main: main, side: side, using: &rng))
      return isOver ? .terminal(observation, reward: reward) : .next(observation, reward: reward)
    }
  }

  extension LunarLander: LunarMission {
    var conditions: LunarConditions {
      get { flight.conditions }
      set { flight = LunarFlight(newValue) }
    }
  }

  extension LunarLander: Playable {
    /// The arrows fire engines; the lander falls without.
    public var keyMap: KeyMap {
      KeyMap(
        [
          .init(.left, action: [1], "left engine"), .init(.up, action: [2], "main engine"),
          .init(.right, action: [3], "right engine"),
        ], idle: .act([0]))
    }
  }
#endif
