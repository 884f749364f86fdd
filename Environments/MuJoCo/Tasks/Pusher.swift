public import RLCore
public import RLSupport

/// Gymnasium's Pusher-v5: push a cylinder to a goal with an arm of seven joints.
public struct Pusher: MuJoCoTask {
  /// Gymnasium's `xml_file`.
  public var modelFile = "pusher_v5.xml"
  /// Gymnasium's `frame_skip`.
  public var frameSkip = 5
  /// What the distance of the hand from the cylinder costs, in m.
  public var nearWeight = 0.5
  /// What the distance of the cylinder from the goal costs, in m.
  public var distanceWeight = 1.0
  /// What the sum of the squares of the action costs.
  public var controlWeight = 0.1

  /// With Gymnasium's defaults.
  public init() {}

  /// Gymnasium's information of a step.
  public struct Info: StepInfo {
    /// The reward for the distance of the cylinder from the goal, which is negative.
    public var distanceReward = 0.0
    /// The reward for the action, which is negative.
    public var controlReward = 0.0
    /// The reward for the distance of the hand from the cylinder, which is negative.
    public var nearReward = 0.0

    /// Nothing happened.
    public init() {}

    /// By Gymnasium's names.
    public static let numbers = [
      Number(\.distanceReward, "reward_dist", isSummed: true),
      Number(\.controlReward, "reward_ctrl", isSummed: true),
      Number(\.nearReward, "reward_near", isSummed: true),
    ]
  }

  /// Positions of bodies.
  public static let fields = ["xpos"]

  /// 20 steps are a second.
  public static let framesPerSecond = 20

  /// Over the shoulder, down to the table.
  public var camera: MuJoCoCamera {
    MuJoCoCamera(
      center: SIMD3(0.3, -0.1, -0.1), distance: 2.4, azimuth: 140, elevation: -40, follows: false)
  }

  /// Throws unless the model has an arm, a cylinder and a goal.
  public func check(_ model: MuJoCoModel) throws(MuJoCoError) {
    try model.require(positions: 7, velocities: 7, bodies: ["tips_arm", "object", "goal"])
  }

  /// The arm as the model has it, the cylinder at some distance from the goal.
  public func begin(in simulation: MuJoCoSimulation, using rng: inout SeededGenerator) {
    let model = simulation.model
    var cylinder: (x: Double, y: Double)
    repeat {
      cylinder = (rng.uniform(-0.3, 0), rng.uniform(-0.2, 0.2))
    } while NumPySums.length(cylinder.x, cylinder.y) <= 0.17
    var positions = model.initialPositions
    let last = positions.count
    (positions[last - 4], positions[last - 3]) = (cylinder.x, cylinder.y)
    (positions[last - 2], positions[last - 1]) = (0, 0)
    var velocities = (0..<model.velocityCount).map { _ in rng.uniform(-0.005, 0.005) }
    for i in velocities.indices.suffix(4) { velocities[i] = 0 }
    simulation.set(positions: positions, velocities: velocities)
  }

  /// Angles and velocities of the arm, places of hand, cylinder and goal.
  public func observe(_ simulation: MuJoCoSimulation, into observation: inout [Double]) {
    observation += simulation.positions.prefix(7)
    observation += simulation.velocities.prefix(7)
    for body in ["tips_arm", "object", "goal"] {
      let place = simulation.position(of: body)
      observation += [place.x, place.y, place.z]
    }
  }

  /// The costs of distances and action; never terminated.
  public func outcome(
    of motion: MuJoCoMotion, in simulation: MuJoCoSimulation
  ) -> MuJoCoOutcome<Info> {
    let object = simulation.position(of: "object")
    let near = NumPySums.length(object - simulation.position(of: "tips_arm"))
    let far = NumPySums.length(object - simulation.position(of: "goal"))
    var info = Info()
    info.nearReward = -near * nearWeight
    info.distanceReward = -far * distanceWeight
    info.controlReward = Double(-NumPySums.squares(motion.action) * Float(controlWeight))
    return MuJoCoOutcome(
      reward: info.distanceReward + info.controlReward + info.nearReward, info: info)
  }
}

extension Pusher: GymnasiumTask {
  /// Gymnasium's arguments.
  package static let arguments = SettingsTable<Pusher>(shared) {
    Setting(\.nearWeight, "reward_near_weight", "cost of the hand's distance in m", in: .finite)
    Setting(
      \.distanceWeight, "reward_dist_weight", "cost of the cylinder's distance from the goal in m",
      in: .finite)
    Setting(\.controlWeight, "reward_control_weight", "cost of the action's squares", in: .finite)
  }

  package static let sheet = """
    An arm of seven joints above a table: push a cylinder to a goal.

    Action: Box(7): torques of the motors, -2 ... 2 N m.
      0  shoulder pan     3  elbow flex      6  wrist roll
      1  shoulder lift    4  forearm roll
      2  upper arm roll   5  wrist flex

    Observation: Box(23)
      0-6    angles of the joints              rad
      7-13   angular velocities of the joints  rad/s
      14-16  place of the hand                 m
      17-19  place of the cylinder             m
      20-22  place of the goal                 m

    Reward: -(distance of the cylinder from the goal in m) - 0.1 * the sum of the squares of the
    action - 0.5 * (distance of the hand from the cylinder in m).

    Start: the arm at rest with uniform noise of +-0.005 rad/s; the cylinder uniform beside the goal,
    more than 0.17 m away.

    End: never terminated; truncated after 100 steps of 0.05 s.

    Versions: v5, with the bits of Gymnasium 1.4.0 and MuJoCo 3.17.0.
    """
}
