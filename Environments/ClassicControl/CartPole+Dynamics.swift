internal import RLCore
internal import RLSupport

/// The state is position, velocity, angle and angular velocity: SI units and radians.
extension CartPole: LanePhysics {
  static var observationWidth: Int { 4 }

  /// One step of explicit Euler integration (Barto, Sutton and Anderson 1983, with the corrected
  /// equations of R. V. Florian 2007), in Gymnasium's order of operations.
  @inline(__always)
  func advance<L: Lanes>(_ s: LaneState<L>, action: L) -> (LaneState<L>, reward: L, L.Mask) {
    let push = L.select(L.less(L(0.5), action), L(force), L(-force))
    let (sine, cosine) = sineCosine(s.c)
    let totalMass = L(cartMass + poleMass)
    let poleMoment = L(poleMass * halfLength)
    let temporary = (push + poleMoment * (s.d * s.d) * sine) / totalMass
    let angularAcceleration =
      (L(gravity) * sine - cosine * temporary)
      / (L(halfLength) * (L(4.0 / 3.0) - L(poleMass) * (cosine * cosine) / totalMass))
    let acceleration = temporary - poleMoment * angularAcceleration * cosine / totalMass
    let dt = L(timeStep)
    let next = LaneState(
      a: s.a + dt * s.b, b: s.b + dt * acceleration, c: s.c + dt * s.d,
      d: s.d + dt * angularAcceleration)
    let (x, angle) = (L(positionLimit), L(angleLimit))
    let isOver = L.either(
      L.either(L.less(next.a, L(0) - x), L.less(x, next.a)),
      L.either(L.less(next.c, L(0) - angle), L.less(angle, next.c)))
    let reward =
      usesOriginalReward ? L.select(isOver, L(-1), L(0)) : L(1)
    return (next, reward, isOver)
  }

  @inline(__always)
  func observe<L: Lanes>(_ s: LaneState<L>, _ emit: (Int, L) -> Void) {
    emit(0, s.a)
    emit(1, s.b)
    emit(2, s.c)
    emit(3, s.d)
  }

  @inline(__always)
  func start(using rng: inout SeededGenerator) -> LaneState<Double> {
    let (low, high) = (startRange.lowerBound, startRange.upperBound)
    let (a, b) = (rng.uniform(low, high), rng.uniform(low, high))
    let (c, d) = (rng.uniform(low, high), rng.uniform(low, high))
    return LaneState(a: a, b: b, c: c, d: d)
  }
}
