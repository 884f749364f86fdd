public import RLCore
public import RLSupport

/// The state is the angle from upright and the angular velocity.
extension Pendulum: LanePhysics {
  /// Two numbers of state, one action, three observations.
  public typealias Sizes = LaneSizes<2, 1, 3>

  /// One step of semi-implicit Euler integration, with the single-precision roundings that NumPy 2
  /// gives the torque's terms.
  @inlinable @inline(__always)
  public func advance<L: Lanes>(
    _ s: InlineArray<2, L>, action: InlineArray<1, L>
  ) -> (InlineArray<2, L>, reward: L, isOver: L.Mask) {
    let (angle, velocity) = (s[0], s[1])
    let torque = L.clamp(action[0], L(-torqueLimit), L(torqueLimit))

    // The angle brought to [-π, π) as Python's modulo does it.
    let turn = L(2 * Double.pi)
    let wrapped = L.remainder(angle + L(Double.pi), turn) - L(Double.pi)
    let effort = L.single(L(Double(Float(0.001))) * L.single(torque * torque))
    let cost = wrapped * wrapped + L(0.1) * (velocity * velocity) + effort

    let (sine, _) = sineCosine(angle)
    let pull = L(3 * gravity / (2 * length)) * sine
    let drive = L.single(L(Double(Float(3.0 / (mass * length * length)))) * torque)
    let speed = L.clamp(
      velocity + (pull + drive) * L(timeStep), L(-speedLimit), L(speedLimit))
    return ([angle + speed * L(timeStep), speed], L(0) - cost, L.less(L(1), L(0)))
  }

  /// The angular velocity, unless it is shown.
  @inlinable public var hiddenNumbers: UInt64 { showsVelocities ? 0 : 0b100 }

  /// Cosine and sine of the angle, angular velocity.
  @inlinable @inline(__always)
  public func observe<L: Lanes>(_ s: InlineArray<2, L>) -> InlineArray<3, L> {
    let (sine, cosine) = sineCosine(s[0])
    return [cosine, sine, s[1]]
  }

  /// Any angle, a small velocity.
  @inlinable @inline(__always)
  public func start(using rng: inout SeededGenerator) -> InlineArray<2, Double> {
    [rng.uniform(-Double.pi, Double.pi), rng.uniform(-1, 1)]
  }
}
