public import RLCore

/// Gymnasium's information of a step of Hopper and Walker2d.
public struct WalkingInfo: StepInfo {
  /// The position along the track in m.
  public var xPosition = 0.0
  /// How much higher than at first the body is, in m.
  public var heightChange = 0.0
  /// The mean velocity of the step in m/s.
  public var xVelocity = 0.0
  /// The reward for the velocity.
  public var forwardReward = 0.0
  /// The reward for the action, which is negative.
  public var controlReward = 0.0
  /// The reward for being healthy.
  public var survivalReward = 0.0

  /// Nothing happened.
  public init() {}

  /// By Gymnasium's names.
  public static let numbers = [
    Number(\.xPosition, "x_position"), Number(\.heightChange, "z_distance_from_origin"),
    Number(\.xVelocity, "x_velocity"),
    Number(\.forwardReward, "reward_forward", isSummed: true),
    Number(\.controlReward, "reward_ctrl", isSummed: true),
    Number(\.survivalReward, "reward_survive", isSummed: true),
  ]
}

/// Gymnasium's information of a step of Ant and Humanoid.
public struct RoamingInfo: StepInfo {
  /// The first position, of the body that is free, in m.
  public var xPosition = 0.0
  /// The second position in m.
  public var yPosition = 0.0
  /// The distance from the origin in the plane, in m.
  public var distance = 0.0
  /// The mean velocity of the step along x in m/s, of the point that is paid for.
  public var xVelocity = 0.0
  /// The mean velocity of the step along y in m/s.
  public var yVelocity = 0.0
  /// The reward for the velocity.
  public var forwardReward = 0.0
  /// The reward for the action, which is negative.
  public var controlReward = 0.0
  /// The reward for contact forces, which is negative.
  public var contactReward = 0.0
  /// The reward for being healthy.
  public var survivalReward = 0.0

  /// Nothing happened.
  public init() {}

  init(_ simulation: MuJoCoSimulation, _ motion: MuJoCoMotion) {
    (xPosition, yPosition) = (simulation.positions[0], simulation.positions[1])
    distance = NumPySums.length(xPosition, yPosition)
    (xVelocity, yVelocity) = (motion.velocity.x, motion.velocity.y)
  }

  /// By Gymnasium's names.
  public static let numbers = [
    Number(\.xPosition, "x_position"), Number(\.yPosition, "y_position"),
    Number(\.distance, "distance_from_origin"), Number(\.xVelocity, "x_velocity"),
    Number(\.yVelocity, "y_velocity"),
    Number(\.forwardReward, "reward_forward", isSummed: true),
    Number(\.controlReward, "reward_ctrl", isSummed: true),
    Number(\.contactReward, "reward_contact", isSummed: true),
    Number(\.survivalReward, "reward_survive", isSummed: true),
  ]
}
