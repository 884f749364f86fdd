public import RLSupport

/// Repeats the action before with a probability, whatever the agent wants (Machado et al. 2018, section 5.2).
///
/// The coin is drawn from the sub-environment's own random stream before each step but the first of an episode, as
/// Gymnasium's `StickyAction` draws it: the same seed and actions lead to the same episode there.
public struct StickyAction: EnvironmentWrapper {
  /// The probability of repeating.
  public let probability: Double
  private var isSticky: [Bool] = []
  private var last: [Float] = []
  private var isFirst: [Bool] = []
  private var actionSpace = SpaceSpec.box(shape: [], low: [], high: [])

  /// A wrapper for any action space.
  ///
  /// - Parameter probability: Of repeating the action before, 0 to 1.
  public init(_ probability: Double) {
    precondition(
      (0...1).contains(probability), "StickyAction: \(probability) is no probability")
    self.probability = probability
  }

  /// Coins are drawn.
  public static var drawsRandomly: Bool { true }

  /// Makes room for the last actions.
  public mutating func prepare(_ spec: EnvironmentSpec, count: Int) {
    isSticky = Array(repeating: false, count: count)
    actionSpace = spec.actionSpace
    // The first choices, and zeros.
    let first = actionSpace.layout.columns.map { $0.isWhole ? $0.bounds.lowerBound : 0 }
    last = Array(repeating: first, count: count).flatMap { $0 }
    isFirst = Array(repeating: true, count: count)
  }

  /// The first action of an episode is never repeated.
  public mutating func didReset(_ range: Range<Int>, inner: StepBatch, outer: StepBatch) {
    for i in range { isFirst[i] = true }
  }

  /// Draws the coin, where there is an action before.
  public mutating func drawBeforeStep(_ index: Int, using rng: inout SeededGenerator) {
    isSticky[index] = !isFirst[index] && rng.uniform() < probability
  }

  /// Puts the action before in place of some.
  public mutating func changeActions(_ actions: inout [Float], count: Int) {
    let width = actions.count / max(1, count)
    for i in 0..<count {
      for j in i * width..<(i + 1) * width {
        if isSticky[i] { actions[j] = last[j] } else { last[j] = actions[j] }
      }
      isFirst[i] = false
    }
  }

  /// Notes where episodes start.
  public mutating func didStep(
    inner: StepBatch, outer: StepBatch, end: (Int) -> Void
  ) {
    for i in 0..<inner.count where inner.terminated[i] || inner.truncated[i] { isFirst[i] = true }
  }

  /// The actions before.
  public mutating func visit(_ state: inout StateVisitor) throws(StateError) {
    try state.rows(
      "sticky.actions", &last, width: last.count / max(1, isFirst.count),
      within: .rows(of: actionSpace))
    try state.rows("sticky.first", &isFirst)
  }
}
