public import RLCore
public import RLSupport

/// Gymnasium's HalfCheetah-v5: run forwards on two legs in a plane.
public struct HalfCheetah: MuJoCoTask {
  /// Gymnasium's `xml_file`.
  public var modelFile = "half_cheetah.xml"
  /// Gymnasium's `frame_skip`.
  public var frameSkip = 5
  /// What a m/s forwards is worth.
  public var forwardRewardWeight = 1.0
  /// What the sum of the squares of the action costs.
  public var controlCostWeight = 0.1
  /// The size of the noise where episodes begin.
  public var resetNoiseScale = 0.1
  /// Whether the observation lacks the position along the track.
  public var excludesPosition = true

  /// With Gymnasium's defaults.
  public init() {}

  /// Gymnasium's information of a step.
  public struct Info: StepInfo {
    /// The position along the track in m.
    public var xPosition = 0.0
    /// The mean velocity of the step in m/s.
    public var xVelocity = 0.0
    /// The reward for the velocity.
    public var forwardReward = 0.0
    /// The reward for the action, which is negative.
    public var controlReward = 0.0

    /// Nothing happened.
    public init() {}

    /// By Gymnasium's names.
    public static let numbers = [
      Number(\.xPosition, "x_position"), Number(\.xVelocity, "x_velocity"),
      Number(\.forwardReward, "reward_forward", isSummed: true),
      Number(\.controlReward, "reward_ctrl", isSummed: true),
    ]
  }

  /// 20 steps are a second.
  public static let framesPerSecond = 20

  /// From the side, going along with the body.
  public var camera: MuJoCoCamera {
    MuJoCoCamera(center: SIMD3(0, 0, 0.45), distance: 3.2, elevation: -10)
  }

  /// Throws unless the model has two positions.
  public func check(_ model: MuJoCoModel) throws(MuJoCoError) {
    try model.require(positions: 2, velocities: 1)
  }

  /// Uniform noise of the positions, normal noise of the velocities.
  public func begin(in simulation: MuJoCoSimulation, using rng: inout SeededGenerator) {
    simulation.begin(
      positionNoise: .uniform(resetNoiseScale), velocityNoise: .normal(resetNoiseScale),
      using: &rng)
  }

  /// The position along the track.
  public func place(in simulation: MuJoCoSimulation) -> SIMD2<Double> {
    SIMD2(simulation.positions[0], 0)
  }

  /// Positions, then velocities.
  public func observe(_ simulation: MuJoCoSimulation, into observation: inout [Double]) {
    observation += simulation.positions.dropFirst(excludesPosition ? 1 : 0)
    observation += simulation.velocities
  }

  /// Velocity less the cost of the action; never terminated.
  public func outcome(
    of motion: MuJoCoMotion, in simulation: MuJoCoSimulation
  ) -> MuJoCoOutcome<Info> {
    let cost = Float(controlCostWeight) * NumPySums.squares(motion.action)
    var info = Info()
    info.xPosition = motion.after.x
    info.xVelocity = motion.velocity.x
    info.forwardReward = forwardRewardWeight * motion.velocity.x
    info.controlReward = -Double(cost)
    return MuJoCoOutcome(reward: info.forwardReward - Double(cost), info: info)
  }
}

extension HalfCheetah: TrackTask {
  /// Gymnasium's arguments.
  package static let arguments = SettingsTable<HalfCheetah>(tracked) {}

  package static let sheet = """
    Two legs of three joints and a stiff body in a plane: run to the right as fast as can be.

    Action: Box(6): torques of the motors, -1 ... 1, times their gear.
      0  back thigh 120    3  front thigh 120
      1  back shin   90    4  front shin   60
      2  back foot   60    5  front foot   30

    Observation: Box(17)
      0      height of the tip            m
      1      angle of the tip             rad
      2-4    back thigh, shin, foot       rad
      5-7    front thigh, shin, foot      rad
      8-9    velocity along the track, up m/s
      10     angular velocity of the tip  rad/s
      11-13  back thigh, shin, foot       rad/s
      14-16  front thigh, shin, foot      rad/s
    With exclude_current_positions_from_observation=false the position along the track comes first.

    Reward: velocity along the track in m/s (of the mean of a step) - 0.1 * the sum of the squares
    of the action.

    Start: uniform noise of +-0.1 on positions, normal noise of 0.1 on velocities.

    End: never terminated; truncated after 1000 steps of 0.05 s.

    Versions: v5, with the bits of Gymnasium 1.4.0 and MuJoCo 3.17.0.
    """
}
