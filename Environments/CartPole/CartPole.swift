public import RLCore
internal import RLSupport

/// Gymnasium's CartPole: keep a pole upright by pushing its cart left or right.
///
/// The same numbers as `CartPole-v1` bit for bit, given the same seed and actions.
public struct CartPole: DeterministicEnvironment, Codable {
  /// In m/s².
  public var gravity = 9.8
  /// In kg.
  public var cartMass = 1.0
  /// In kg.
  public var poleMass = 0.1
  /// Half of the pole's length in m.
  public var halfLength = 0.5
  /// The size of a push in N.
  public var force = 10.0
  /// The time between steps in s.
  public var timeStep = 0.02
  /// The cart's distance from the centre beyond which the episode ends, in m.
  public var positionLimit = 2.4
  /// The pole's angle beyond which the episode ends, in radians.
  public var angleLimit = 12.0 * 2.0 * Double.pi / 360.0
  /// The reward of Barto, Sutton and Anderson: 0 a step and -1 for the end, instead of 1 a step.
  public var usesOriginalReward = false
  /// Every number of the first state lies between these.
  public var startRange = -0.05...0.05
  /// Whether velocities are seen; zeros are in their places if not.
  @AbsentIfTrue public var showsVelocities = true

  /// The cart's position in m.
  public private(set) var position = 0.0
  /// The cart's velocity in m/s.
  public private(set) var velocity = 0.0
  /// The pole's angle in radians; positive leans right.
  public private(set) var angle = 0.0
  /// The pole's angular velocity in radians/s.
  public private(set) var angularVelocity = 0.0

  /// A cart at rest with the pole upright.
  public init() {}

  /// Position, velocity, angle, angular velocity.
  public var observationSpace: Box<4> {
    let (x, angle) = (Float(positionLimit * 2), Float(angleLimit * 2))
    return Box(low: [-x, -.infinity, -angle, -.infinity], high: [x, .infinity, angle, .infinity])
  }

  /// Push left (0) or right (1).
  public var actionSpace: Discrete { Discrete(2) }

  /// Position, velocity, angle, angular velocity.
  public var state: InlineArray<4, Double> {
    get { [position, velocity, angle, angularVelocity] }
    set {
      (position, velocity) = (newValue[0], newValue[1])
      (angle, angularVelocity) = (newValue[2], newValue[3])
    }
  }
}

extension CartPole: Playable {
  /// The arrows push; without a key the last push goes on.
  public var keyMap: KeyMap {
    KeyMap(
      [
        .init(.left, action: [0], "push left"), .init(.right, action: [1], "push right"),
      ], idle: .repeatLast)
  }
}

extension CartPole {
  /// Gymnasium's arguments.
  static let arguments = SettingsTable<CartPole> {
    Setting(
      \.usesOriginalReward, "sutton_barto_reward",
      "whether a step pays 0 and the end -1, instead of 1 a step")
    Setting(
      \.showsVelocities, "velocities",
      "whether velocities are seen, or zeros in their places, so that a policy needs memory")
  }

  static let sheet = """
    A pole is hinged to a cart on a track without friction. It starts upright; the cart is pushed to
    keep it from falling (Barto, Sutton and Anderson 1983).

    Action: Discrete(2): 0 pushes left, 1 pushes right, with 10 N.

    Observation: Box(4)
      0  cart position          -4.8 ... 4.8 m
      1  cart velocity          unbounded, m/s
      2  pole angle             -0.419 ... 0.419 rad
      3  pole angular velocity  unbounded, rad/s
    With velocities=false 1 and 3 are zero.

    Reward: 1 for every step, the last one included.

    Start: every number uniform in -0.05 ... 0.05.

    End: terminated when the pole leans more than 12 degrees (0.2095 rad) or the cart is more than
    2.4 m from the centre; truncated after 500 steps (v1) or 200 steps (v0).

    Versions: v1 has 500 steps and the threshold 475; v0 has 200 steps and the threshold 195.
    """
}
