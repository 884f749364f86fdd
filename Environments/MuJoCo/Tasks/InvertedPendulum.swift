public import RLCore
public import RLSupport

/// Gymnasium's InvertedPendulum-v5: balance a pole on a cart.
public struct InvertedPendulum: MuJoCoTask {
  /// Gymnasium's `xml_file`.
  public var modelFile = "inverted_pendulum.xml"
  /// Gymnasium's `frame_skip`.
  public var frameSkip = 2
  /// The size of the noise where episodes begin.
  public var resetNoiseScale = 0.01

  /// With Gymnasium's defaults.
  public init() {}

  /// Gymnasium's information of a step.
  public struct Info: StepInfo {
    /// The reward.
    public var survivalReward = 0.0

    /// Nothing happened.
    public init() {}

    /// By Gymnasium's names.
    public static let numbers = [Number(\.survivalReward, "reward_survive", isSummed: true)]
  }

  /// 25 steps are a second.
  public static let framesPerSecond = 25

  /// From the side; the rail is all in sight.
  public var camera: MuJoCoCamera {
    MuJoCoCamera(center: SIMD3(0, 0, 0.2), distance: 2.4, elevation: -8, follows: false)
  }

  /// Throws unless the model has two positions.
  public func check(_ model: MuJoCoModel) throws(MuJoCoError) {
    try model.require(positions: 2, velocities: 1)
  }

  /// Uniform noise of positions and velocities.
  public func begin(in simulation: MuJoCoSimulation, using rng: inout SeededGenerator) {
    simulation.begin(
      positionNoise: .uniform(resetNoiseScale), velocityNoise: .uniform(resetNoiseScale),
      using: &rng)
  }

  /// Positions, then velocities.
  public func observe(_ simulation: MuJoCoSimulation, into observation: inout [Double]) {
    observation += simulation.positions
    observation += simulation.velocities
  }

  /// One for each step after which the pole stands.
  public func outcome(
    of motion: MuJoCoMotion, in simulation: MuJoCoSimulation
  ) -> MuJoCoOutcome<Info> {
    let isOver =
      !simulation.positions.allSatisfy(\.isFinite) || !simulation.velocities.allSatisfy(\.isFinite)
      || abs(simulation.positions[1]) > 0.2
    var info = Info()
    info.survivalReward = isOver ? 0 : 1
    return MuJoCoOutcome(reward: info.survivalReward, terminated: isOver, info: info)
  }
}

extension InvertedPendulum: GymnasiumTask {
  /// Gymnasium's arguments.
  package static let arguments = SettingsTable<InvertedPendulum>(shared) {
    Setting(\.resetNoiseScale, "reset_noise_scale", "noise at the start", in: .atLeast(0))
  }

  package static let sheet = """
    A cart on a rail with a pole on a hinge: keep the pole upright.

    Action: Box(1): the force on the cart, -3 ... 3, times a gear of 100.

    Observation: Box(4)
      0  position of the cart          m
      1  angle of the pole             rad
      2  velocity of the cart          m/s
      3  angular velocity of the pole  rad/s

    Reward: 1 for each step after which the pole stands.

    Start: uniform noise of +-0.01 on positions and velocities.

    End: terminated when the angle is beyond 0.2 rad; truncated after 1000 steps of 0.04 s.

    Versions: v5, with the bits of Gymnasium 1.4.0 and MuJoCo 3.17.0.
    """
}
