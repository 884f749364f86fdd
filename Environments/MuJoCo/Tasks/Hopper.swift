package import RLSupport

/// Gymnasium's Hopper-v5: hop forwards on one leg in a plane.
public struct Hopper: WalkingTask {
  /// Gymnasium's `xml_file`.
  public var modelFile = "hopper.xml"
  /// Gymnasium's `frame_skip`.
  public var frameSkip = 4
  /// What a m/s forwards is worth.
  public var forwardRewardWeight = 1.0
  /// What the sum of the squares of the action costs.
  public var controlCostWeight = 1e-3
  /// What a step is worth after which the body is healthy.
  public var healthyReward = 1.0
  /// Whether episodes end when the body is not healthy.
  public var endsUnhealthy = true
  /// What all positions from the second on and velocities of a healthy body lie inside.
  public var healthyStateRange = MuJoCoRange(-100, 100)
  /// What the height of a healthy body lies inside, in m.
  public var healthyHeightRange = MuJoCoRange(0.7, .infinity)
  /// What the angle of a healthy body lies inside, in radians.
  public var healthyAngleRange = MuJoCoRange(-0.2, 0.2)
  /// The size of the noise where episodes begin.
  public var resetNoiseScale = 5e-3
  /// Whether the observation lacks the position along the track.
  public var excludesPosition = true

  /// With Gymnasium's defaults.
  public init() {}

  /// Whether height, angle, and all else lie in their ranges.
  public func isHealthy(_ simulation: MuJoCoSimulation) -> Bool {
    let (positions, velocities) = (simulation.positions, simulation.velocities)
    return positions.dropFirst(2).allSatisfy(healthyStateRange.containsInside)
      && velocities.allSatisfy(healthyStateRange.containsInside)
      && healthyHeightRange.containsInside(positions[1])
      && healthyAngleRange.containsInside(positions[2])
  }
}

extension Hopper: TrackTask {
  /// Gymnasium's arguments.
  package static let arguments = SettingsTable<Hopper>(tracked) {
    Setting(\.healthyReward, "healthy_reward", "what a healthy step is worth", in: .finite)
    Setting(
      \.endsUnhealthy, "terminate_when_unhealthy", "whether episodes end when it is not healthy")
    Setting(\.healthyStateRange, "healthy_state_range", "healthy angles and velocities")
    Setting(\.healthyHeightRange, "healthy_z_range", "healthy heights in m")
    Setting(\.healthyAngleRange, "healthy_angle_range", "healthy angles of the body in radians")
  }

  package static let sheet = """
    A leg of three joints in a plane: hop to the right as fast as can be without falling.

    Action: Box(3): torques of the motors, -1 ... 1, times a gear of 200.
      0  thigh  1  leg  2  foot

    Observation: Box(11)
      0     height of the torso              m
      1     angle of the torso               rad
      2-4   thigh, leg, foot                 rad
      5-6   velocity along the track, up     m/s, -10 ... 10
      7     angular velocity of the torso    rad/s, -10 ... 10
      8-10  thigh, leg, foot                 rad/s, -10 ... 10
    With exclude_current_positions_from_observation=false the position along the track comes first.

    Reward: velocity along the track in m/s + 1 if healthy after the step - 0.001 * the sum of the
    squares of the action.

    Start: uniform noise of +-0.005 on positions and velocities.

    End: terminated when not healthy: a height of 0.7 m or less, an angle of 0.2 rad or more to
    either side, or another number beyond 100; truncated after 1000 steps of 0.008 s.

    Versions: v5, with the bits of Gymnasium 1.4.0 and MuJoCo 3.17.0.
    """
}
