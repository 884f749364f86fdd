public import RLCore
public import RLSupport

/// Gymnasium's HumanoidStandup-v5: stand up from lying on the back.
public struct HumanoidStandup: MuJoCoTask {
  /// Gymnasium's `xml_file`.
  public var modelFile = "humanoidstandup.xml"
  /// Gymnasium's `frame_skip`.
  public var frameSkip = 5
  /// Gymnasium's `uph_cost_weight`, which its rewards do not use either.
  public var heightWeight = 1.0
  /// What the sum of the squares of the controls costs.
  public var controlCostWeight = 0.1
  /// What the sum of the squares of the contact forces costs.
  public var impactCostWeight = 0.5e-6
  /// What the cost of the contact forces is brought into.
  public var impactCostRange = MuJoCoRange(-.infinity, 10)
  /// The size of the noise where episodes begin.
  public var resetNoiseScale = 1e-2
  /// What is observed.
  public var view = HumanoidView()

  /// With Gymnasium's defaults.
  public init() {}

  /// Gymnasium's information of a step.
  public struct Info: StepInfo {
    /// The first position, of the body that is free, in m.
    public var xPosition = 0.0
    /// The second position in m.
    public var yPosition = 0.0
    /// How much higher than at first the body is, in m.
    public var heightChange = 0.0
    /// The reward for the height.
    public var heightReward = 0.0
    /// The reward for the controls, which is negative.
    public var controlReward = 0.0
    /// The reward for contact forces, which is negative.
    public var impactReward = 0.0

    /// Nothing happened.
    public init() {}

    /// By Gymnasium's names.
    public static let numbers = [
      Number(\.xPosition, "x_position"), Number(\.yPosition, "y_position"),
      Number(\.heightChange, "z_distance_from_origin"),
      Number(\.heightReward, "reward_linup", isSummed: true),
      Number(\.controlReward, "reward_quadctrl", isSummed: true),
      Number(\.impactReward, "reward_impact", isSummed: true),
    ]
  }

  /// What is observed.
  public static let fields = HumanoidView.fields

  /// 67 steps are a second.
  public static let framesPerSecond = 67

  /// From the side, going along with the body.
  public var camera: MuJoCoCamera {
    MuJoCoCamera(center: SIMD3(0, 0, 0.6), distance: 3.8, elevation: -14)
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

  /// What the view has.
  public func observe(_ simulation: MuJoCoSimulation, into observation: inout [Double]) {
    view.observe(simulation, into: &observation)
  }

  /// Height over the time of a step of physics, less the costs of controls and contact forces; never terminated.
  public func outcome(
    of motion: MuJoCoMotion, in simulation: MuJoCoSimulation
  ) -> MuJoCoOutcome<Info> {
    let (positions, model) = (simulation.positions, simulation.model)
    let controlCost = controlCostWeight * NumPySums.squares(simulation.controls)
    let impactCost = impactCostRange.clip(
      impactCostWeight * NumPySums.squares(simulation["cfrc_ext"]))
    var info = Info()
    (info.xPosition, info.yPosition) = (positions[0], positions[1])
    info.heightChange = positions[2] - model.initialPositions[2]
    info.heightReward = positions[2] / model.timeStep
    info.controlReward = -controlCost
    info.impactReward = -impactCost
    return MuJoCoOutcome(
      reward: info.heightReward - controlCost - impactCost + 1, info: info)
  }
}

extension HumanoidStandup: HumanoidTask {
  /// Gymnasium's arguments.
  package static let arguments = SettingsTable<HumanoidStandup>(viewed) {
    Setting(
      \.heightWeight, "uph_cost_weight",
      "taken as Gymnasium takes it, and without effect there, too",
      in: .finite)
    Setting(\.controlCostWeight, "ctrl_cost_weight", "cost of the controls' squares", in: .finite)
    Setting(
      \.impactCostWeight, "impact_cost_weight", "cost of the contact forces' squares", in: .finite)
    Setting(\.impactCostRange, "impact_cost_range", "what the cost of contact is brought into")
    Setting(\.resetNoiseScale, "reset_noise_scale", "noise at the start", in: .atLeast(0))
  }

  package static let sheet = """
    A body with 17 joints that lies on its back: stand up.

    Action: Box(17): torques of the motors, -0.4 ... 0.4, times their gear.
      0-2   abdomen y, z, x          11-12  right shoulder 1, 2
      3-6   right hip x, z, y, knee  13     right elbow
      7-10  left hip x, z, y, knee   14-16  left shoulder 1, 2, elbow

    \(HumanoidView.sheet)

    Reward: height of the torso / 0.003 s + 1 - 0.1 * the sum of the squares of the controls - 5e-7 *
    the sum of the squares of the contact forces, at most 10.

    Start: uniform noise of +-0.01 on positions and velocities.

    End: never terminated; truncated after 1000 steps of 0.015 s.

    Versions: v5, with the bits of Gymnasium 1.4.0 and MuJoCo 3.17.0.
    """
}
