internal import RLCore
public import RLSupport

/// Gymnasium's Ant-v5: walk forwards on four legs.
public struct Ant: MuJoCoTask {
  /// Gymnasium's `xml_file`.
  public var modelFile = "ant.xml"
  /// Gymnasium's `frame_skip`.
  public var frameSkip = 5
  /// What a m/s forwards is worth.
  public var forwardRewardWeight = 1.0
  /// What the sum of the squares of the action costs.
  public var controlCostWeight = 0.5
  /// What the sum of the squares of the contact forces costs.
  public var contactCostWeight = 5e-4
  /// What a step is worth after which the body is healthy.
  public var healthyReward = 1.0
  /// The body whose velocity is paid for.
  public var mainBody = MuJoCoBody.number(1)
  /// Whether episodes end when the body is not healthy.
  public var endsUnhealthy = true
  /// The heights of a healthy body in m, both ends included.
  public var healthyHeightRange = MuJoCoRange(0.2, 1)
  /// What contact forces are brought into.
  public var contactForceRange = MuJoCoRange(-1, 1)
  /// The size of the noise where episodes begin.
  public var resetNoiseScale = 0.1
  /// Whether the observation lacks the position in the plane.
  public var excludesPosition = true
  /// Whether the observation has contact forces.
  public var includesContactForces = true

  /// With Gymnasium's defaults.
  public init() {}

  /// Positions of bodies and contact forces.
  public static let fields = ["xpos", "cfrc_ext"]

  /// 20 steps are a second.
  public static let framesPerSecond = 20

  /// From above the ground, going along with the body.
  public var camera: MuJoCoCamera {
    MuJoCoCamera(center: SIMD3(0, 0, 0.5), distance: 4, elevation: -25)
  }

  /// Throws unless the model has a free body and the main body.
  public func check(_ model: MuJoCoModel) throws(MuJoCoError) {
    try model.require(positions: 3, velocities: 1)
    guard mainBody.index(in: model) != nil else {
      throw .unfit(file: model.path, "it has no body \(mainBody.setting.word)")
    }
  }

  /// Uniform noise of the positions, normal noise of the velocities.
  public func begin(in simulation: MuJoCoSimulation, using rng: inout SeededGenerator) {
    simulation.begin(
      positionNoise: .uniform(resetNoiseScale), velocityNoise: .normal(resetNoiseScale),
      using: &rng)
  }

  /// Where the main body is.
  public func place(in simulation: MuJoCoSimulation) -> SIMD2<Double> {
    let position = simulation["xpos"].vector(mainBody.index(in: simulation) ?? 0)
    return SIMD2(position.x, position.y)
  }

  /// Positions, velocities, contact forces on every body but the world.
  public func observe(_ simulation: MuJoCoSimulation, into observation: inout [Double]) {
    observation += simulation.positions.dropFirst(excludesPosition ? 2 : 0)
    observation += simulation.velocities
    guard includesContactForces else { return }
    for force in simulation["cfrc_ext"].dropFirst(6) {
      observation.append(contactForceRange.clip(force))
    }
  }

  /// Whether all is finite and the height lies in its range.
  func isHealthy(_ simulation: MuJoCoSimulation) -> Bool {
    simulation.positions.allSatisfy(\.isFinite) && simulation.velocities.allSatisfy(\.isFinite)
      && healthyHeightRange.contains(simulation.positions[2])
  }

  /// Velocity and health less the costs of action and contact forces.
  public func outcome(
    of motion: MuJoCoMotion, in simulation: MuJoCoSimulation
  ) -> MuJoCoOutcome<RoamingInfo> {
    let isHealthy = isHealthy(simulation)
    let forces = simulation["cfrc_ext"]
    let squares = NumPySums.sum(0..<forces.count) { i -> Double in
      let force = contactForceRange.clip(forces[i])
      return force * force
    }
    let controlCost = Double(Float(controlCostWeight) * NumPySums.squares(motion.action))
    let contactCost = contactCostWeight * squares
    var info = RoamingInfo(simulation, motion)
    info.forwardReward = motion.velocity.x * forwardRewardWeight
    info.controlReward = -controlCost
    info.contactReward = -contactCost
    info.survivalReward = isHealthy ? healthyReward : 0
    return MuJoCoOutcome(
      reward: info.forwardReward + info.survivalReward - (controlCost + contactCost),
      terminated: !isHealthy && endsUnhealthy, info: info)
  }
}

extension Ant: GymnasiumTask {
  /// Gymnasium's arguments.
  package static let arguments = SettingsTable<Ant>(shared) {
    Setting(
      \.forwardRewardWeight, "forward_reward_weight", "what a m/s forwards is worth", in: .finite)
    Setting(\.controlCostWeight, "ctrl_cost_weight", "cost of the action's squares", in: .finite)
    Setting(
      \.contactCostWeight, "contact_cost_weight", "cost of the contact forces' squares",
      in: .finite)
    Setting(\.healthyReward, "healthy_reward", "what a healthy step is worth", in: .finite)
    Setting(\.mainBody, "main_body", "number or name of the body whose velocity is paid for")
    Setting(
      \.endsUnhealthy, "terminate_when_unhealthy", "whether episodes end when it is not healthy")
    Setting(\.healthyHeightRange, "healthy_z_range", "healthy heights in m")
    Setting(\.contactForceRange, "contact_force_range", "what contact forces are brought into")
    Setting(\.resetNoiseScale, "reset_noise_scale", "noise at the start", in: .atLeast(0))
    Setting(
      \.excludesPosition, "exclude_current_positions_from_observation",
      "whether the observation lacks the position in the plane")
    Setting(
      \.includesContactForces, "include_cfrc_ext_in_observation",
      "whether the observation has contact forces")
  }

  package static let sheet = """
    A torso on four legs of two joints: walk along x as fast as can be without turning over.

    Action: Box(8): torques of the motors, -1 ... 1, times a gear of 150.
      0-1  hip and ankle, back right     4-5  hip and ankle, front right
      2-3  hip and ankle, front left     6-7  hip and ankle, back left

    Observation: Box(105)
      0       height of the torso                          m
      1-4     orientation of the torso                     quaternion
      5-12    hip and ankle: front left, front right,
              back left, back right                        rad
      13-18   velocity and angular velocity of the torso   m/s, rad/s
      19-26   hips and ankles                              rad/s
      27-104  contact forces: torque and force on each
              body but the world, 13 rows of 6             N m, N, -1 ... 1
    With exclude_current_positions_from_observation=false the position in the plane comes first.

    Reward: velocity of the torso along x in m/s + 1 if healthy after the step - 0.5 * the sum of
    the squares of the action - 0.0005 * the sum of the squares of the contact forces.

    Start: uniform noise of +-0.1 on positions, normal noise of 0.1 on velocities.

    End: terminated when not healthy: a height outside of 0.2 ... 1 m, or numbers that are not
    finite; truncated after 1000 steps of 0.05 s.

    Versions: v5, with the bits of Gymnasium 1.4.0 and MuJoCo 3.17.0.
    """
}
