internal import RLCore

/// Inspects what environments of a training write, or a part of them, and keeps the first fault.
final class TrainingWatch {
  private var inspector: StepInspector
  private let first: Int
  /// What keeps the training from going on.
  private(set) var fault: EnvironmentFault?
  /// The first thing that is odd, and no fault.
  private(set) var remark: EnvironmentFault?
  fileprivate var hasTold = false

  /// A watch over environments.
  ///
  /// - Parameter first: The number of the first of them.
  init(_ spec: EnvironmentSpec, first: Int = 0) {
    inspector = StepInspector(spec)
    self.first = first
  }

  /// Looks through the results of a step.
  ///
  /// - Parameters:
  ///   - batch: The results.
  ///   - step: The environment steps of the training, this one included.
  /// - Returns: Whether they can be learned from and acted on.
  func accepts(_ batch: StepBatch, step: Int) -> Bool {
    note(inspector.inspect(batch), step)
  }

  /// Looks through first observations after a reset, at a step of the training.
  func acceptsReset(_ batch: StepBatch, step: Int) {
    fault = nil
    _ = note(inspector.inspectReset(batch), step)
  }

  private func note(_ found: EnvironmentFault?, _ step: Int) -> Bool {
    if let remark = inspector.takeRemark() {
      self.remark = remark.at(index: first + remark.index, step: step)
    }
    guard let found else { return true }
    fault = found.at(index: first + found.index, step: step)
    return false
  }
}

extension [TrainingWatch] {
  /// The earliest remark, the first time that there is one: as one watch over all environments tells its first.
  func untoldRemark() -> EnvironmentFault? {
    guard let remark, !contains(where: \.hasTold) else { return nil }
    for watch in self { watch.hasTold = true }
    return remark
  }

  /// The earliest remark, told or not.
  var remark: EnvironmentFault? { compactMap(\.remark).min(by: Self.isEarlier) }

  /// Throws the earliest fault: `AgentError.fault`, or `notFinite` where the agent's own action is none.
  func check() throws(AgentError) {
    guard let fault = compactMap(\.fault).min(by: Self.isEarlier) else { return }
    if case .action = fault.problem {
      throw .notFinite(
        what: "a weight, and with it an action,", step: fault.step ?? 0, after: remark)
    }
    throw .fault(fault)
  }

  private static func isEarlier(_ a: EnvironmentFault, _ b: EnvironmentFault) -> Bool {
    (a.step ?? 0, a.index) < (b.step ?? 0, b.index)
  }
}
