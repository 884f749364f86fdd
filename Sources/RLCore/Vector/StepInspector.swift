/// Looks through what environments wrote for what nobody can act on or learn from: observations of a wrong count of
/// numbers, not finite or outside of a discrete space, rewards that are not finite, and masks that allow nothing.
///
/// Real numbers that are finite, but outside of their bounds, and huge rewards are no faults; `takeRemark` gives the
/// first of them. Who acts in environments inspects each batch before acting on it.
///
/// ```swift
/// var inspector = StepInspector(environments.spec)
/// environments.step([0, 1, 1, 0], into: batch)
/// if let fault = inspector.inspect(batch) { throw fault }
/// ```
public struct StepInspector: Sendable {
  private let spec: EnvironmentSpec
  private let isWhole: Bool
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
    (low, high) = spec.observationSpace.finiteBounds
    isWhole = spec.observationSpace.isWhole
  }

  /// Looks through the results of a step.
  ///
  /// - Returns: The first fault, with the row of the batch as its sub-environment and without a step.
  public mutating func inspect(_ batch: StepBatch) -> EnvironmentFault? {
    if batch.hasFault, let fault = batch.fault { return fault }
    let failures = listen(to: batch)
    return failures.isEmpty && isSound(batch)
      ? nil : search(batch, isStep: true, failures: failures)
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
    let failures = listen(to: batch, where: isPlayed)
    if failures.isEmpty && isSound(batch) { return (nil, []) }
    let fault = search(
      batch, isStep: true, isSingle: true, failures: failures, where: isPlayed)
    return (fault, unusableRows(of: batch))
  }

  /// The rows that show what nobody can act on now.
  package func unusableRows(of batch: StepBatch) -> [Int] {
    (0..<batch.count).filter { isUnusable($0, of: batch) }
  }

  /// Whether nobody can act on what a row shows now.
  package func isUnusable(_ row: Int, of batch: StepBatch) -> Bool {
    if batch.maskWidth > 0, batch.starvedComponent(of: row) != nil { return true }
    if isWithin(batch.observations, row) { return false }
    return problem(batch.observations, row).map { !isRemark($0) } ?? false
  }

  /// Looks through the first observations of episodes after a reset.
  ///
  /// - Returns: The first fault, with the row of the batch as its sub-environment and without a step.
  public mutating func inspectReset(_ batch: StepBatch) -> EnvironmentFault? {
    search(batch, isStep: false)
  }

  /// The first observation outside of its bounds, or huge reward, of all that was inspected: once, when it was seen.
  public mutating func takeRemark() -> EnvironmentFault? {
    guard let remark else { return nil }
    self.remark = nil
    return remark
  }

  /// Whether there is nothing to say of a step.
  private func isSound(_ batch: StepBatch) -> Bool {
    guard let observations = batch.observations.baseAddress,
      let finals = batch.finalObservations.baseAddress
    else { return true }
    let (width, count) = (low.count, batch.count)
    var isBad = false
    low.withUnsafeBufferPointer { low in
      high.withUnsafeBufferPointer { high in
        func look(_ row: UnsafePointer<Float>) {
          for j in 0..<width {
            isBad = isBad || !(row[j] >= low[j] && row[j] <= high[j])
          }
        }
        for i in 0..<count {
          look(observations + i * width)
          isBad = isBad || !(batch.rewards[i].magnitude <= rewardLimit)
          if batch.terminated[i] || batch.truncated[i] { look(finals + i * width) }
        }
      }
    }
    if isBad || isWhole && !areWhole(batch) { return false }
    if batch.maskWidth == 0 { return true }
    for i in 0..<count where batch.starvedComponent(of: i) != nil { return false }
    return true
  }

  private func areWhole(_ batch: StepBatch) -> Bool {
    for x in batch.observations where Float(Int32(x)) != x { return false }
    return true
  }

  /// Goes through the rows one by one.
  ///
  /// - Parameters:
  ///   - isStep: Whether the batch has the results of a step.
  ///   - isSingle: Whether the episode after one that ended does not count.
  ///   - failures: Why steps could not be computed, by rows.
  ///   - counts: Whether a row counts.
  @inline(never)
  private mutating func search(
    _ batch: StepBatch, isStep: Bool, isSingle: Bool = false, failures: [Int: String] = [:],
    where counts: (Int) -> Bool = { _ in true }
  ) -> EnvironmentFault? {
    for i in 0..<batch.count
    where counts(i) && (failures[i] != nil || !isSound(batch, i, isStep)) {
      var problems = [failures[i].map { EnvironmentFault.Problem.failure($0) }]
      let isOver = isStep && (batch.terminated[i] || batch.truncated[i])
      if isStep {
        let reward = batch.rewards[i]
        if !(reward.magnitude <= rewardLimit) { problems.append(.reward(reward)) }
        if isOver { problems.append(problem(batch.finalObservations, i)) }
      }
      if !isOver || !isSingle {
        problems.append(problem(batch.observations, i))
        if batch.maskWidth > 0, let component = batch.starvedComponent(of: i) {
          problems.append(.mask(component: component, of: batch.choices.count))
        }
      }
      for problem in problems.compactMap({ $0 }) {
        let fault = EnvironmentFault(environment: spec.id, index: i, problem: problem)
        if !isRemark(problem) { return fault }
        if remark == nil, rewardLimit < Self.largest { remark = fault }
      }
    }
    // Only the first one is told, and the others cost nothing.
    if remark != nil, !keepsLooking { ignoreRemarks() }
    return nil
  }

  /// Hears what environments say of a step: oddities are remarks.
  ///
  /// - Returns: Why steps could not be computed, by rows.
  private mutating func listen(
    to batch: StepBatch, where counts: (Int) -> Bool = { _ in true }
  ) -> [Int: String] {
    var failures: [Int: String] = [:]
    for (row, failure, oddity) in batch.takeWords() where counts(row) {
      failures[row] = failure
      guard let oddity, remark == nil, rewardLimit < Self.largest else { continue }
      remark = EnvironmentFault(environment: spec.id, index: row, problem: .oddity(oddity))
      if !keepsLooking { ignoreRemarks() }
    }
    return failures
  }

  /// Finds no remark from here on.
  package mutating func ignoreRemarks() {
    if rewardLimit == Self.largest { return }
    rewardLimit = Self.largest
    keepsLooking = false
    if isWhole { return }
    low = low.map { _ in -.greatestFiniteMagnitude }
    high = high.map { _ in .greatestFiniteMagnitude }
  }

  /// Whether a row has no problem, at a glance.
  private func isSound(_ batch: StepBatch, _ i: Int, _ isStep: Bool) -> Bool {
    if isStep {
      if !(batch.rewards[i].magnitude <= rewardLimit) { return false }
      let isOver = batch.terminated[i] || batch.truncated[i]
      if isOver && !isWithin(batch.finalObservations, i) { return false }
    }
    return isWithin(batch.observations, i) && batch.starvedComponent(of: i) == nil
  }

  /// Whether each number of a row is in the space, and no remark.
  private func isWithin(_ rows: UnsafeMutableBufferPointer<Float>, _ i: Int) -> Bool {
    let start = i * low.count
    for j in low.indices {
      let value = rows[start + j]
      if !(value >= low[j] && value <= high[j]) { return false }
      if isWhole && Float(Int32(value)) != value { return false }
    }
    return true
  }

  private func problem(_ rows: UnsafeMutableBufferPointer<Float>, _ i: Int)
    -> EnvironmentFault.Problem?
  {
    let width = low.count
    for j in 0..<width {
      let value = rows[i * width + j]
      if value >= low[j] && value <= high[j] && (!isWhole || Float(Int32(value)) == value) {
        continue
      }
      if let count = value.wrongCount { return .observationCount(count, expected: width) }
      return .observation(number: j, value: value, allowed: spec.observationSpace.allowed(j))
    }
    return nil
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
