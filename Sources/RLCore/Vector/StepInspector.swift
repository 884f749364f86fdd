/// Looks through what environments wrote for what nobody can act on or learn from: observations of a wrong count of
/// numbers, not finite or outside of a discrete space, rewards that are not finite, masks that allow nothing, and steps
/// that could not be computed.
///
/// Real numbers that are finite, but outside of their bounds, huge rewards and what an environment calls odd are no
/// faults; `takeRemark` gives the first of them. Who acts in environments inspects each batch before acting on it.
///
/// ```swift
/// var inspector = StepInspector(environments.spec)
/// environments.step([0, 1, 1, 0], into: batch)
/// if let fault = inspector.inspect(batch) { throw fault }
/// ```
public struct StepInspector: Sendable {
  private let spec: EnvironmentSpec
  private let isWhole: Bool
  private var bounds: [ClosedRange<Float>]
  private var rewardLimit = StepInspector.largeReward
  private var remark: EnvironmentFault?
  /// Whether `takeRemark` goes on to give the first remark of each batch, which takes time, until `ignoreRemarks`.
  package var keepsLooking = false

  /// From here on squares of rewards are too large for single precision.
  private static let largeReward = 1e18
  private static let largest = Double(Float.greatestFiniteMagnitude)

  /// An inspector of such environments.
  public init(_ spec: EnvironmentSpec) {
    self.spec = spec
    bounds = spec.observationSpace.finiteBounds
    isWhole = spec.observationSpace.isWhole
  }

  /// Looks through the results of a step.
  ///
  /// - Returns: The first fault, with the row of the batch as its sub-environment and without a step.
  public mutating func inspect(_ batch: StepBatch) -> EnvironmentFault? {
    if batch.notes.isEmpty && isSound(batch) { return nil }
    return batch.fault ?? search(batch, isStep: true)
  }

  /// Looks through the results of a step where an episode is not followed by another in its row: what comes after it,
  /// and rows without an episode, are nobody's fault.
  ///
  /// - Parameters:
  ///   - batch: The results of a step that was taken.
  ///   - isPlayed: Whether the step of a row was one of an episode.
  /// - Returns: The fault of the first row that has one, with the row of the batch as its sub-environment and without
  ///   a step, and the rows whose present observation or mask nobody can act on.
  package mutating func inspect(_ batch: StepBatch, where isPlayed: (Int) -> Bool) -> (
    fault: EnvironmentFault?, unusable: [Int]
  ) {
    if batch.notes.isEmpty && isSound(batch) { return (nil, []) }
    let fault = search(batch, isStep: true, isSingle: true, where: isPlayed)
    return (fault, unusableRows(of: batch))
  }

  /// The rows that show what nobody can act on now.
  package func unusableRows(of batch: StepBatch) -> [Int] {
    (0..<batch.count).filter { isUnusable($0, of: batch) }
  }

  /// Whether nobody can act on what a row shows now.
  package func isUnusable(_ row: Int, of batch: StepBatch) -> Bool {
    var isUnusable = false
    look(at: row, of: batch, isStep: false) { isUnusable = isUnusable || !isRemark($0) }
    return isUnusable
  }

  /// Looks through the first observations of episodes after a reset.
  ///
  /// - Returns: The first fault, with the row of the batch as its sub-environment and without a step.
  public mutating func inspectReset(_ batch: StepBatch) -> EnvironmentFault? {
    search(batch, isStep: false)
  }

  /// The first observation outside of its bounds, huge reward or oddity of all that was inspected: once, when it was
  /// seen.
  public mutating func takeRemark() -> EnvironmentFault? {
    guard let remark else { return nil }
    self.remark = nil
    return remark
  }

  /// Whether the numbers of a step say nothing.
  private func isSound(_ batch: StepBatch) -> Bool {
    var isSound = true
    for i in 0..<batch.count where isSound {
      look(at: i, of: batch, isStep: true) { _ in isSound = false }
    }
    return isSound
  }

  /// Goes through the rows one by one.
  ///
  /// - Parameters:
  ///   - isStep: Whether the batch has the results of a step.
  ///   - isSingle: Whether the episode after one that ended does not count.
  ///   - counts: Whether a row counts.
  @inline(never)
  private mutating func search(
    _ batch: StepBatch, isStep: Bool, isSingle: Bool = false,
    where counts: (Int) -> Bool = { _ in true }
  ) -> EnvironmentFault? {
    let notes = isStep ? batch.notes : []
    for i in 0..<batch.count where counts(i) {
      var problems: [EnvironmentFault.Problem] = []
      for note in notes where note.index == i { problems.append(note.problem) }
      look(at: i, of: batch, isStep: isStep, isSingle: isSingle) { problems.append($0) }
      for problem in problems {
        let fault = EnvironmentFault(environment: spec.id, index: i, problem: problem)
        if !isRemark(problem) { return fault }
        if remark == nil, rewardLimit < Self.largest { remark = fault }
      }
    }
    // Only the first one is told, and the others cost nothing.
    if remark != nil, !keepsLooking { ignoreRemarks() }
    return nil
  }

  /// Finds no remark from here on.
  package mutating func ignoreRemarks() {
    if rewardLimit == Self.largest { return }
    rewardLimit = Self.largest
    keepsLooking = false
    if isWhole { return }
    bounds = bounds.map { _ in -.greatestFiniteMagnitude ... .greatestFiniteMagnitude }
  }

  /// Says what is wrong or odd about the numbers of a row.
  ///
  /// - Parameters:
  ///   - isStep: Whether it has the results of a step, and not only what is there to act on.
  ///   - isSingle: Whether the episode after one that ended does not count.
  ///   - found: Told of each problem.
  @inline(__always)
  private func look(
    at i: Int, of batch: StepBatch, isStep: Bool, isSingle: Bool = false,
    found: (EnvironmentFault.Problem) -> Void
  ) {
    let isOver = isStep && (batch.terminated[i] || batch.truncated[i])
    if isStep, !(batch.rewards[i].magnitude <= rewardLimit) { found(.reward(batch.rewards[i])) }
    if isOver, let j = firstOutside(batch.finalObservations, i) {
      found(problem(batch.finalObservations, i, j))
    }
    if isOver && isSingle { return }
    if let j = firstOutside(batch.observations, i) { found(problem(batch.observations, i, j)) }
    if batch.maskWidth > 0, let component = batch.starvedComponent(of: i) {
      found(.mask(component: component, of: batch.choices.count))
    }
  }

  /// The first number of a row that is not in the space.
  @inline(__always)
  private func firstOutside(_ rows: UnsafeMutableBufferPointer<Float>, _ i: Int) -> Int? {
    let start = i * bounds.count
    for j in bounds.indices {
      let value = rows[start + j]
      if !(isWhole ? value.isWhole(within: bounds[j]) : bounds[j].contains(value)) { return j }
    }
    return nil
  }

  @inline(never)
  private func problem(_ rows: UnsafeMutableBufferPointer<Float>, _ i: Int, _ j: Int)
    -> EnvironmentFault.Problem
  {
    let value = rows[i * bounds.count + j]
    if let count = value.wrongCount { return .observationCount(count, expected: bounds.count) }
    return .observation(number: j, value: value, allowed: spec.observationSpace.allowed(j))
  }

  private func isRemark(_ problem: EnvironmentFault.Problem) -> Bool {
    switch problem {
    case .observation(_, let value, _): !isWhole && value.isFinite
    case .reward(let reward): reward.magnitude <= Self.largest
    case .oddity: true
    case .observationCount, .mask, .action, .failure: false
    }
  }
}
