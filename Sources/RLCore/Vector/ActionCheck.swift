/// Tells actions that an environment cannot take: numbers that are no choice, or not finite.
///
/// Real numbers outside of their bounds are left to the environment, as in Gymnasium.
@usableFromInline package struct ActionCheck: Sendable {
  private let id: String
  private let space: SpaceSpec
  /// The bounds of each component of an action; empty for real numbers.
  private let low: [Float]
  private let high: [Float]
  private let filter: Filter?

  /// The actions of such environments.
  @usableFromInline package init(_ spec: EnvironmentSpec) {
    (id, space) = (spec.id, spec.actionSpace)
    (low, high) = space.isWhole ? space.finiteBounds : ([], [])
    filter = low.count == 1 ? Filter(low[0], high[0]) : nil
  }

  /// Whether there is an impossible action, so that the step is to be left out. Then the batch names it, and its
  /// rewards are NaN.
  func refuses(_ actions: Span<Float>, _ batch: StepBatch) -> Bool {
    if batch.hasFault { batch.fault = nil }
    return actions.withUnsafeBufferPointer { actions in
      let known = batch.knownActions
      batch.knownActions = nil
      if let known, known == self.known(actions) { return false }
      if arePossible(actions) { return false }
      name(actions, batch)
      return true
    }
  }

  /// Actions that are known to be possible: where they lie, and in which space. What a vector on the way makes of
  /// actions lies elsewhere or is of another space.
  struct Known: Equatable {
    fileprivate let start: UnsafePointer<Float>?
    fileprivate let count: Int
    fileprivate let filter: Filter?
  }

  /// Some whole rows of actions that are possible, for other checks like this one; `nil` where these have to look for
  /// themselves, as several bounds take as long to compare as actions.
  func known(_ actions: UnsafeBufferPointer<Float>) -> Known? {
    if filter == nil && !low.isEmpty { return nil }
    return Known(start: actions.baseAddress, count: actions.count, filter: filter)
  }

  /// Whether an environment can take each of some whole rows of actions.
  package func arePossible(_ actions: Span<Float>) -> Bool {
    actions.withUnsafeBufferPointer { arePossible($0) }
  }

  /// Whether an environment can take each of some whole rows of actions.
  func arePossible(_ actions: UnsafeBufferPointer<Float>) -> Bool {
    if low.isEmpty { return Self.areFinite(actions) }
    if let filter, filter.passes(actions) { return true }
    return indexOfImpossible(actions) == nil
  }

  /// A test that whole numbers between two bounds pass, and nothing else: -0 does not, though it is 0.
  fileprivate struct Filter: Equatable {
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
    guard let fault = fault(of: actions) else { return }
    batch.fault = fault
    batch.rewards.update(repeating: .nan)
  }

  /// The first impossible action of some whole rows, with its row as the sub-environment.
  @inline(never)
  package func fault(of actions: Span<Float>) -> EnvironmentFault? {
    actions.withUnsafeBufferPointer { fault(of: $0) }
  }

  private func fault(of actions: UnsafeBufferPointer<Float>) -> EnvironmentFault? {
    let width = space.rowWidth
    guard let place = indexOfImpossible(actions) else { return nil }
    return EnvironmentFault(
      environment: id, index: place / width,
      problem: .action(
        number: place % width, value: actions[place],
        allowed: space.isWhole ? space.allowed(place % width) : "a finite number"))
  }
}
