public import RLSupport

/// A task of a body in a plane that walks along the x axis and must stay healthy: what Gymnasium's Hopper and Walker2d
/// share.
public protocol WalkingTask: MuJoCoTask where Info == WalkingInfo {
  /// What a m/s forwards is worth.
  var forwardRewardWeight: Double { get }
  /// What the sum of the squares of the action costs.
  var controlCostWeight: Double { get }
  /// What a step is worth after which the body is healthy.
  var healthyReward: Double { get }
  /// Whether episodes end when the body is not healthy.
  var endsUnhealthy: Bool { get }
  /// The size of the noise where episodes begin.
  var resetNoiseScale: Double { get }
  /// Whether the observation lacks the position along the track.
  var excludesPosition: Bool { get }

  /// Whether the body is healthy.
  ///
  /// - Parameter simulation: The simulation after a step.
  func isHealthy(_ simulation: MuJoCoSimulation) -> Bool
}

extension WalkingTask {
  /// 125 steps are a second.
  public static var framesPerSecond: Int { 125 }

  /// From the side, going along with the body.
  public var camera: MuJoCoCamera {
    MuJoCoCamera(center: SIMD3(0, 0, 0.75), distance: 3.2, elevation: -10)
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

  /// The position along the track.
  public func place(in simulation: MuJoCoSimulation) -> SIMD2<Double> {
    SIMD2(simulation.positions[0], 0)
  }

  /// Positions, then velocities within 10.
  public func observe(_ simulation: MuJoCoSimulation, into observation: inout [Double]) {
    observation += simulation.positions.dropFirst(excludesPosition ? 1 : 0)
    for velocity in simulation.velocities {
      observation.append(MuJoCoRange(-10, 10).clip(velocity))
    }
  }

  /// Velocity and health less the cost of the action.
  public func outcome(
    of motion: MuJoCoMotion, in simulation: MuJoCoSimulation
  ) -> MuJoCoOutcome<WalkingInfo> {
    let isHealthy = isHealthy(simulation)
    let cost = Float(controlCostWeight) * NumPySums.squares(motion.action)
    var info = WalkingInfo()
    info.xPosition = motion.after.x
    info.heightChange = simulation.positions[1] - simulation.model.initialPositions[1]
    info.xVelocity = motion.velocity.x
    info.forwardReward = forwardRewardWeight * motion.velocity.x
    info.controlReward = -Double(cost)
    info.survivalReward = isHealthy ? healthyReward : 0
    return MuJoCoOutcome(
      reward: info.forwardReward + info.survivalReward - Double(cost),
      terminated: !isHealthy && endsUnhealthy, info: info)
  }
}
