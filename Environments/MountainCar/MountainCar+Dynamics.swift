public import RLCore
public import RLSupport

/// The state is position and velocity.
extension MountainCar: LanePhysics {
  /// Two numbers of state, one action, two observations.
  public typealias Sizes = LaneSizes<2, 1, 2>

  /// One step of semi-implicit Euler integration (Moore 1990), in Gymnasium's order of operations.
  @inlinable @inline(__always)
  public func advance<L: Lanes>(
    _ s: InlineArray<2, L>, action: InlineArray<1, L>
  ) -> (InlineArray<2, L>, reward: L, isOver: L.Mask) {
    let (_, slope) = sineCosine(L(3) * s[0])
    let (low, high) = (L(positionLimits.lowerBound), L(positionLimits.upperBound))
    let gain = (action[0] - L(1)) * L(force) + slope * L(-gravity)
    let speed = L.clamp(s[1] + gain, L(-speedLimit), L(speedLimit))
    let position = L.clamp(s[0] + speed, low, high)
    let velocity = L.stop(speed, where: position, isAt: low)
    let isShort = L.either(L.less(position, L(goalPosition)), L.less(velocity, L(goalVelocity)))
    return ([position, velocity], L(-1), L.not(isShort))
  }

  /// The velocity, unless it is shown.
  @inlinable public var hiddenNumbers: UInt64 { showsVelocities ? 0 : 0b10 }

  /// The state itself.
  @inlinable @inline(__always)
  public func observe<L: Lanes>(_ s: InlineArray<2, L>) -> InlineArray<2, L> { s }

  /// At rest, the position drawn from `startRange`.
  @inlinable @inline(__always)
  public func start(using rng: inout SeededGenerator) -> InlineArray<2, Double> {
    [rng.uniform(startRange.lowerBound, startRange.upperBound), 0]
  }
}

extension Lanes {
  /// Zero instead of a velocity that leads into the left wall, else the velocity.
  @inlinable @inline(__always)
  static func stop(_ velocity: Self, where position: Self, isAt wall: Self) -> Self {
    let isFree = either(less(wall, position), not(less(velocity, Self(0))))
    return select(isFree, velocity, Self(0))
  }
}
