#if Box2D
  internal import RLSupport

  /// Gravity and weather of a lunar landing.
  public struct LunarConditions: Sendable, Equatable, Codable {
    /// The acceleration downwards in m/s², between -12 and 0: Gymnasium's `gravity`.
    public internal(set) var gravity: Double
    /// Whether wind blows until a leg touches the ground: Gymnasium's `enable_wind`.
    public internal(set) var hasWind: Bool
    /// The largest force of the wind in N; 0 to 20 is reasonable: Gymnasium's `wind_power`.
    public internal(set) var windPower: Double
    /// The largest torque of the wind in N m; 0 to 2 is reasonable: Gymnasium's `turbulence_power`.
    public internal(set) var turbulencePower: Double

    /// Gymnasium's defaults: gravity -10, no wind.
    public init() {
      (gravity, hasWind, windPower, turbulencePower) = (-10, false, 15, 1.5)
    }

    /// Other conditions.
    ///
    /// - Throws: `LunarConditionsError` for a gravity that is not between -12 and 0, and for strengths
    ///   of the wind that are no numbers.
    public init(
      gravity: Double = -10, hasWind: Bool = false, windPower: Double = 15,
      turbulencePower: Double = 1.5
    ) throws(LunarConditionsError) {
      guard gravity > -12, gravity < 0 else { throw .badGravity(gravity) }
      for power in [windPower, turbulencePower] {
        guard abs(power) <= Self.strongest else { throw .badWind(power) }
      }
      self.gravity = gravity
      self.hasWind = hasWind
      self.windPower = windPower
      self.turbulencePower = turbulencePower
    }

    /// Reads conditions.
    public init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      try self.init(
        gravity: container.decode(Double.self, forKey: .gravity),
        hasWind: container.decode(Bool.self, forKey: .hasWind),
        windPower: container.decode(Double.self, forKey: .windPower),
        turbulencePower: container.decode(Double.self, forKey: .turbulencePower))
    }

    /// Stronger wind than this is a mistake, and might overflow single precision.
    private static let strongest = 1e6
  }

  /// What can be wrong with the conditions of a landing.
  public enum LunarConditionsError: Error, Equatable, CustomStringConvertible {
    /// Gravity that does not pull down, or too much of it.
    case badGravity(Double)
    /// A strength of the wind that is not a reasonable number.
    case badWind(Double)

    /// What is wrong and what to do.
    public var description: String {
      switch self {
      case .badGravity(let gravity):
        "A gravity of \(gravity) cannot be landed in; choose one between -12 and 0."
      case .badWind(let power):
        "A wind of strength \(power) is no weather; choose 0 to 20 for its power, 0 to 2 for its turbulence."
      }
    }
  }

  /// A landing whose conditions can be set before it begins.
  protocol LunarMission {
    var conditions: LunarConditions { get set }
  }

  extension LunarMission {
    /// Gymnasium's arguments.
    static var arguments: SettingsTable<Self> {
      let wind = Limits<Double>("a number of at most a million") { abs($0) <= 1e6 }
      return SettingsTable {
        Setting(
          \.conditions.gravity, "gravity", "the acceleration downwards in m/s²",
          in: Limits("above -12 and below 0") { $0 > -12 && $0 < 0 })
        Setting(
          \.conditions.hasWind, "enable_wind", "whether wind blows until a leg touches the ground")
        Setting(
          \.conditions.windPower, "wind_power", "the largest force of the wind in N, 0 to 20",
          in: wind, onlyWith: .flag(\.conditions.hasWind))
        Setting(
          \.conditions.turbulencePower, "turbulence_power",
          "the largest torque of the wind in N m, 0 to 2", in: wind,
          onlyWith: .flag(\.conditions.hasWind))
      }
    }
  }
#endif
