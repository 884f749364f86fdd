public import RLSupport

/// Repeats the action before with a probability, whatever the agent wants (Machado et al. 2018, section 5.2).
public struct StickyAction: EnvironmentWrapper {
  /// The probability of repeating.
  public let probability: Double
  private let seed: UInt64
  private var generators: [SeededGenerator] = []
  private var last: [Float] = []
  private var isFirst: [Bool] = []

  /// - Parameters:
  ///   - probability: Of repeating the action before, 0 to 1.
  ///   - seed: Seeds the wrapper's own random streams, one a sub-environment.
  public init(_ probability: Double, seed: UInt64 = 0) {
    precondition(
      (0...1).contains(probability), "StickyAction: \(probability) is no probability")
    self.probability = probability
    self.seed = seed
  }

  /// Makes the random streams.
  public mutating func prepare(_ spec: EnvironmentSpec, count: Int) {
    let sequence = SeedSequence(seed, spawnKey: [0x5354])
    generators = (0..<count).map { SeededGenerator(sequence.child(UInt32($0))) }
    last = Array(repeating: 0, count: count * spec.actionSpace.rowWidth)
    isFirst = Array(repeating: true, count: count)
  }

  /// The first action of an episode is never repeated.
  public mutating func didReset(_ range: Range<Int>, inner: StepBatch, outer: StepBatch) {
    for i in range { isFirst[i] = true }
  }

  /// Puts the action before in place of some.
  public mutating func changeActions(_ actions: inout [Float], count: Int) {
    let width = actions.count / max(1, count)
    for i in 0..<count {
      let isSticky = generators[i].uniform() < probability && !isFirst[i]
      for j in i * width..<(i + 1) * width {
        if isSticky { actions[j] = last[j] } else { last[j] = actions[j] }
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

  /// The random streams and actions.
  public mutating func visit(_ state: inout StateVisitor) throws(StateError) {
    try state.rows("sticky.generators", &generators)
    try state.rows("sticky.actions", &last, width: last.count / max(1, generators.count))
    try state.rows("sticky.first", &isFirst)
  }
}
