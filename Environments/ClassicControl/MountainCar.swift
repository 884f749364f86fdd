public import RLCore
public import RLSupport

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

  /// Starts at rest near the bottom of the valley.
  public mutating func reset(using rng: inout SeededGenerator) -> InlineArray<2, Float> {
    state = start(using: &rng)
    return observation
  }

  /// Drives for one time step.
  public mutating func step(_ action: Int) -> Step<InlineArray<2, Float>, NoInfo> {
    let (next, reward, isOver) = advance(state, action: Double(action))
    state = next
    return isOver ? .terminal(observation, reward: reward) : .next(observation, reward: reward)
  }

  var state: LaneState<Double> {
    get { LaneState(a: position, b: velocity, c: 0, d: 0) }
    set { (position, velocity) = (newValue.a, newValue.b) }
  }

  private var observation: InlineArray<2, Float> { [Float(position), Float(velocity)] }
}
