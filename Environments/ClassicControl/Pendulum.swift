public import RLCore
public import RLSupport

/// Gymnasium's Pendulum: swing a pendulum up and keep it there with little torque.
///
/// The observations of `Pendulum-v1` within one unit in the last place, given the same seed and actions.
public struct Pendulum: DeterministicEnvironment, Codable {
  /// In m/s².
  public var gravity = 10.0
  /// In kg.
  public var mass = 1.0
  /// In m.
  public var length = 1.0
  /// The time between steps in s.
  public var timeStep = 0.05
  /// The largest angular velocity in radians/s.
  public var speedLimit = 8.0
  /// The largest torque in N m; stronger ones are clipped.
  public var torqueLimit = 2.0

  /// The angle from upright in radians; grows beyond π with every turn.
  public private(set) var angle = 0.0
  /// The angular velocity in radians/s.
  public private(set) var angularVelocity = 0.0
  /// The torque of the last step in N m; `nil` before the first one.
  public private(set) var torque: Double?

  /// An upright pendulum at rest.
  public init() {}

  /// Cosine and sine of the angle, angular velocity.
  public var observationSpace: Box<3> {
    let speed = Float(speedLimit)
    return Box(low: [-1, -1, -speed], high: [1, 1, speed])
  }

  /// The torque.
  public var actionSpace: Box<1> { Box(-Float(torqueLimit)...Float(torqueLimit)) }

  /// Starts at any angle with a small velocity.
  public mutating func reset(using rng: inout SeededGenerator) -> InlineArray<3, Float> {
    state = start(using: &rng)
    torque = nil
    return observation
  }

  /// Applies a torque for one time step.
  public mutating func step(_ action: InlineArray<1, Float>) -> Step<InlineArray<3, Float>, NoInfo>
  {
    let (next, reward, _) = advance(state, action: Double(action[0]))
    state = next
    torque = max(-torqueLimit, min(torqueLimit, Double(action[0])))
    return .next(observation, reward: reward)
  }

  var state: LaneState<Double> {
    get { LaneState(a: angle, b: angularVelocity, c: 0, d: 0) }
    set { (angle, angularVelocity) = (newValue.a, newValue.b) }
  }

  private var observation: InlineArray<3, Float> {
    let (sine, cosine) = sineCosine(angle)
    return [Float(cosine), Float(sine), Float(angularVelocity)]
  }
}
