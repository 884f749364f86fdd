public import RLCore
public import RLSupport

/// Gymnasium's Acrobot: swing the tip of a double pendulum up with a motor between its links.
///
/// The numbers of `Acrobot-v1`, given the same seed and actions, nearly always bit for bit. Now and then
/// a last place of a sine differs, and the chaotic motion lets it grow, to some 1e-6 in an episode;
/// of the first observations, one in a hundred differs in a last place.
public struct Acrobot: Environment, Codable {
  /// Which equations of motion hold.
  public enum Equations: String, Sendable, Codable, CaseIterable {
    /// Those of Sutton and Barto's book, which all published results come from.
    case book
    /// Those of Sutton's paper of 1996, which lack a term.
    case nips
  }

  /// The first link's length in m.
  public var length = 1.0
  /// The first link's mass in kg.
  public var firstMass = 1.0
  /// The second link's mass in kg.
  public var secondMass = 1.0
  /// The distance of the first link's centre of mass from the fixed joint in m.
  public var firstCentre = 0.5
  /// The distance of the second link's centre of mass from the driven joint in m.
  public var secondCentre = 0.5
  /// The moment of inertia of each link in kg m².
  public var inertia = 1.0
  /// In m/s².
  public var gravity = 9.8
  /// The time between steps in s.
  public var timeStep = 0.2
  /// The first link's largest angular velocity in radians/s.
  public var firstSpeedLimit = 4 * Double.pi
  /// The second link's largest angular velocity in radians/s.
  public var secondSpeedLimit = 9 * Double.pi
  /// Which equations of motion hold: Gymnasium's `book_or_nips`.
  public var equations = Equations.book
  /// The largest torque in N m that a step adds by chance: Gymnasium's `torque_noise_max`.
  public var torqueNoise = 0.0
  /// Every number of the first state lies between these.
  public var startRange = -0.1...0.1

  /// The first link's angle in radians; zero hangs down.
  public private(set) var firstAngle = 0.0
  /// The second link's angle from the first one in radians; zero is straight.
  public private(set) var secondAngle = 0.0
  /// The first link's angular velocity in radians/s.
  public private(set) var firstVelocity = 0.0
  /// The second link's angular velocity, from the first one, in radians/s.
  public private(set) var secondVelocity = 0.0

  /// An acrobot that hangs down at rest.
  public init() {}

  /// Cosine and sine of both angles, both angular velocities.
  public var observationSpace: Box<6> {
    let high = [1, 1, 1, 1, Float(firstSpeedLimit), Float(secondSpeedLimit)]
    return Box(low: high.map { -$0 }, high: high)
  }

  /// A torque of -1 (0), 0 (1) or 1 (2) N m on the joint between the links.
  public var actionSpace: Discrete { Discrete(3) }

  /// Starts close to hanging down at rest.
  public mutating func reset(using rng: inout SeededGenerator) -> InlineArray<6, Float> {
    state = start(using: &rng)
    return observation
  }

  /// Applies a torque for one time step; draws a random number only if there is noise.
  public mutating func step(
    _ action: Int, using rng: inout SeededGenerator
  ) -> Step<InlineArray<6, Float>, NoInfo> {
    let drive = isNoisy ? disturbed(Double(action), using: &rng) : Double(action)
    let (next, reward, isOver) = advance(state, action: drive)
    state = next
    return isOver ? .terminal(observation, reward: reward) : .next(observation, reward: reward)
  }

  var state: LaneState<Double> {
    get { LaneState(a: firstAngle, b: secondAngle, c: firstVelocity, d: secondVelocity) }
    set {
      (firstAngle, secondAngle) = (newValue.a, newValue.b)
      (firstVelocity, secondVelocity) = (newValue.c, newValue.d)
    }
  }

  private var observation: InlineArray<6, Float> {
    var row = InlineArray<6, Float>(repeating: 0)
    observe(state) { column, value in row[column] = Float(value) }
    return row
  }
}
