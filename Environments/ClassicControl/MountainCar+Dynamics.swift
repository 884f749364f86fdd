internal import RLCore
internal import RLSupport

/// The state is position and velocity.
extension MountainCar: LanePhysics {
  static var observationWidth: Int { 2 }

  /// One step of semi-implicit Euler integration (Moore 1990), in Gymnasium's order of operations.
  @inline(__always)
  func advance<L: Lanes>(_ s: LaneState<L>, action: L) -> (LaneState<L>, reward: L, L.Mask) {
    let (_, slope) = sineCosine(L(3) * s.a)
    let (low, high) = (L(positionLimits.lowerBound), L(positionLimits.upperBound))
    let gain = (action - L(1)) * L(force) + slope * L(-gravity)
    let speed = L.clamp(s.b + gain, L(-speedLimit), L(speedLimit))
    let position = L.clamp(s.a + speed, low, high)
    let velocity = L.stop(speed, where: position, isAt: low)
    let isShort = L.either(L.less(position, L(goalPosition)), L.less(velocity, L(goalVelocity)))
    return (LaneState(a: position, b: velocity, c: s.c, d: s.d), L(-1), L.not(isShort))
  }

  @inline(__always)
  func observe<L: Lanes>(_ s: LaneState<L>, _ emit: (Int, L) -> Void) {
    emit(0, s.a)
    emit(1, s.b)
  }

  @inline(__always)
  func start(using rng: inout SeededGenerator) -> LaneState<Double> {
    LaneState(a: rng.uniform(startRange.lowerBound, startRange.upperBound), b: 0, c: 0, d: 0)
  }
}

extension Lanes {
  /// Zero instead of a velocity that leads into the left wall, else the velocity.
  @inline(__always)
  static func stop(_ velocity: Self, where position: Self, isAt wall: Self) -> Self {
    let isFree = either(less(wall, position), not(less(velocity, Self(0))))
    return select(isFree, velocity, Self(0))
  }
}
