/// What Humanoid and HumanoidStandup observe.
public struct HumanoidView: Sendable, Equatable, Codable {
  /// Whether the position in the plane is left out.
  public var excludesPosition = true
  /// Whether there are masses and inertia of the bodies (`cinert`).
  public var includesInertia = true
  /// Whether there are velocities of the bodies (`cvel`).
  public var includesVelocity = true
  /// Whether there are forces of the actuators (`qfrc_actuator`).
  public var includesActuatorForces = true
  /// Whether there are contact forces (`cfrc_ext`).
  public var includesContactForces = true

  /// All but the position in the plane.
  public init() {}

  static let fields = ["cinert", "cvel", "qfrc_actuator", "cfrc_ext"]

  func observe(_ simulation: MuJoCoSimulation, into observation: inout [Double]) {
    observation += simulation.positions.dropFirst(excludesPosition ? 2 : 0)
    observation += simulation.velocities
    if includesInertia { observation += simulation["cinert"].dropFirst(10) }
    if includesVelocity { observation += simulation["cvel"].dropFirst(6) }
    if includesActuatorForces { observation += simulation["qfrc_actuator"].dropFirst(6) }
    if includesContactForces { observation += simulation["cfrc_ext"].dropFirst(6) }
  }

  static let sheet = """
    Observation: Box(348)
      0        height of the torso                                     m
      1-4      orientation of the torso                                quaternion
      5-21     joints: abdomen z, y, x; right hip x, z, y, knee;
               left hip x, z, y, knee; right shoulder 1, 2, elbow;
               left shoulder 1, 2, elbow                               rad
      22-27    velocity and angular velocity of the torso              m/s, rad/s
      28-44    the joints in the same order                            rad/s
      45-174   cinert: inertia and mass of 13 bodies, rows of 10       kg m^2, kg m, kg
      175-252  cvel: velocities of 13 bodies, rows of 6                rad/s, m/s
      253-269  qfrc_actuator: forces of the actuators at the joints    N m
      270-347  cfrc_ext: contact torques and forces, 13 rows of 6      N m, N
    With exclude_current_positions_from_observation=false the position in the plane comes first.
    """
}
