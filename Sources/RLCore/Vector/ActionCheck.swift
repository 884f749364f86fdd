/// Tells actions that an environment cannot take: numbers that are no choice, or not finite.
///
/// Real numbers outside of their bounds are left to the environment, as in Gymnasium.
@usableFromInline package struct ActionCheck: Sendable {
  private let id: String
  private let layout: SpaceLayout
  private let width: Int
  /// Which numbers each of an action may be; empty if any finite ones.
  private let bounds: [ClosedRange<Float>]
  /// Which of them must be whole.
  private let isWhole: [Bool]
  /// For whole numbers with the same bounds in all components.
  private let filter: Filter?

  /// The actions of such environments.
  @usableFromInline package init(_ spec: EnvironmentSpec) {
    (id, layout, width) = (spec.id, spec.actionSpace.layout, spec.actionSpace.rowWidth)
    let columns = layout.columns
    isWhole = columns.map(\.isWhole)
    let largest = Float.greatestFiniteMagnitude
    let bounds =
      isWhole.contains(true) ? columns.map { $0.isWhole ? $0.bounds : -largest...largest } : []
    self.bounds = bounds
    filter = bounds.first.flatMap { first in
      bounds.allSatisfy { $0 == first } ? Filter(first) : nil
    }
  }

  /// Whether there is an impossible action, so that the step is to be left out. Then the batch names it, and its
  /// rewards are NaN.
  func refuses(_ actions: Span<Float>, _ batch: StepBatch) -> Bool {
    batch.forgetNotes()
    return actions.withUnsafeBufferPointer { actions in
      if takeKnowledge(of: actions, from: batch) || arePossible(actions) { return false }
      name(actions, batch)
      return true
    }
  }

  /// Actions that are known to be possible: where they lie, and in which space. What a vector on the way makes of
  /// actions lies elsewhere or is of another space.
  package struct Known: Equatable {
    fileprivate let start: UnsafePointer<Float>?
    fileprivate let count: Int
    fileprivate let filter: Filter?
    /// Where no filter says it.
    fileprivate let bounds: [ClosedRange<Float>]
  }

  /// Some whole rows of actions that are possible, for other checks like this one.
  package func known(_ actions: UnsafeBufferPointer<Float>) -> Known {
    Known(
      start: actions.baseAddress, count: actions.count, filter: filter,
      bounds: filter == nil ? bounds : [])
  }

  /// Whether some actions are those that a batch's owner knows to be possible. It is asked once.
  func takeKnowledge(of actions: UnsafeBufferPointer<Float>, from batch: StepBatch) -> Bool {
    guard let known = batch.knownActions else { return false }
    batch.knownActions = nil
    return known == self.known(actions)
  }

  /// Whether an environment can take each of some whole rows of actions.
  package func arePossible(_ actions: Span<Float>) -> Bool {
    actions.withUnsafeBufferPointer { arePossible($0) }
  }

  /// Whether an environment can take each of some whole rows of actions.
  package func arePossible(_ actions: UnsafeBufferPointer<Float>) -> Bool {
    if bounds.isEmpty { return Self.areFinite(actions) }
    if let filter, filter.passes(actions) { return true }
    return indexOfImpossible(actions) == nil
  }

  /// A test that whole numbers between two bounds pass, and nothing else: -0 does not, though it is 0.
  fileprivate struct Filter: Equatable {
    /// Added to numbers of at most 2^22, it leaves whole ones only, in the low bits.
    private static let shift: Float = 0x1.8p23
    private let first: UInt32
    private let span: UInt32

    init?(_ bounds: ClosedRange<Float>) {
      guard -0x1p22 <= bounds.lowerBound, bounds.lowerBound <= bounds.upperBound,
        bounds.upperBound <= 0x1p22
      else { return nil }
      first = (bounds.lowerBound + Self.shift).bitPattern
      span = (bounds.upperBound + Self.shift).bitPattern - first
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
    if bounds.isEmpty { return actions.firstIndex { !$0.isFinite } }
    for row in stride(from: 0, to: actions.count, by: bounds.count) {
      for j in bounds.indices {
        let value = actions[row + j]
        if !(isWhole[j] ? value.isWhole(within: bounds[j]) : value.isFinite) { return row + j }
      }
    }
    return nil
  }

  /// Names the first impossible action of some as a batch's fault.
  @inline(never)
  func name(_ actions: UnsafeBufferPointer<Float>, _ batch: StepBatch) {
    guard let fault = fault(of: actions) else { return }
    batch.note(fault)
    batch.rewards.update(repeating: .nan)
  }

  /// The first impossible action of some whole rows, with its row as the sub-environment.
  @inline(never)
  package func fault(of actions: Span<Float>) -> EnvironmentFault? {
    actions.withUnsafeBufferPointer { fault(of: $0) }
  }

  private func fault(of actions: UnsafeBufferPointer<Float>) -> EnvironmentFault? {
    guard let place = indexOfImpossible(actions) else { return nil }
    let (part, number, words) = layout.allowed(place % width)
    return EnvironmentFault(
      environment: id, index: place / width,
      problem: .action(
        number: number, value: actions[place],
        allowed: isWhole[place % width] ? words : "a finite number", part: part))
  }
}
