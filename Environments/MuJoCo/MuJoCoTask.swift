public import RLCore
public import RLSupport

/// A task in a simulation of MuJoCo: which model, what is observed, what is paid, when it ends.
///
/// `MuJoCoEnvironment` makes an environment of it. A task is a value: what it keeps from step to step, such as a goal,
/// belongs to snapshots and checkpoints. Parts of Gymnasium's `MujocoEnv`, in its order: a step applies the action,
/// takes `frameSkip` steps of physics, computes contact forces if `fields` has them, then observes and pays.
///
/// ```swift
/// struct Balance: MuJoCoTask {
///   var modelFile = "inverted_pendulum.xml"
///   var frameSkip = 2
///   func begin(in simulation: MuJoCoSimulation, using rng: inout SeededGenerator) {
///     simulation.begin(positionNoise: .uniform(0.01), velocityNoise: .uniform(0.01), using: &rng)
///   }
///   func observe(_ simulation: MuJoCoSimulation, into observation: inout [Double]) {
///     observation += simulation.positions
///     observation += simulation.velocities
///   }
///   func outcome(of motion: MuJoCoMotion, in simulation: MuJoCoSimulation) -> MuJoCoOutcome<NoInfo>
///   {
///     let hasFallen = abs(simulation.positions[1]) > 0.2
///     return MuJoCoOutcome(reward: hasFallen ? 0 : 1, terminated: hasFallen)
///   }
/// }
/// ```
public protocol MuJoCoTask: Codable, Sendable {
  /// Diagnostics of a step; nothing by default.
  associatedtype Info: StepInfo = NoInfo

  /// The model: a path that begins with `/`, `.` or `~`, or a name of Gymnasium's models such as `ant.xml`.
  var modelFile: String { get }
  /// Steps of physics for each step of the environment, 1 or more.
  var frameSkip: Int { get }
  /// The arrays of MuJoCo's `mjData` that the task reads beside positions, velocities and controls: what it computes,
  /// such as `xpos`, and parts of the state, such as `act` and `mocap_pos`; none by default.
  static var fields: [String] { get }

  /// How many steps are a second, for windows and recordings; 30 by default.
  static var framesPerSecond: Int { get }

  /// From where pictures are taken; by default from the side, going along with the first body.
  var camera: MuJoCoCamera { get }

  /// Throws if the model lacks what the task needs; by default any will do.
  ///
  /// - Parameter model: The model of `modelFile`.
  func check(_ model: MuJoCoModel) throws(MuJoCoError)

  /// Sets positions and velocities for an episode; what follows from them is computed afterwards.
  ///
  /// - Parameters:
  ///   - simulation: The simulation with the model's first positions, and zeros for velocities.
  ///   - rng: The environment's only source of randomness.
  mutating func begin(in simulation: MuJoCoSimulation, using rng: inout SeededGenerator)

  /// Tells the actuators what to do; by default an action is one control for each of them.
  ///
  /// - Parameters:
  ///   - action: An element of the action space, whose bounds are those of the actuators.
  ///   - simulation: The simulation before the step.
  func act(_ action: [Float], in simulation: MuJoCoSimulation)

  /// The point whose motion a step is paid for, in m; by default the origin, which does not move.
  func place(in simulation: MuJoCoSimulation) -> SIMD2<Double>

  /// Appends the observation; the same count of numbers whenever it is called.
  ///
  /// - Parameters:
  ///   - simulation: The simulation after `begin` or a step.
  ///   - observation: Empty; its numbers are rounded to single precision for agents.
  func observe(_ simulation: MuJoCoSimulation, into observation: inout [Double])

  /// What a step is worth and whether it was the last one.
  ///
  /// - Parameters:
  ///   - motion: The action, and how the point of `place` moved.
  ///   - simulation: The simulation after the step.
  mutating func outcome(
    of motion: MuJoCoMotion, in simulation: MuJoCoSimulation
  ) -> MuJoCoOutcome<Info>
}

extension MuJoCoTask {
  /// None.
  public static var fields: [String] { [] }

  /// Thirty steps a second.
  public static var framesPerSecond: Int { 30 }

  /// From the side, 4 m away.
  public var camera: MuJoCoCamera { MuJoCoCamera() }

  /// Any model will do.
  public func check(_ model: MuJoCoModel) throws(MuJoCoError) {}

  /// One control for each actuator.
  public func act(_ action: [Float], in simulation: MuJoCoSimulation) {
    simulation.setControls(action)
  }

  /// The origin.
  public func place(in simulation: MuJoCoSimulation) -> SIMD2<Double> { SIMD2(0, 0) }
}

/// What happened in a step.
public struct MuJoCoMotion: Sendable {
  /// The action.
  public let action: [Float]
  /// The point of `MuJoCoTask.place` before the step, in m.
  public let before: SIMD2<Double>
  /// The same point after the step, in m.
  public let after: SIMD2<Double>
  /// How long the step took, in s.
  public let duration: Double

  /// The mean velocity of the point in m/s.
  public var velocity: SIMD2<Double> { (after - before) / duration }
}

/// What a step is worth.
public struct MuJoCoOutcome<Info: StepInfo>: Sendable {
  /// The reward.
  public var reward: Double
  /// Whether the episode ended inside the decision process.
  public var terminated: Bool
  /// Whether the episode was cut from outside; a time limit is given where the environment is registered.
  public var truncated: Bool
  /// Diagnostics.
  public var info: Info

  /// An outcome.
  ///
  /// - Parameters:
  ///   - reward: The reward.
  ///   - terminated: Whether the episode ended inside the decision process.
  ///   - truncated: Whether the episode was cut from outside.
  ///   - info: Diagnostics.
  public init(
    reward: Double, terminated: Bool = false, truncated: Bool = false, info: Info = Info()
  ) {
    self.reward = reward
    self.terminated = terminated
    self.truncated = truncated
    self.info = info
  }
}
