#if Box2D
  internal import RLCore
  internal import RLSupport

  /// What the engines do during a step.
  public struct LunarThrust: Sendable, Equatable {
    /// The power of the main engine: 0, or 0.5 to 1.
    public let main: Double
    /// The power of a side engine: 0, or 0.5 to 1 for the right one, -0.5 to -1 for the left one.
    public let side: Double
    /// How far the engines are off by chance, along and across the lander, in m.
    let dispersion: SIMD2<Double>

    /// Whether any engine burns.
    public var isBurning: Bool { main != 0 || side != 0 }

    /// Engines that are off.
    init() { (main, side, dispersion) = (0, 0, [0, 0]) }

    /// The engines as throttles have them.
    ///
    /// - Parameters:
    ///   - main: The main engine's, which burns above 0.
    ///   - side: The side engines', which burn above 0.5 and below -0.5.
    ///   - rng: Gives the dispersion, two numbers whatever the throttles are.
    init(main: Double, side: Double, using rng: inout SeededGenerator) {
      self.main = main > 0 ? (min(main, 1) + 1) * 0.5 : 0
      self.side = abs(side) > 0.5 ? max(-1, min(1, side)) : 0
      let along = rng.uniform(-1, 1) / LunarScene.scale
      dispersion = [along, rng.uniform(-1, 1) / LunarScene.scale]
    }

    /// The thrust of these numbers; `nil` if there is none.
    init?(main: Double, side: Double, dispersion: SIMD2<Double>) {
      let bound = 1 / LunarScene.scale
      guard main == 0 || (0.5...1).contains(main), side == 0 || (0.5...1).contains(abs(side)),
        abs(dispersion.x) <= bound, abs(dispersion.y) <= bound
      else { return nil }
      (self.main, self.side, self.dispersion) = (main, side, dispersion)
    }
  }
#endif
