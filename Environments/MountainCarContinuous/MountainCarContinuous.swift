public import RLCore
internal import RLSupport

/// Gymnasium's MountainCarContinuous: the hill of ``MountainCar`` with a throttle that costs fuel.
///
/// The same numbers as `MountainCarContinuous-v0` bit for bit, given the same seed and actions.
public struct MountainCarContinuous: DeterministicEnvironment, Codable {
  /// The velocity that full throttle adds in a step.
  public var power = 0.0015
  /// The velocity that the steepest slope adds in a step.
  public var gravity = 0.0025
  /// Where the track ends; the walls there stop the car.
  public var positionLimits = -1.2...0.6
  /// The largest speed per step.
  public var speedLimit = 0.07
  /// The position of the flag.
  public var goalPosition = 0.45
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
  /// Whether the car has not moved yet: only the first step of an episode computes in double precision.
  private var isFresh = true

  /// A car at rest in the valley.
  public init() {}

  /// Position and velocity.
  public var observationSpace: Box<2> {
    let speed = Float(speedLimit)
    return Box(
      low: [Float(positionLimits.lowerBound), -speed],
      high: [Float(positionLimits.upperBound), speed])
  }

  /// The throttle; beyond -1...1 it has no more force, but still its cost.
  public var actionSpace: Box<1> { Box(-1...1) }

  /// Position, velocity, and 1 before the first step of an episode.
  public var state: InlineArray<3, Double> {
    get { [position, velocity, isFresh ? 1 : 0] }
    set {
      (position, velocity, isFresh) = (newValue[0], newValue[1], newValue[2] > 0.5)
    }
  }
}

extension MountainCarContinuous: Playable {
  /// The arrows are full throttle, `a` and `d` half of it.
  public var keyMap: KeyMap {
    KeyMap(
      [
        .init(.left, action: [-1], "drive left"), .init(.right, action: [1], "drive right"),
        .init(.character("a"), action: [-0.5], "half left"),
        .init(.character("d"), action: [0.5], "half right"),
      ], idle: .act([0]), addsUp: true)
  }
}

extension MountainCarContinuous {
  /// Gymnasium's arguments.
  static let arguments = SettingsTable<MountainCarContinuous> {
    Setting(
      \.goalVelocity, "goal_velocity", "the velocity needed at the flag, in a step", in: .finite)
    Setting(
      \.showsVelocities, "velocities",
      "whether the velocity is seen, or zeros in its place, so that a policy needs memory")
  }

  static let sheet = """
    The car of MountainCar with a throttle, whose use costs fuel.

    Action: Box(1): the throttle, -1 ... 1, times 0.0015 a step; stronger ones are clipped, but cost
    what they are.

    Observation: Box(2)
      0  position  -1.2 ... 0.6
      1  velocity  -0.07 ... 0.07 a step
    With velocities=false 1 is zero.

    Reward: -0.1 throttle^2 for every step, and 100 for reaching the flag.

    Start: the position uniform in -0.6 ... -0.4, at rest.

    End: terminated at the flag, position 0.45 or more, with the goal velocity (0) or more; truncated
    after 999 steps. The wall at -1.2 stops the car.

    Versions: v0.
    """
}
