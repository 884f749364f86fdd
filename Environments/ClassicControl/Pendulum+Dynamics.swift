internal import RLCore
internal import RLSupport

/// The state is the angle from upright and the angular velocity.
extension Pendulum: LanePhysics {
  static var observationWidth: Int { 3 }

  /// One step of semi-implicit Euler integration, with the single-precision roundings that NumPy 2
  /// gives the torque's terms.
  @inline(__always)
  func advance<L: Lanes>(_ s: LaneState<L>, action: L) -> (LaneState<L>, reward: L, L.Mask) {
    let limit = L(torqueLimit)
    let low = L.select(L.less(action, L(0) - limit), L(0) - limit, action)
    let torque = L.select(L.less(limit, low), limit, low)

    // The angle brought to [-π, π) as Python's modulo does it.
    let turn = L(2 * Double.pi)
    let shifted = s.a + L(Double.pi)
    let angle = L.remainder(shifted, turn) - L(Double.pi)
    let effort = L.single(L(Double(Float(0.001))) * L.single(torque * torque))
    let cost = angle * angle + L(0.1) * (s.b * s.b) + effort

    let (sine, _) = sineCosine(s.a)
    let pull = L(3 * gravity / (2 * length)) * sine
    let drive = L.single(L(Double(Float(3.0 / (mass * length * length)))) * torque)
    let speed = s.b + (pull + drive) * L(timeStep)
    let bound = L(speedLimit)
    let raised = L.select(L.less(speed, L(0) - bound), L(0) - bound, speed)
    let velocity = L.select(L.less(bound, raised), bound, raised)
    let next = LaneState(a: s.a + velocity * L(timeStep), b: velocity, c: s.c, d: s.d)
    return (next, L(0) - cost, L.less(L(1), L(0)))
  }

  @inline(__always)
  func observe<L: Lanes>(_ s: LaneState<L>, _ emit: (Int, L) -> Void) {
    let (sine, cosine) = sineCosine(s.a)
    emit(0, cosine)
    emit(1, sine)
    emit(2, s.b)
  }

  @inline(__always)
  func start(using rng: inout SeededGenerator) -> LaneState<Double> {
    let angle = rng.uniform(-Double.pi, Double.pi)
    return LaneState(a: angle, b: rng.uniform(-1, 1), c: 0, d: 0)
  }
}
