public import RLCore
public import RLSupport

/// The state is the two angles and the two angular velocities: radians and seconds.
extension Acrobot: LanePhysics {
  /// Four numbers of state, one action, six observations.
  public typealias Sizes = LaneSizes<4, 1, 6>

  /// Whether there is noise on the torque.
  @inlinable public var isNoisy: Bool { torqueNoise > 0 }

  /// Actions count torques of 1 N m, so a torque added is a fraction of an action added.
  @inlinable public func disturbed(
    _ action: InlineArray<1, Double>, using rng: inout SeededGenerator
  ) -> InlineArray<1, Double> {
    [action[0] + rng.uniform(-torqueNoise, torqueNoise)]
  }

  /// One step of the classical fourth-order Runge-Kutta method, the torque being constant.
  @inlinable @inline(__always)
  public func advance<L: Lanes>(
    _ s: InlineArray<4, L>, action: InlineArray<1, L>
  ) -> (InlineArray<4, L>, reward: L, isOver: L.Mask) {
    let torque = action[0] - L(1)
    let (dt, half) = (L(timeStep), L(timeStep / 2))
    let k1 = rates(s, torque)
    let k2 = rates(moved(s, half, k1), torque)
    let k3 = rates(moved(s, half, k2), torque)
    let k4 = rates(moved(s, dt, k3), torque)
    @inline(__always)
    func mean(_ i: Int) -> L { ((k1[i] + L(2) * k2[i]) + L(2) * k3[i]) + k4[i] }
    let end = moved(s, L(timeStep / 6), [mean(0), mean(1), mean(2), mean(3)])
    let next: InlineArray<4, L> = [
      wrapped(end[0]), wrapped(end[1]),
      L.clamp(end[2], L(-firstSpeedLimit), L(firstSpeedLimit)),
      L.clamp(end[3], L(-secondSpeedLimit), L(secondSpeedLimit)),
    ]
    // The height of the tip above the fixed joint, in lengths of a link.
    let height = (L(0) - sineCosine(next[0]).cosine) - sineCosine(next[1] + next[0]).cosine
    let isOver = L.less(L(1), height)
    return (next, L.select(isOver, L(0), L(-1)), isOver)
  }

  /// The derivatives by time (Sutton and Barto 2018, section 11; Sutton 1996), in Gymnasium's order of
  /// operations.
  @inlinable @inline(__always)
  func rates<L: Lanes>(_ s: InlineArray<4, L>, _ torque: L) -> InlineArray<4, L> {
    let (m1, m2, lc1, lc2) = (firstMass, secondMass, firstCentre, secondCentre)
    let (sine, cosine) = sineCosine(s[1])
    let quarter = L(Double.pi / 2)
    let d1 =
      ((L(m1 * (lc1 * lc1)) + L(m2)
        * ((L(length * length + lc2 * lc2)) + L(2 * length * lc2) * cosine))
        + L(inertia)) + L(inertia)
    let d2 = L(m2) * (L(lc2 * lc2) + L(length * lc2) * cosine) + L(inertia)
    let phi2 = L(m2 * lc2 * gravity) * sineCosine(s[0] + s[1] - quarter).cosine
    let coupling = m2 * length * lc2
    let phi1 =
      ((L(-coupling) * (s[3] * s[3]) * sine - L(2 * coupling) * s[3] * s[2] * sine)
        + L((m1 * lc1 + m2 * length) * gravity) * sineCosine(s[0] - quarter).cosine) + phi2
    var drive = torque + d2 / d1 * phi1
    if equations == .book { drive = drive - L(coupling) * (s[2] * s[2]) * sine }
    let second = (drive - phi2) / (L(m2 * (lc2 * lc2) + inertia) - d2 * d2 / d1)
    let first = (L(0) - (d2 * second + phi1)) / d1
    return [s[2], s[3], first, second]
  }

  @inlinable @inline(__always)
  func moved<L: Lanes>(
    _ s: InlineArray<4, L>, _ time: L, _ rates: InlineArray<4, L>
  ) -> InlineArray<4, L> {
    [
      s[0] + time * rates[0], s[1] + time * rates[1], s[2] + time * rates[2],
      s[3] + time * rates[3],
    ]
  }

  /// The angle brought to -π...π by whole turns, one or two of which a step can make at most unless
  /// the links spin out of all bounds.
  @inlinable @inline(__always)
  func wrapped<L: Lanes>(_ angle: L) -> L {
    let (limit, turn) = (L(Double.pi), L(2 * Double.pi))
    @inline(__always)
    func once(_ x: L) -> L {
      L.select(L.less(limit, x), x - turn, L.select(L.less(x, L(0) - limit), x + turn, x))
    }
    let result = once(once(angle))
    let isOut = L.either(L.less(limit, result), L.less(result, L(0) - limit))
    return L.replace(result, where: isOut, with: wholeTurnsRemoved, of: angle)
  }

  /// Cosine and sine of both angles, both angular velocities.
  @inlinable @inline(__always)
  public func observe<L: Lanes>(_ s: InlineArray<4, L>) -> InlineArray<6, L> {
    let (first, second) = (sineCosine(s[0]), sineCosine(s[1]))
    return [first.cosine, first.sine, second.cosine, second.sine, s[2], s[3]]
  }

  /// Every number is drawn from `startRange` and rounded to single precision, as Gymnasium's are.
  @inlinable @inline(__always)
  public func start(using rng: inout SeededGenerator) -> InlineArray<4, Double> {
    @inline(__always) func number() -> Double {
      Double.single(rng.uniform(startRange.lowerBound, startRange.upperBound))
    }
    return [number(), number(), number(), number()]
  }
}

/// The angle in -π...π after turns are taken off one by one, as Gymnasium does; all at once where
/// there are too many to count.
@usableFromInline func wholeTurnsRemoved(_ angle: Double) -> Double {
  var angle = angle.magnitude < 1e6 ? angle : angle.remainder(dividingBy: 2 * Double.pi)
  while angle > Double.pi { angle -= 2 * Double.pi }
  while angle < -Double.pi { angle += 2 * Double.pi }
  return angle
}
