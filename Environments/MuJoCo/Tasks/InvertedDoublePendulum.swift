internal import Glibc
public import RLCore
public import RLSupport

/// Gymnasium's InvertedDoublePendulum-v5: balance two poles, one on the other, on a cart.
public struct InvertedDoublePendulum: MuJoCoTask {
  /// Gymnasium's `xml_file`.
  public var modelFile = "inverted_double_pendulum.xml"
  /// Gymnasium's `frame_skip`.
  public var frameSkip = 5
  /// What a step is worth after which the poles stand.
  public var healthyReward = 10.0
  /// The size of the noise where episodes begin.
  public var resetNoiseScale = 0.1

  /// With Gymnasium's defaults.
  public init() {}

  /// Gymnasium's information of a step.
  public struct Info: StepInfo {
    /// The reward for standing.
    public var survivalReward = 0.0
    /// The reward for the place of the tip, which is negative.
    public var distanceReward = 0.0
    /// The reward for the velocities, which is negative.
    public var velocityReward = 0.0

    /// Nothing happened.
    public init() {}

    /// By Gymnasium's names.
    public static let numbers = [
      Number(\.survivalReward, "reward_survive", isSummed: true),
      Number(\.distanceReward, "distance_penalty", isSummed: true),
      Number(\.velocityReward, "velocity_penalty", isSummed: true),
    ]
  }

  /// Where the tip is, and the forces of the rail's ends.
  public static let fields = ["site_xpos", "qfrc_constraint"]

  /// 20 steps are a second.
  public static let framesPerSecond = 20

  /// From the side; the rail is all in sight.
  public var camera: MuJoCoCamera {
    MuJoCoCamera(center: SIMD3(0, 0, 0.55), distance: 3.4, elevation: -8, follows: false)
  }

  /// Throws unless the model has three positions and a site.
  public func check(_ model: MuJoCoModel) throws(MuJoCoError) {
    try model.require(positions: 3, velocities: 3, sites: 1)
  }

  /// Uniform noise of the positions, normal noise of the velocities.
  public func begin(in simulation: MuJoCoSimulation, using rng: inout SeededGenerator) {
    simulation.begin(
      positionNoise: .uniform(resetNoiseScale), velocityNoise: .normal(resetNoiseScale),
      using: &rng)
  }

  /// Position of the cart, sines and cosines of the angles, velocities, force of the rail's ends.
  public func observe(_ simulation: MuJoCoSimulation, into observation: inout [Double]) {
    let range = MuJoCoRange(-10, 10)
    let angles = simulation.positions.dropFirst()
    observation.append(simulation.positions[0])
    for angle in angles { observation.append(sin(angle)) }
    for angle in angles { observation.append(cos(angle)) }
    for velocity in simulation.velocities { observation.append(range.clip(velocity)) }
    observation.append(range.clip(simulation["qfrc_constraint"][0]))
  }

  /// Standing less the distance of the tip from its best place and less velocities.
  public func outcome(
    of motion: MuJoCoMotion, in simulation: MuJoCoSimulation
  ) -> MuJoCoOutcome<Info> {
    let tip = simulation["site_xpos"].vector(0)
    let (v1, v2) = (simulation.velocities[1], simulation.velocities[2])
    let isOver = tip.z <= 1
    let distance = 0.01 * (tip.x * tip.x) + (tip.z - 2) * (tip.z - 2)
    let velocity = 1e-3 * (v1 * v1) + 5e-3 * (v2 * v2)
    var info = Info()
    info.survivalReward = isOver ? 0 : healthyReward
    info.distanceReward = -distance
    info.velocityReward = -velocity
    return MuJoCoOutcome(
      reward: info.survivalReward - distance - velocity, terminated: isOver, info: info)
  }
}

extension InvertedDoublePendulum: GymnasiumTask {
  /// Gymnasium's arguments.
  package static let arguments = SettingsTable<InvertedDoublePendulum>(shared) {
    Setting(
      \.healthyReward, "healthy_reward", "what a step is worth if the poles stand", in: .finite)
    Setting(\.resetNoiseScale, "reset_noise_scale", "noise at the start", in: .atLeast(0))
  }

  package static let sheet = """
    A cart on a rail with a pole on a hinge, and another one on its end: keep both upright.

    Action: Box(1): the force on the cart, -1 ... 1, times a gear of 500.

    Observation: Box(9)
      0    position of the cart                   m
      1-2  sines of the hinges' angles
      3-4  cosines of the hinges' angles
      5    velocity of the cart                   m/s, -10 ... 10
      6-7  angular velocities of the hinges       rad/s, -10 ... 10
      8    force of the rail's end on the cart    N, -10 ... 10

    Reward: 10 while the tip is above 1 m - 0.01 x^2 - (z - 2)^2 - 0.001 v1^2 - 0.005 v2^2, with the
    place x, z of the tip and the angular velocities v1, v2.

    Start: uniform noise of +-0.1 on positions, normal noise of 0.1 on velocities.

    End: terminated when the tip is at 1 m or below; truncated after 1000 steps of 0.05 s.

    Versions: v5, with the bits of Gymnasium 1.4.0 and MuJoCo 3.17.0.
    """
}
