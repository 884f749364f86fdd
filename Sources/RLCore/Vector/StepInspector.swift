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
  private let layout: SpaceLayout
  /// Of each number of an observation, whether it must be whole, and its bounds.
  private let isWhole: [Bool]
  private let isMixed: Bool
  private var low: [Float]
  private var high: [Float]
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
    layout = spec.observationSpace.layout
    let columns = layout.columns
    isWhole = columns.map(\.isWhole)
    isMixed = isWhole.contains(true) && isWhole.contains(false)
    low = columns.map(\.bounds.lowerBound)
    high = columns.map(\.bounds.upperBound)
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
    look(at: row, of: batch, isStep: false) { isUnusable = isUnusable || !$0.isRemark }
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

  /// Whether the numbers of a step say nothing: a glance at each, without a branch for most.
  private func isSound(_ batch: StepBatch) -> Bool {
    let (count, limit) = (batch.count, rewardLimit)
    let (rewards, terminated, truncated) = (batch.rewards, batch.terminated, batch.truncated)
    var odd: UInt32 = 0
    for i in 0..<count { odd |= rewards[i].magnitude <= limit ? 0 : 1 }
    odd |= glance(batch.observations)
    if odd != 0 { return false }
    for i in 0..<count where terminated[i] || truncated[i] {
      if firstOutside(batch.finalObservations, i) != nil { return false }
    }
    return batch.maskWidth == 0 || (0..<count).allSatisfy { batch.starvedComponent(of: $0) == nil }
  }

  /// 0 if all numbers of some rows are within their bounds, and whole where they must be; else 1.
  private func glance(_ rows: UnsafeMutableBufferPointer<Float>) -> UInt32 {
    let width = isWhole.count
    let isMixed = isMixed
    return isWhole.withUnsafeBufferPointer { isWhole in
      low.withUnsafeBufferPointer { low in
        high.withUnsafeBufferPointer { high in
          func each(_ isOutside: (Float, Int) -> UInt32) -> UInt32 {
            var (odd, start) = (UInt32(0), 0)
            while start < rows.count {
              for j in 0..<width { odd |= isOutside(rows[start + j], j) }
              start += width
            }
            return odd
          }
          func isBeyond(_ value: Float, _ j: Int) -> UInt32 {
            (value >= low[j] ? 0 : 1) | (value <= high[j] ? 0 : 1)
          }
          func isNoChoice(_ value: Float, _ j: Int) -> UInt32 {
            value.isWhole(within: ClosedRange(uncheckedBounds: (low[j], high[j]))) ? 0 : 1
          }
          if isMixed { return each { isWhole[$1] ? isNoChoice($0, $1) : isBeyond($0, $1) } }
          return isWhole.first == true ? each(isNoChoice) : each(isBeyond)
        }
      }
    }
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
      var findings: [Finding] = []
      for note in notes where note.index == i {
        let isOddity = if case .oddity = note.problem { true } else { false }
        findings.append((note.problem, isRemark: isOddity))
      }
      look(at: i, of: batch, isStep: isStep, isSingle: isSingle) { findings.append($0) }
      for finding in findings {
        let fault = EnvironmentFault(environment: spec.id, index: i, problem: finding.problem)
        if !finding.isRemark { return fault }
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
    for j in isWhole.indices where !isWhole[j] {
      low[j] = -.greatestFiniteMagnitude
      high[j] = .greatestFiniteMagnitude
    }
  }

  /// What is wrong or odd, and whether it is odd and no fault.
  private typealias Finding = (problem: EnvironmentFault.Problem, isRemark: Bool)

  /// Says what is wrong or odd about the numbers of a row.
  ///
  /// - Parameters:
  ///   - isStep: Whether it has the results of a step, and not only what is there to act on.
  ///   - isSingle: Whether the episode after one that ended does not count.
  ///   - found: Told of each problem.
  @inline(__always)
  private func look(
    at i: Int, of batch: StepBatch, isStep: Bool, isSingle: Bool = false,
    found: (Finding) -> Void
  ) {
    let isOver = isStep && (batch.terminated[i] || batch.truncated[i])
    if isStep, !(batch.rewards[i].magnitude <= rewardLimit) {
      found((.reward(batch.rewards[i]), isRemark: batch.rewards[i].magnitude <= Self.largest))
    }
    if isOver, let j = firstOutside(batch.finalObservations, i) {
      found(problem(batch.finalObservations, i, j))
    }
    if isOver && isSingle { return }
    if let j = firstOutside(batch.observations, i) { found(problem(batch.observations, i, j)) }
    if batch.maskWidth > 0, let choice = batch.starvedComponent(of: i) {
      found((spec.actionSpace.starved(choice), isRemark: false))
    }
  }

  /// The first number of a row that is not in the space.
  @inline(__always)
  private func firstOutside(_ rows: UnsafeMutableBufferPointer<Float>, _ i: Int) -> Int? {
    let start = i * isWhole.count
    for j in isWhole.indices {
      let (value, bounds) = (rows[start + j], ClosedRange(uncheckedBounds: (low[j], high[j])))
      if !(isWhole[j] ? value.isWhole(within: bounds) : bounds.contains(value)) { return j }
    }
    return nil
  }

  @inline(never)
  private func problem(_ rows: UnsafeMutableBufferPointer<Float>, _ i: Int, _ j: Int) -> Finding {
    let row = rows[i * isWhole.count..<(i + 1) * isWhole.count]
    let value = row[row.startIndex + j]
    let (part, number, words) = layout.allowed(j)
    if let count = value.wrongCount {
      // Of a part, unless all parts say the same.
      let isAll = row.allSatisfy { $0.wrongCount == count }
      let width = isAll ? row.count : layout.leaf(ofNumber: j)?.numbers.count ?? 0
      return (.observationCount(count, expected: width, part: isAll ? "" : part), isRemark: false)
    }
    return (
      .observation(number: number, value: value, allowed: words, part: part),
      isRemark: !isWhole[j] && value.isFinite
    )
  }
}
