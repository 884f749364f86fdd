public import RLCore
public import RLSupport

/// The state is position, velocity, and 1 before the first step of an episode, 0 after it.
extension MountainCarContinuous: LanePhysics {
  /// Three numbers of state, one action, two observations.
  public typealias Sizes = LaneSizes<3, 1, 2>

  /// One step of semi-implicit Euler integration.
  ///
  /// Gymnasium keeps the state in single precision after each step, so NumPy 2 computes all steps but
  /// an episode's first one in it; a throttle in its limits is a single-precision number too, while
  /// one that was clipped is not.
  @inlinable @inline(__always)
  public func advance<L: Lanes>(
    _ s: InlineArray<3, L>, action: InlineArray<1, L>
  ) -> (InlineArray<3, L>, reward: L, isOver: L.Mask) {
    let throttle = action[0]
    let isFresh = L.less(L(0.5), s[2])
    @inline(__always) func rounded(_ x: L) -> L { L.select(isFresh, x, L.single(x)) }

    let (_, slope) = sineCosine(rounded(L(3) * s[0]))
    let pull = L(gravity) * slope
    let isClipped = L.either(L.less(throttle, L(-1)), L.less(L(1), throttle))
    let push = L.single(throttle * L(Double(Float(power))))
    let gain = L.select(
      isClipped, L.clamp(throttle, L(-1), L(1)) * L(power) - pull,
      L.single(push - L.single(pull)))

    let bound = rounded(L(speedLimit))
    let (low, high) = (
      rounded(L(positionLimits.lowerBound)), rounded(L(positionLimits.upperBound))
    )
    let speed = L.clamp(rounded(s[1] + rounded(gain)), L(0) - bound, bound)
    let position = L.clamp(rounded(s[0] + speed), low, high)
    let velocity = L.stop(speed, where: position, isAt: low)
    let isShort = L.either(
      L.less(position, rounded(L(goalPosition))), L.less(velocity, rounded(L(goalVelocity))))
    let reward = L.select(isShort, L(0), L(100)) - throttle * throttle * L(0.1)
    return ([L.single(position), L.single(velocity), L(0)], reward, L.not(isShort))
  }

  /// The velocity, unless it is shown.
  @inlinable public var hiddenNumbers: UInt64 { showsVelocities ? 0 : 0b10 }

  /// Position and velocity.
  @inlinable @inline(__always)
  public func observe<L: Lanes>(_ s: InlineArray<3, L>) -> InlineArray<2, L> { [s[0], s[1]] }

  /// At rest, the position drawn from `startRange`.
  @inlinable @inline(__always)
  public func start(using rng: inout SeededGenerator) -> InlineArray<3, Double> {
    [rng.uniform(startRange.lowerBound, startRange.upperBound), 0, 1]
  }
}
