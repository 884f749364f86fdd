public import RLCore
public import RLSupport

/// Gymnasium's Acrobot: swing the tip of a double pendulum up with a motor between its links.
///
/// The numbers of `Acrobot-v1`, given the same seed and actions, nearly always bit for bit. Now and then
/// a last place of a sine differs, and the chaotic motion lets it grow, to some 1e-6 in an episode;
/// of the first observations, one in a hundred differs in a last place.
public struct Acrobot: Environment, Codable {
  /// Which equations of motion hold.
  public enum Equations: String, Sendable, Codable, CaseIterable, SettingValue {
    /// Those of Sutton and Barto's book, which all published results come from.
    case book
    /// Those of Sutton's paper of 1996, which lack a term.
    case nips
  }

  /// The first link's length in m.
  public var length = 1.0
  /// The first link's mass in kg.
  public var firstMass = 1.0
  /// The second link's mass in kg.
  public var secondMass = 1.0
  /// The distance of the first link's centre of mass from the fixed joint in m.
  public var firstCentre = 0.5
  /// The distance of the second link's centre of mass from the driven joint in m.
  public var secondCentre = 0.5
  /// The moment of inertia of each link in kg m².
  public var inertia = 1.0
  /// In m/s².
  public var gravity = 9.8
  /// The time between steps in s.
  public var timeStep = 0.2
  /// The first link's largest angular velocity in radians/s.
  public var firstSpeedLimit = 4 * Double.pi
  /// The second link's largest angular velocity in radians/s.
  public var secondSpeedLimit = 9 * Double.pi
  /// Which equations of motion hold: Gymnasium's `book_or_nips`.
  public var equations = Equations.book
  /// The largest torque in N m that a step adds by chance: Gymnasium's `torque_noise_max`.
  public var torqueNoise = 0.0
  /// Every number of the first state lies between these.
  public var startRange = -0.1...0.1

  /// The first link's angle in radians; zero hangs down.
  public private(set) var firstAngle = 0.0
  /// The second link's angle from the first one in radians; zero is straight.
  public private(set) var secondAngle = 0.0
  /// The first link's angular velocity in radians/s.
  public private(set) var firstVelocity = 0.0
  /// The second link's angular velocity, from the first one, in radians/s.
  public private(set) var secondVelocity = 0.0

  /// An acrobot that hangs down at rest.
  public init() {}

  /// Cosine and sine of both angles, both angular velocities.
  public var observationSpace: Box<6> {
    let high = [1, 1, 1, 1, Float(firstSpeedLimit), Float(secondSpeedLimit)]
    return Box(low: high.map { -$0 }, high: high)
  }

  /// A torque of -1 (0), 0 (1) or 1 (2) N m on the joint between the links.
  public var actionSpace: Discrete { Discrete(3) }

  /// Both angles, both angular velocities.
  public var state: InlineArray<4, Double> {
    get { [firstAngle, secondAngle, firstVelocity, secondVelocity] }
    set {
      (firstAngle, secondAngle) = (newValue[0], newValue[1])
      (firstVelocity, secondVelocity) = (newValue[2], newValue[3])
    }
  }
}

extension Acrobot: Playable {
  /// The arrows drive the joint.
  public var keyMap: KeyMap {
    KeyMap(
      [
        .init(.left, action: [0], "torque -1"), .init(.right, action: [2], "torque 1"),
      ], idle: .act([1]))
  }
}

extension Acrobot {
  /// What Gymnasium has as attributes of the environment.
  static let arguments = SettingsTable<Acrobot> {
    Setting(\.equations, "book_or_nips", "which equations of motion hold")
    Setting(
      \.torqueNoise, "torque_noise_max", "the largest torque in N m that a step adds by chance",
      in: .atLeast(0))
  }

  static let sheet = """
    Two links hang from a fixed joint; a motor turns the joint between them. The tip is to be swung
    above a line one link's length over the fixed joint (Sutton 1996).

    Action: Discrete(3): a torque of 0: -1, 1: 0, 2: 1 N m.

    Observation: Box(6)
      0  cosine of the first angle, 0 hanging down    -1 ... 1
      1  sine of the first angle                      -1 ... 1
      2  cosine of the second angle from the first    -1 ... 1
      3  sine of the second angle                     -1 ... 1
      4  angular velocity of the first link           -12.567 ... 12.567 rad/s
      5  angular velocity of the second link          -28.274 ... 28.274 rad/s

    Reward: -1 for every step, 0 for the one that reaches the line.

    Start: both angles and both velocities uniform in -0.1 ... 0.1.

    End: terminated when -cos(first) - cos(first + second) > 1; truncated after 500 steps.

    Versions: v1 has 500 steps and cosines and sines in the observation; v0, with 200 steps and the
    angles themselves, is not offered, nor is it by Gymnasium.
    """
}
