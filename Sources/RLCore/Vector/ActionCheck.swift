/// Tells actions that an environment cannot take: numbers that are no choice, or not finite.
///
/// Real numbers outside of their bounds are left to the environment, as in Gymnasium.
@usableFromInline struct ActionCheck: Sendable {
  private let id: String
  private let space: SpaceSpec
  /// The bounds of each component of an action; empty for real numbers.
  private let low: [Float]
  private let high: [Float]
  private let filter: Filter?

  @usableFromInline init(_ spec: EnvironmentSpec) {
    (id, space) = (spec.id, spec.actionSpace)
    (low, high) = space.isWhole ? space.finiteBounds : ([], [])
    filter = low.count == 1 ? Filter(low[0], high[0]) : nil
  }

  /// Whether there is an impossible action, so that the step is to be left out. Then the batch names it, and its
  /// rewards are NaN.
  func refuses(_ actions: Span<Float>, _ batch: StepBatch) -> Bool {
    if batch.hasFault { batch.fault = nil }
    return actions.withUnsafeBufferPointer { actions in
      // What a vector on the way made of actions lies elsewhere.
      let isKnown = batch.possibleActions.map { $0 == actions.baseAddress } ?? false
      batch.possibleActions = nil
      if isKnown { return false }
      if arePossible(actions) { return false }
      name(actions, batch)
      return true
    }
  }

  /// Whether an environment can take each of some whole rows of actions.
  func arePossible(_ actions: UnsafeBufferPointer<Float>) -> Bool {
    if low.isEmpty { return Self.areFinite(actions) }
    if let filter, filter.passes(actions) { return true }
    return indexOfImpossible(actions) == nil
  }

  /// A test that whole numbers between two bounds pass, and nothing else: -0 does not, though it is 0.
  private struct Filter {
    /// Added to numbers of at most 2^22, it leaves whole ones only, in the low bits.
    private static let shift: Float = 0x1.8p23
    private let first: UInt32
    private let span: UInt32

    init?(_ low: Float, _ high: Float) {
      if low < -0x1p22 || high > 0x1p22 { return nil }
      first = (low + Self.shift).bitPattern
      span = (high + Self.shift).bitPattern - first
    }

    /// Without a branch, so that it is compiled to vectors: it must cost little beside a step of `LaneVector`.
    func passes(_ numbers: UnsafeBufferPointer<Float>) -> Bool {
      var (lost, most) = (UInt32(0), UInt32(0))
      for x in numbers {
        let shifted = x + Self.shift
        lost |= (shifted - Self.shift).bitPattern ^ x.bitPattern
        most = max(most, shifted.bitPattern &- first)
      }
      return lost == 0 && most <= span
    }
  }

  private static func areFinite(_ numbers: UnsafeBufferPointer<Float>) -> Bool {
    var most = UInt32(0)
    for x in numbers { most = max(most, x.magnitude.bitPattern) }
    return most < Float.infinity.bitPattern
  }

  private func indexOfImpossible(_ actions: UnsafeBufferPointer<Float>) -> Int? {
    if low.isEmpty { return actions.firstIndex { !$0.isFinite } }
    for row in stride(from: 0, to: actions.count, by: low.count) {
      for j in low.indices where !Self.isChoice(actions[row + j], low[j], high[j]) {
        return row + j
      }
    }
    return nil
  }

  /// Whether a number is a whole one between bounds of at most 2^24.
  @inline(__always)
  private static func isChoice(_ x: Float, _ low: Float, _ high: Float) -> Bool {
    x >= low && x <= high && Float(Int32(x)) == x
  }

  /// Names the first impossible action of some as a batch's fault.
  @inline(never)
  func name(_ actions: UnsafeBufferPointer<Float>, _ batch: StepBatch) {
    let width = space.rowWidth
    guard let place = indexOfImpossible(actions) else { return }
    batch.fault = EnvironmentFault(
      environment: id, index: place / width,
      problem: .action(
        number: place % width, value: actions[place],
        allowed: space.isWhole ? space.allowed(place % width) : "a finite number"))
    batch.rewards.update(repeating: .nan)
  }
}
