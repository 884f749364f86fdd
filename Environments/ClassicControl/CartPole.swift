public import RLCore
public import RLSupport

/// Gymnasium's CartPole: keep a pole upright by pushing its cart left or right.
///
/// The same numbers as `CartPole-v1` bit for bit, given the same seed and actions.
public struct CartPole: DeterministicEnvironment, Codable {
  /// In m/s².
  public var gravity = 9.8
  /// In kg.
  public var cartMass = 1.0
  /// In kg.
  public var poleMass = 0.1
  /// Half of the pole's length in m.
  public var halfLength = 0.5
  /// The size of a push in N.
  public var force = 10.0
  /// The time between steps in s.
  public var timeStep = 0.02
  /// The cart's distance from the centre beyond which the episode ends, in m.
  public var positionLimit = 2.4
  /// The pole's angle beyond which the episode ends, in radians.
  public var angleLimit = 12.0 * 2.0 * Double.pi / 360.0
  /// The reward of Barto, Sutton and Anderson: 0 a step and -1 for the end, instead of 1 a step.
  public var usesOriginalReward = false
  /// Every number of the first state lies between these.
  public var startRange = -0.05...0.05

  /// The cart's position in m.
  public private(set) var position = 0.0
  /// The cart's velocity in m/s.
  public private(set) var velocity = 0.0
  /// The pole's angle in radians; positive leans right.
  public private(set) var angle = 0.0
  /// The pole's angular velocity in radians/s.
  public private(set) var angularVelocity = 0.0

  /// A cart at rest with the pole upright.
  public init() {}

  /// Position, velocity, angle, angular velocity.
  public var observationSpace: Box<4> {
    let (x, angle) = (Float(positionLimit * 2), Float(angleLimit * 2))
    return Box(low: [-x, -.infinity, -angle, -.infinity], high: [x, .infinity, angle, .infinity])
  }

  /// Push left (0) or right (1).
  public var actionSpace: Discrete { Discrete(2) }

  /// Starts close to the upright position.
  public mutating func reset(using rng: inout SeededGenerator) -> InlineArray<4, Float> {
    state = start(using: &rng)
    return observation
  }

  /// Pushes for one time step.
  public mutating func step(_ action: Int) -> Step<InlineArray<4, Float>, NoInfo> {
    let (next, reward, isOver) = advance(state, action: Double(action))
    state = next
    return isOver ? .terminal(observation, reward: reward) : .next(observation, reward: reward)
  }

  var state: LaneState<Double> {
    get { LaneState(a: position, b: velocity, c: angle, d: angularVelocity) }
    set {
      (position, velocity) = (newValue.a, newValue.b)
      (angle, angularVelocity) = (newValue.c, newValue.d)
    }
  }

  private var observation: InlineArray<4, Float> {
    [Float(position), Float(velocity), Float(angle), Float(angularVelocity)]
  }
}
