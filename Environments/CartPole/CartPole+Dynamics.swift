public import RLCore
public import RLSupport

/// The state is position, velocity, angle and angular velocity: SI units and radians.
extension CartPole: LanePhysics {
  /// Four numbers of state, one action, four observations.
  public typealias Sizes = LaneSizes<4, 1, 4>

  /// One step of explicit Euler integration (Barto, Sutton and Anderson 1983, with the corrected
  /// equations of R. V. Florian 2007), in Gymnasium's order of operations.
  @inlinable @inline(__always)
  public func advance<L: Lanes>(
    _ s: InlineArray<4, L>, action: InlineArray<1, L>
  ) -> (InlineArray<4, L>, reward: L, isOver: L.Mask) {
    let (position, velocity, angle, spin) = (s[0], s[1], s[2], s[3])
    let push = L.select(L.less(L(0.5), action[0]), L(force), L(-force))
    let (sine, cosine) = sineCosine(angle)
    let totalMass = L(cartMass + poleMass)
    let poleMoment = L(poleMass * halfLength)
    let temporary = (push + poleMoment * (spin * spin) * sine) / totalMass
    let angularAcceleration =
      (L(gravity) * sine - cosine * temporary)
      / (L(halfLength) * (L(4.0 / 3.0) - L(poleMass) * (cosine * cosine) / totalMass))
    let acceleration = temporary - poleMoment * angularAcceleration * cosine / totalMass
    let dt = L(timeStep)
    let next: InlineArray<4, L> = [
      position + dt * velocity, velocity + dt * acceleration, angle + dt * spin,
      spin + dt * angularAcceleration,
    ]
    let (far, tilted) = (L(positionLimit), L(angleLimit))
    let isOver = L.either(
      L.either(L.less(next[0], L(0) - far), L.less(far, next[0])),
      L.either(L.less(next[2], L(0) - tilted), L.less(tilted, next[2])))
    let reward = usesOriginalReward ? L.select(isOver, L(-1), L(0)) : L(1)
    return (next, reward, isOver)
  }

  /// Velocity and angular velocity, unless they are shown.
  @inlinable public var hiddenNumbers: UInt64 { showsVelocities ? 0 : 0b1010 }

  /// The state itself.
  @inlinable @inline(__always)
  public func observe<L: Lanes>(_ s: InlineArray<4, L>) -> InlineArray<4, L> { s }

  /// Every number is drawn from `startRange`.
  @inlinable @inline(__always)
  public func start(using rng: inout SeededGenerator) -> InlineArray<4, Double> {
    let (low, high) = (startRange.lowerBound, startRange.upperBound)
    let (position, velocity) = (rng.uniform(low, high), rng.uniform(low, high))
    return [position, velocity, rng.uniform(low, high), rng.uniform(low, high)]
  }
}
