internal import RLCore
public import RLSupport

/// Gymnasium's Humanoid-v5: walk forwards on two legs without falling.
public struct Humanoid: MuJoCoTask {
  /// Gymnasium's `xml_file`.
  public var modelFile = "humanoid.xml"
  /// Gymnasium's `frame_skip`.
  public var frameSkip = 5
  /// What a m/s forwards is worth.
  public var forwardRewardWeight = 1.25
  /// What the sum of the squares of the controls costs.
  public var controlCostWeight = 0.1
  /// What the sum of the squares of the contact forces costs.
  public var contactCostWeight = 5e-7
  /// What the cost of the contact forces is brought into.
  public var contactCostRange = MuJoCoRange(-.infinity, 10)
  /// What a step is worth after which the body is healthy.
  public var healthyReward = 5.0
  /// Whether episodes end when the body is not healthy.
  public var endsUnhealthy = true
  /// What the height of a healthy body lies inside, in m.
  public var healthyHeightRange = MuJoCoRange(1, 2)
  /// The size of the noise where episodes begin.
  public var resetNoiseScale = 1e-2
  /// What is observed.
  public var view = HumanoidView()

  /// With Gymnasium's defaults.
  public init() {}

  /// Centres of mass, and what is observed.
  public static let fields = HumanoidView.fields + ["xipos"]

  /// 67 steps are a second.
  public static let framesPerSecond = 67

  /// From the side, going along with the body.
  public var camera: MuJoCoCamera {
    MuJoCoCamera(center: SIMD3(0, 0, 0.9), distance: 3.8, elevation: -10)
  }

  /// Throws unless the model has a free body.
  public func check(_ model: MuJoCoModel) throws(MuJoCoError) {
    try model.require(positions: 7, velocities: 6)
  }

  /// Uniform noise of positions and velocities.
  public func begin(in simulation: MuJoCoSimulation, using rng: inout SeededGenerator) {
    simulation.begin(
      positionNoise: .uniform(resetNoiseScale), velocityNoise: .uniform(resetNoiseScale),
      using: &rng)
  }

  /// The centre of mass of all bodies.
  public func place(in simulation: MuJoCoSimulation) -> SIMD2<Double> {
    let (masses, centres) = (simulation.model.bodyMasses, simulation["xipos"])
    var sum = SIMD2<Double>(0, 0)
    for (i, mass) in masses.enumerated() {
      sum += SIMD2(mass * centres[3 * i], mass * centres[3 * i + 1])
    }
    return sum / NumPySums.sum(0..<masses.count) { masses[$0] }
  }

  /// What the view has.
  public func observe(_ simulation: MuJoCoSimulation, into observation: inout [Double]) {
    view.observe(simulation, into: &observation)
  }

  /// Velocity and health less the costs of controls and contact forces.
  public func outcome(
    of motion: MuJoCoMotion, in simulation: MuJoCoSimulation
  ) -> MuJoCoOutcome<RoamingInfo> {
    let isHealthy = healthyHeightRange.containsInside(simulation.positions[2])
    let controlCost = controlCostWeight * NumPySums.squares(simulation.controls)
    let contactCost = contactCostRange.clip(
      contactCostWeight * NumPySums.squares(simulation["cfrc_ext"]))
    var info = RoamingInfo(simulation, motion)
    info.forwardReward = forwardRewardWeight * motion.velocity.x
    info.controlReward = -controlCost
    info.contactReward = -contactCost
    info.survivalReward = isHealthy ? healthyReward : 0
    return MuJoCoOutcome(
      reward: info.forwardReward + info.survivalReward - (controlCost + contactCost),
      terminated: !isHealthy && endsUnhealthy, info: info)
  }
}

extension Humanoid: HumanoidTask {
  /// Gymnasium's arguments.
  package static let arguments = SettingsTable<Humanoid>(viewed) {
    Setting(
      \.forwardRewardWeight, "forward_reward_weight", "what a m/s forwards is worth", in: .finite)
    Setting(\.controlCostWeight, "ctrl_cost_weight", "cost of the controls' squares", in: .finite)
    Setting(
      \.contactCostWeight, "contact_cost_weight", "cost of the contact forces' squares",
      in: .finite)
    Setting(\.contactCostRange, "contact_cost_range", "what the cost of contact is brought into")
    Setting(\.healthyReward, "healthy_reward", "what a healthy step is worth", in: .finite)
    Setting(
      \.endsUnhealthy, "terminate_when_unhealthy", "whether episodes end when it is not healthy")
    Setting(\.healthyHeightRange, "healthy_z_range", "healthy heights in m")
    Setting(\.resetNoiseScale, "reset_noise_scale", "noise at the start", in: .atLeast(0))
  }

  package static let sheet = """
    A body with 17 joints: walk along x as fast as can be without falling.

    Action: Box(17): torques of the motors, -0.4 ... 0.4, times their gear.
      0-2   abdomen y, z, x          11-12  right shoulder 1, 2
      3-6   right hip x, z, y, knee  13     right elbow
      7-10  left hip x, z, y, knee   14-16  left shoulder 1, 2, elbow

    \(HumanoidView.sheet)

    Reward: 1.25 * velocity of the centre of mass along x in m/s + 5 if healthy after the step - 0.1
    * the sum of the squares of the controls - 5e-7 * the sum of the squares of the contact forces,
    at most 10.

    Start: uniform noise of +-0.01 on positions and velocities.

    End: terminated when not healthy: a height of the torso outside of 1 ... 2 m; truncated after
    1000 steps of 0.015 s.

    Versions: v5, with the bits of Gymnasium 1.4.0 and MuJoCo 3.17.0.
    """
}
