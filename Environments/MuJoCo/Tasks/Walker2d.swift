package import RLSupport

/// Gymnasium's Walker2d-v5: walk forwards on two legs in a plane.
public struct Walker2d: WalkingTask {
  /// Gymnasium's `xml_file`.
  public var modelFile = "walker2d_v5.xml"
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
  /// What the height of a healthy body lies inside, in m.
  public var healthyHeightRange = MuJoCoRange(0.8, 2)
  /// What the angle of a healthy body lies inside, in radians.
  public var healthyAngleRange = MuJoCoRange(-1, 1)
  /// The size of the noise where episodes begin.
  public var resetNoiseScale = 5e-3
  /// Whether the observation lacks the position along the track.
  public var excludesPosition = true

  /// With Gymnasium's defaults.
  public init() {}

  /// Whether height and angle lie in their ranges.
  public func isHealthy(_ simulation: MuJoCoSimulation) -> Bool {
    healthyHeightRange.containsInside(simulation.positions[1])
      && healthyAngleRange.containsInside(simulation.positions[2])
  }
}

extension Walker2d: TrackTask {
  /// Gymnasium's arguments.
  package static let arguments = SettingsTable<Walker2d>(tracked) {
    Setting(\.healthyReward, "healthy_reward", "what a healthy step is worth", in: .finite)
    Setting(
      \.endsUnhealthy, "terminate_when_unhealthy", "whether episodes end when it is not healthy")
    Setting(\.healthyHeightRange, "healthy_z_range", "healthy heights in m")
    Setting(\.healthyAngleRange, "healthy_angle_range", "healthy angles of the body in radians")
  }

  package static let sheet = """
    A torso on two legs of three joints in a plane: walk to the right as fast as can be without
    falling.

    Action: Box(6): torques of the motors, -1 ... 1, times a gear of 100.
      0-2  right thigh, leg, foot    3-5  left thigh, leg, foot

    Observation: Box(17)
      0      height of the torso             m
      1      angle of the torso              rad
      2-4    right thigh, leg, foot          rad
      5-7    left thigh, leg, foot           rad
      8-9    velocity along the track, up    m/s, -10 ... 10
      10     angular velocity of the torso   rad/s, -10 ... 10
      11-13  right thigh, leg, foot          rad/s, -10 ... 10
      14-16  left thigh, leg, foot           rad/s, -10 ... 10
    With exclude_current_positions_from_observation=false the position along the track comes first.

    Reward: velocity along the track in m/s + 1 if healthy after the step - 0.001 * the sum of the
    squares of the action.

    Start: uniform noise of +-0.005 on positions and velocities.

    End: terminated when not healthy: a height outside of 0.8 ... 2 m or an angle outside of
    -1 ... 1 rad; truncated after 1000 steps of 0.008 s.

    Versions: v5, with the bits of Gymnasium 1.4.0 and MuJoCo 3.17.0.
    """
}
