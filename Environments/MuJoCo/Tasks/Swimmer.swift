public import RLCore
public import RLSupport

/// Gymnasium's Swimmer-v5: swim forwards with three links in a viscous fluid.
public struct Swimmer: MuJoCoTask {
  /// Gymnasium's `xml_file`.
  public var modelFile = "swimmer.xml"
  /// Gymnasium's `frame_skip`.
  public var frameSkip = 4
  /// What a m/s forwards is worth.
  public var forwardRewardWeight = 1.0
  /// What the sum of the squares of the action costs.
  public var controlCostWeight = 1e-4
  /// The size of the noise where episodes begin.
  public var resetNoiseScale = 0.1
  /// Whether the observation lacks the position in the plane.
  public var excludesPosition = true

  /// With Gymnasium's defaults.
  public init() {}

  /// Gymnasium's information of a step.
  public struct Info: StepInfo {
    /// The position along x in m.
    public var xPosition = 0.0
    /// The position along y in m.
    public var yPosition = 0.0
    /// The distance from the origin in m.
    public var distance = 0.0
    /// The mean velocity of the step along x in m/s.
    public var xVelocity = 0.0
    /// The mean velocity of the step along y in m/s.
    public var yVelocity = 0.0
    /// The reward for the velocity.
    public var forwardReward = 0.0
    /// The reward for the action, which is negative.
    public var controlReward = 0.0

    /// Nothing happened.
    public init() {}

    /// By Gymnasium's names.
    public static let numbers = [
      Number(\.xPosition, "x_position"), Number(\.yPosition, "y_position"),
      Number(\.distance, "distance_from_origin"), Number(\.xVelocity, "x_velocity"),
      Number(\.yVelocity, "y_velocity"),
      Number(\.forwardReward, "reward_forward", isSummed: true),
      Number(\.controlReward, "reward_ctrl", isSummed: true),
    ]
  }

  /// 25 steps are a second.
  public static let framesPerSecond = 25

  /// From above, going along with the first link.
  public var camera: MuJoCoCamera {
    MuJoCoCamera(center: SIMD3(0, 0, 0), distance: 4.2, elevation: -60)
  }

  /// Throws unless the model has three positions.
  public func check(_ model: MuJoCoModel) throws(MuJoCoError) {
    try model.require(positions: 3, velocities: 1)
  }

  /// Uniform noise of positions and velocities.
  public func begin(in simulation: MuJoCoSimulation, using rng: inout SeededGenerator) {
    simulation.begin(
      positionNoise: .uniform(resetNoiseScale), velocityNoise: .uniform(resetNoiseScale),
      using: &rng)
  }

  /// The position in the plane.
  public func place(in simulation: MuJoCoSimulation) -> SIMD2<Double> {
    SIMD2(simulation.positions[0], simulation.positions[1])
  }

  /// Positions, then velocities.
  public func observe(_ simulation: MuJoCoSimulation, into observation: inout [Double]) {
    observation += simulation.positions.dropFirst(excludesPosition ? 2 : 0)
    observation += simulation.velocities
  }

  /// Velocity less the cost of the action; never terminated.
  public func outcome(
    of motion: MuJoCoMotion, in simulation: MuJoCoSimulation
  ) -> MuJoCoOutcome<Info> {
    let cost = Float(controlCostWeight) * NumPySums.squares(motion.action)
    var info = Info()
    (info.xPosition, info.yPosition) = (motion.after.x, motion.after.y)
    info.distance = NumPySums.length(motion.after.x, motion.after.y)
    (info.xVelocity, info.yVelocity) = (motion.velocity.x, motion.velocity.y)
    info.forwardReward = forwardRewardWeight * motion.velocity.x
    info.controlReward = -Double(cost)
    return MuJoCoOutcome(reward: info.forwardReward - Double(cost), info: info)
  }
}

extension Swimmer: TrackTask {
  /// Gymnasium's arguments.
  package static let arguments = SettingsTable<Swimmer>(tracked) {}

  package static let sheet = """
    Three links with two joints in a viscous fluid: swim to the right as fast as can be.

    Action: Box(2): torques of the motors at the joints, -1 ... 1, times a gear of 150.

    Observation: Box(8)
      0    angle of the front link                rad
      1-2  angles of the joints                   rad
      3-4  velocity of the tip along x and y      m/s
      5    angular velocity of the front link     rad/s
      6-7  angular velocities of the joints       rad/s
    With exclude_current_positions_from_observation=false the position in the plane comes first.

    Reward: velocity along x in m/s - 0.0001 * the sum of the squares of the action.

    Start: uniform noise of +-0.1 on positions and velocities.

    End: never terminated; truncated after 1000 steps of 0.04 s.

    Versions: v5, with the bits of Gymnasium 1.4.0 and MuJoCo 3.17.0.
    """
}
