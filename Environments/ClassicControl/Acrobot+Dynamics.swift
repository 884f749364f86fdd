internal import RLCore
internal import RLSupport

/// The state is the two angles and the two angular velocities: radians and seconds.
extension Acrobot: LanePhysics {
  static var observationWidth: Int { 6 }

  var isNoisy: Bool { torqueNoise > 0 }

  /// Actions count torques of 1 N m, so a torque added is a fraction of an action added.
  func disturbed(_ action: Double, using rng: inout SeededGenerator) -> Double {
    action + rng.uniform(-torqueNoise, torqueNoise)
  }

  /// One step of the classical fourth-order Runge-Kutta method, the torque being constant.
  @inline(__always)
  func advance<L: Lanes>(_ s: LaneState<L>, action: L) -> (LaneState<L>, reward: L, L.Mask) {
    let torque = action - L(1)
    let (dt, half) = (L(timeStep), L(timeStep / 2))
    let k1 = rates(s, torque)
    let k2 = rates(moved(s, half, k1), torque)
    let k3 = rates(moved(s, half, k2), torque)
    let k4 = rates(moved(s, dt, k3), torque)
    @inline(__always)
    func mean(_ a: L, _ b: L, _ c: L, _ d: L) -> L { ((a + L(2) * b) + L(2) * c) + d }
    let end = moved(
      s, L(timeStep / 6),
      LaneState(
        a: mean(k1.a, k2.a, k3.a, k4.a), b: mean(k1.b, k2.b, k3.b, k4.b),
        c: mean(k1.c, k2.c, k3.c, k4.c), d: mean(k1.d, k2.d, k3.d, k4.d)))
    let next = LaneState(
      a: wrapped(end.a), b: wrapped(end.b),
      c: L.clamp(end.c, L(-firstSpeedLimit), L(firstSpeedLimit)),
      d: L.clamp(end.d, L(-secondSpeedLimit), L(secondSpeedLimit)))
    // The height of the tip above the fixed joint, in lengths of a link.
    let height = (L(0) - sineCosine(next.a).cosine) - sineCosine(next.b + next.a).cosine
    let isOver = L.less(L(1), height)
    return (next, L.select(isOver, L(0), L(-1)), isOver)
  }

  /// The derivatives by time (Sutton and Barto 2018, section 11; Sutton 1996), in Gymnasium's order of
  /// operations.
  @inline(__always)
  private func rates<L: Lanes>(_ s: LaneState<L>, _ torque: L) -> LaneState<L> {
    let (m1, m2, lc1, lc2) = (firstMass, secondMass, firstCentre, secondCentre)
    let (sine, cosine) = sineCosine(s.b)
    let quarter = L(Double.pi / 2)
    let d1 =
      ((L(m1 * (lc1 * lc1)) + L(m2)
        * ((L(length * length + lc2 * lc2)) + L(2 * length * lc2) * cosine))
        + L(inertia)) + L(inertia)
    let d2 = L(m2) * (L(lc2 * lc2) + L(length * lc2) * cosine) + L(inertia)
    let phi2 = L(m2 * lc2 * gravity) * sineCosine(s.a + s.b - quarter).cosine
    let coupling = m2 * length * lc2
    let phi1 =
      ((L(-coupling) * (s.d * s.d) * sine - L(2 * coupling) * s.d * s.c * sine)
        + L((m1 * lc1 + m2 * length) * gravity) * sineCosine(s.a - quarter).cosine) + phi2
    var drive = torque + d2 / d1 * phi1
    if equations == .book { drive = drive - L(coupling) * (s.c * s.c) * sine }
    let second = (drive - phi2) / (L(m2 * (lc2 * lc2) + inertia) - d2 * d2 / d1)
    let first = (L(0) - (d2 * second + phi1)) / d1
    return LaneState(a: s.c, b: s.d, c: first, d: second)
  }

  @inline(__always)
  private func moved<L: Lanes>(_ s: LaneState<L>, _ time: L, _ rates: LaneState<L>) -> LaneState<L>
  {
    LaneState(
      a: s.a + time * rates.a, b: s.b + time * rates.b, c: s.c + time * rates.c,
      d: s.d + time * rates.d)
  }

  /// The angle brought to -π...π by whole turns, one or two of which a step can make at most unless
  /// the links spin out of all bounds.
  @inline(__always)
  private func wrapped<L: Lanes>(_ angle: L) -> L {
    let (limit, turn) = (L(Double.pi), L(2 * Double.pi))
    @inline(__always)
    func once(_ x: L) -> L {
      L.select(L.less(limit, x), x - turn, L.select(L.less(x, L(0) - limit), x + turn, x))
    }
    let result = once(once(angle))
    let isOut = L.either(L.less(limit, result), L.less(result, L(0) - limit))
    return L.replace(result, where: isOut, with: wholeTurnsRemoved, of: angle)
  }

  @inline(__always)
  func observe<L: Lanes>(_ s: LaneState<L>, _ emit: (Int, L) -> Void) {
    let (first, second) = (sineCosine(s.a), sineCosine(s.b))
    emit(0, first.cosine)
    emit(1, first.sine)
    emit(2, second.cosine)
    emit(3, second.sine)
    emit(4, s.c)
    emit(5, s.d)
  }

  /// The first state is rounded to single precision, as Gymnasium's is.
  @inline(__always)
  func start(using rng: inout SeededGenerator) -> LaneState<Double> {
    let (low, high) = (startRange.lowerBound, startRange.upperBound)
    let a = Double.single(rng.uniform(low, high))
    let b = Double.single(rng.uniform(low, high))
    let c = Double.single(rng.uniform(low, high))
    return LaneState(a: a, b: b, c: c, d: Double.single(rng.uniform(low, high)))
  }
}

/// The angle in -π...π after turns are taken off one by one, as Gymnasium does; all at once where
/// there are too many to count.
private func wholeTurnsRemoved(_ angle: Double) -> Double {
  var angle = angle.magnitude < 1e6 ? angle : angle.remainder(dividingBy: 2 * Double.pi)
  while angle > Double.pi { angle -= 2 * Double.pi }
  while angle < -Double.pi { angle += 2 * Double.pi }
  return angle
}
