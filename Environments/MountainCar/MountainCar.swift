public import RLCore
internal import RLSupport

/// Gymnasium's MountainCar: drive a car that is too weak for its hill up that hill by swinging.
///
/// The same numbers as `MountainCar-v0` bit for bit, given the same seed and actions.
public struct MountainCar: DeterministicEnvironment, Codable {
  /// The velocity that full throttle adds in a step.
  public var force = 0.001
  /// The velocity that the steepest slope adds in a step.
  public var gravity = 0.0025
  /// Where the track ends; the walls there stop the car.
  public var positionLimits = -1.2...0.6
  /// The largest speed per step.
  public var speedLimit = 0.07
  /// The position of the flag.
  public var goalPosition = 0.5
  /// The velocity that the car must at least have at the flag: Gymnasium's `goal_velocity`.
  public var goalVelocity = 0.0
  /// The first position lies between these.
  public var startRange = -0.6 ... -0.4
  /// Whether the velocity is seen; a zero is in its place if not.
  @AbsentIfTrue public var showsVelocities = true

  /// The car's position; the bottom of the valley is at -π/6.
  public private(set) var position = -Double.pi / 6
  /// The car's velocity per step; positive drives right.
  public private(set) var velocity = 0.0

  /// A car at rest in the valley.
  public init() {}

  /// Position and velocity.
  public var observationSpace: Box<2> {
    let speed = Float(speedLimit)
    return Box(
      low: [Float(positionLimits.lowerBound), -speed],
      high: [Float(positionLimits.upperBound), speed])
  }

  /// Drive left (0), roll (1) or drive right (2).
  public var actionSpace: Discrete { Discrete(3) }

  /// Position and velocity.
  public var state: InlineArray<2, Double> {
    get { [position, velocity] }
    set { (position, velocity) = (newValue[0], newValue[1]) }
  }
}

extension MountainCar: Playable {
  /// The arrows drive; without a key the car rolls.
  public var keyMap: KeyMap {
    KeyMap(
      [
        .init(.left, action: [0], "drive left"), .init(.right, action: [2], "drive right"),
      ], idle: .act([1]))
  }
}

extension MountainCar {
  /// Gymnasium's arguments.
  static let arguments = SettingsTable<MountainCar> {
    Setting(
      \.goalVelocity, "goal_velocity", "the velocity needed at the flag, in a step", in: .finite)
    Setting(
      \.showsVelocities, "velocities",
      "whether the velocity is seen, or zeros in its place, so that a policy needs memory")
  }

  static let sheet = """
    A car stands in a valley between two hills. Its engine is too weak to climb the right one, so it
    has to gain speed by driving to and fro (Moore 1990).

    Action: Discrete(3): 0 drives left, 1 rolls, 2 drives right, with 0.001 a step.

    Observation: Box(2)
      0  position  -1.2 ... 0.6
      1  velocity  -0.07 ... 0.07 a step
    With velocities=false 1 is zero.

    Reward: -1 for every step, the last one included.

    Start: the position uniform in -0.6 ... -0.4, at rest.

    End: terminated at the flag, position 0.5 or more, with the goal velocity (0) or more; truncated
    after 200 steps. The wall at -1.2 stops the car.

    Versions: v0.
    """
}
