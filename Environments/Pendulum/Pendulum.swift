public import RLCore
internal import RLSupport

/// Gymnasium's Pendulum: swing a pendulum up and keep it there with little torque.
///
/// The observations of `Pendulum-v1` within one unit in the last place, given the same seed and actions.
public struct Pendulum: DeterministicEnvironment, Codable {
  /// In m/s².
  public var gravity = 10.0
  /// In kg.
  public var mass = 1.0
  /// In m.
  public var length = 1.0
  /// The time between steps in s.
  public var timeStep = 0.05
  /// The largest angular velocity in radians/s.
  public var speedLimit = 8.0
  /// The largest torque in N m; stronger ones are clipped.
  public var torqueLimit = 2.0
  /// Whether the angular velocity is seen; a zero is in its place if not.
  @AbsentIfTrue public var showsVelocities = true

  /// The angle from upright in radians; grows beyond π with every turn.
  public private(set) var angle = 0.0
  /// The angular velocity in radians/s.
  public private(set) var angularVelocity = 0.0
  /// The torque of the last step in N m; `nil` before the first one.
  public private(set) var torque: Double?

  /// An upright pendulum at rest.
  public init() {}

  /// Cosine and sine of the angle, angular velocity.
  public var observationSpace: Box<3> {
    let speed = Float(speedLimit)
    return Box(low: [-1, -1, -speed], high: [1, 1, speed])
  }

  /// The torque.
  public var actionSpace: Box<1> { Box(-Float(torqueLimit)...Float(torqueLimit)) }

  /// Angle and angular velocity; setting them forgets the last torque.
  public var state: InlineArray<2, Double> {
    get { [angle, angularVelocity] }
    set { (angle, angularVelocity, torque) = (newValue[0], newValue[1], nil) }
  }

  /// Applies a torque for one time step.
  public mutating func step(_ action: InlineArray<1, Float>) -> Step<InlineArray<3, Float>, NoInfo>
  {
    let (next, reward, _) = advance(state, action: [Double(action[0])])
    state = next
    torque = max(-torqueLimit, min(torqueLimit, Double(action[0])))
    return .next(shown(next), reward: reward)
  }
}

extension Pendulum: Playable {
  /// The arrows are full torque, `a` and `d` half of it.
  public var keyMap: KeyMap {
    let full = Float(torqueLimit)
    return KeyMap(
      [
        .init(.left, action: [full], "turn left"), .init(.right, action: [-full], "turn right"),
        .init(.character("a"), action: [full / 2], "half left"),
        .init(.character("d"), action: [-full / 2], "half right"),
      ], idle: .act([0]), addsUp: true)
  }
}

extension Pendulum {
  /// Gymnasium's arguments.
  static let arguments = SettingsTable<Pendulum> {
    Setting(\.gravity, "g", "the acceleration downwards in m/s²", in: .finite)
    Setting(
      \.showsVelocities, "velocities",
      "whether the velocity is seen, or zeros in its place, so that a policy needs memory")
  }

  static let sheet = """
    A pendulum hangs from a hinge with a motor that is too weak to lift it in one go. It is to be swung
    up and held upright.

    Action: Box(1): the torque, -2 ... 2 N m; stronger ones are clipped.

    Observation: Box(3)
      0  cosine of the angle from upright  -1 ... 1
      1  sine of the angle                 -1 ... 1
      2  angular velocity                  -8 ... 8 rad/s
    With velocities=false 2 is zero.

    Reward: -(angle^2 + 0.1 velocity^2 + 0.001 torque^2), the angle taken in -pi ... pi before the
    step; between -16.27 and 0.

    Start: the angle uniform in -pi ... pi, the velocity in -1 ... 1.

    End: never terminated; truncated after 200 steps. There is no reward threshold; good policies
    reach about -150.

    Versions: v1.
    """
}
