internal import Glibc
public import RLCore
public import RLSupport

/// Gymnasium's Reacher-v5: bring the tip of an arm of two links to a target.
public struct Reacher: MuJoCoTask {
  /// Gymnasium's `xml_file`.
  public var modelFile = "reacher.xml"
  /// Gymnasium's `frame_skip`.
  public var frameSkip = 2
  /// What the distance in m costs.
  public var distanceWeight = 1.0
  /// What the sum of the squares of the action costs.
  public var controlWeight = 1.0

  /// With Gymnasium's defaults.
  public init() {}

  /// Positions of bodies.
  public static let fields = ["xpos"]

  /// 50 steps are a second.
  public static let framesPerSecond = 50

  /// From above.
  public var camera: MuJoCoCamera {
    MuJoCoCamera(center: SIMD3(0, 0, 0), distance: 0.8, elevation: -88, follows: false)
  }

  /// Throws unless the model has an arm and a target.
  public func check(_ model: MuJoCoModel) throws(MuJoCoError) {
    try model.require(positions: 4, velocities: 2, bodies: ["fingertip", "target"])
  }

  /// The arm almost straight, the target anywhere within its reach.
  public func begin(in simulation: MuJoCoSimulation, using rng: inout SeededGenerator) {
    let model = simulation.model
    var positions = model.initialPositions.map { rng.uniform(-0.1, 0.1) + $0 }
    var goal: (x: Double, y: Double)
    repeat {
      goal = (rng.uniform(-0.2, 0.2), rng.uniform(-0.2, 0.2))
    } while NumPySums.length(goal.x, goal.y) >= 0.2
    positions[positions.count - 2] = goal.x
    positions[positions.count - 1] = goal.y
    var velocities = (0..<model.velocityCount).map { _ in rng.uniform(-0.005, 0.005) }
    for i in velocities.indices.suffix(2) { velocities[i] = 0 }
    simulation.set(positions: positions, velocities: velocities)
  }

  /// Cosines and sines of the angles, target, angular velocities, from the target to the tip.
  public func observe(_ simulation: MuJoCoSimulation, into observation: inout [Double]) {
    let positions = simulation.positions
    for angle in positions.prefix(2) { observation.append(cos(angle)) }
    for angle in positions.prefix(2) { observation.append(sin(angle)) }
    observation += positions.dropFirst(2)
    observation += simulation.velocities.prefix(2)
    let way = way(simulation)
    observation += [way.x, way.y]
  }

  /// From the target to the tip.
  private func way(_ simulation: MuJoCoSimulation) -> SIMD3<Double> {
    simulation.position(of: "fingertip") - simulation.position(of: "target")
  }

  /// The costs of distance and action; never terminated.
  public func outcome(
    of motion: MuJoCoMotion, in simulation: MuJoCoSimulation
  ) -> MuJoCoOutcome<ReachingInfo> {
    var info = ReachingInfo()
    info.distanceReward = -NumPySums.length(way(simulation)) * distanceWeight
    info.controlReward = Double(-NumPySums.squares(motion.action) * Float(controlWeight))
    return MuJoCoOutcome(reward: info.distanceReward + info.controlReward, info: info)
  }
}

/// Gymnasium's information of a step of Reacher.
public struct ReachingInfo: StepInfo {
  /// The reward for the distance, which is negative.
  public var distanceReward = 0.0
  /// The reward for the action, which is negative.
  public var controlReward = 0.0

  /// Nothing happened.
  public init() {}

  /// By Gymnasium's names.
  public static let numbers = [
    Number(\.distanceReward, "reward_dist", isSummed: true),
    Number(\.controlReward, "reward_ctrl", isSummed: true),
  ]
}

extension Reacher: GymnasiumTask {
  /// Gymnasium's arguments.
  package static let arguments = SettingsTable<Reacher>(shared) {
    Setting(\.distanceWeight, "reward_dist_weight", "cost of the distance in m", in: .finite)
    Setting(\.controlWeight, "reward_control_weight", "cost of the action's squares", in: .finite)
  }

  package static let sheet = """
    An arm of two links in a plane: bring its tip to a target.

    Action: Box(2): torques of the motors at the joints, -1 ... 1, times a gear of 200.

    Observation: Box(10)
      0-1  cosines of the joints' angles
      2-3  sines of the joints' angles
      4-5  place of the target                      m
      6-7  angular velocities of the joints         rad/s
      8-9  from the target to the tip, x and y      m

    Reward: -(distance of the tip from the target in m) - the sum of the squares of the action.

    Start: uniform noise of +-0.1 rad on the angles and +-0.005 rad/s on the velocities; the target
    uniform in a circle of 0.2 m.

    End: never terminated; truncated after 50 steps of 0.02 s.

    Versions: v5, with the bits of Gymnasium 1.4.0 and MuJoCo 3.17.0.
    """
}
