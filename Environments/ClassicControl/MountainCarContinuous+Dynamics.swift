internal import RLCore
internal import RLSupport

/// The state is position, velocity, and 1 before the first step of an episode, 0 after it.
extension MountainCarContinuous: LanePhysics {
  static var observationWidth: Int { 2 }

  /// One step of semi-implicit Euler integration.
  ///
  /// Gymnasium keeps the state in single precision after each step, so NumPy 2 computes all steps but
  /// an episode's first one in it; a throttle in its limits is a single-precision number too, while
  /// one that was clipped is not.
  @inline(__always)
  func advance<L: Lanes>(_ s: LaneState<L>, action: L) -> (LaneState<L>, reward: L, L.Mask) {
    let isFresh = L.less(L(0.5), s.c)
    @inline(__always) func rounded(_ x: L) -> L { L.select(isFresh, x, L.single(x)) }

    let (_, slope) = sineCosine(rounded(L(3) * s.a))
    let pull = L(gravity) * slope
    let isClipped = L.either(L.less(action, L(-1)), L.less(L(1), action))
    let push = L.single(action * L(Double(Float(power))))
    let gain = L.select(
      isClipped, L.clamp(action, L(-1), L(1)) * L(power) - pull,
      L.single(push - L.single(pull)))

    let bound = rounded(L(speedLimit))
    let (low, high) = (
      rounded(L(positionLimits.lowerBound)), rounded(L(positionLimits.upperBound))
    )
    let speed = L.clamp(rounded(s.b + rounded(gain)), L(0) - bound, bound)
    let position = L.clamp(rounded(s.a + speed), low, high)
    let velocity = L.stop(speed, where: position, isAt: low)
    let isShort = L.either(
      L.less(position, rounded(L(goalPosition))), L.less(velocity, rounded(L(goalVelocity))))
    let reward = L.select(isShort, L(0), L(100)) - action * action * L(0.1)
    let next = LaneState(a: L.single(position), b: L.single(velocity), c: L(0), d: s.d)
    return (next, reward, L.not(isShort))
  }

  @inline(__always)
  func observe<L: Lanes>(_ s: LaneState<L>, _ emit: (Int, L) -> Void) {
    emit(0, s.a)
    emit(1, s.b)
  }

  @inline(__always)
  func start(using rng: inout SeededGenerator) -> LaneState<Double> {
    LaneState(a: rng.uniform(startRange.lowerBound, startRange.upperBound), b: 0, c: 1, d: 0)
  }
}
