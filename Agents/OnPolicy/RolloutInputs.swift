internal import RLCore
public import RLTensor

/// The numbers of a rollout, or of a batch of its transitions, as inputs of the graph of a `BatchProgram`.
public struct RolloutInputs {
  /// What was seen, `[rows, observationSpace.flatWidth]`.
  public let observations: Variable
  /// What was done: the index of the choice from 0 on, `[rows]`, or `[rows, components]` where there are several.
  public let actions: Variable
  /// log π of the actions when they were taken, `[rows]`.
  public let logProbabilities: Variable
  /// V of the observations when they were seen, `[rows]`.
  public let values: Variable
  /// Generalized advantages, `[rows]`.
  public let advantages: Variable
  /// What values are to learn, `[rows]`: advantages + values.
  public let returns: Variable
  /// 1 for allowed choices and 0 for others, `[rows, actionSpace.choiceWidth]`; `nil` without masks.
  public let masks: Variable?
  /// What recurrent layers of the policy and of the value function are given, if there are any.
  let policyMemory: Recall?
  let valueMemory: Recall?
  private let codec: ActionCodec
  private let sequenceLength: Int

  /// - Parameter memoryWidth: How many numbers the policy remembers, and as many the value function; 0 without memory.
  init(in graph: Graph, of spec: EnvironmentSpec, memoryWidth: Int = 0) {
    sequenceLength = graph.sequenceLength
    if memoryWidth > 0 {
      let keep = graph.rowInput(name: "keep")
      policyMemory = Recall(keep: keep, start: graph.rowInput(memoryWidth, name: "memory"))
      valueMemory = Recall(
        keep: keep, start: graph.rowInput(memoryWidth, name: "memory of values"))
    } else {
      (policyMemory, valueMemory) = (nil, nil)
    }
    codec = ActionCodec(spec.actionSpace)
    observations = graph.rowInput(spec.observationSpace.flatWidth, name: "observations")
    let isIndex = if case .discrete = codec { true } else { false }
    actions = graph.rowInput(isIndex ? nil : codec.width, name: "actions")
    masks = spec.masksActions ? graph.rowInput(spec.actionSpace.choiceWidth, name: "masks") : nil
    logProbabilities = graph.rowInput(name: "old log-probabilities")
    values = graph.rowInput(name: "old values")
    advantages = graph.rowInput(name: "advantages")
    returns = graph.rowInput(name: "returns")
  }

  /// The distribution of actions for logits `[rows, actionSpace.flatWidth]`, within the masks.
  public func distribution(logits: Variable) -> any Distribution {
    guard let distribution = codec.distribution(logits: logits, mask: masks) else {
      preconditionFailure("RolloutInputs: logits are for discrete actions")
    }
    return distribution
  }

  /// Fills in transitions of a rollout; what the program does not use is left out.
  ///
  /// - Parameters:
  ///   - slice: The rows of the batch to fill in.
  ///   - rollout: The rollout.
  ///   - order: The transitions in the order in which batches take them; that of the rollout if `nil`.
  ///   - first: The place in the order at which the batch begins.
  public func fill(
    _ slice: BatchSlice, from rollout: RolloutBuffer, _ order: [Int]? = nil, first: Int = 0
  ) {
    let start = first + slice.rows.lowerBound
    precondition(
      start >= 0 && start + slice.rows.count <= order?.count ?? rollout.count,
      "RolloutInputs: transitions \(start)..<\(start + slice.rows.count) are not among \(order?.count ?? rollout.count)"
    )
    if let order {
      order.withUnsafeBufferPointer { order in
        guard let rows = order.baseAddress.map({ $0 + start }) else { return }
        for i in 0..<slice.rows.count {
          precondition(
            rows[i] >= 0 && rows[i] < rollout.count,
            "RolloutInputs: there is no transition \(rows[i])")
        }
        fill(slice, from: rollout) { rows[$0] }
      }
    } else {
      fill(slice, from: rollout) { start + $0 }
    }
  }

  @inline(__always)
  private func fill(_ slice: BatchSlice, from rollout: RolloutBuffer, _ row: (Int) -> Int) {
    func copy(_ source: UnsafePointer<Float>, _ width: Int, _ variable: Variable) {
      guard slice.uses(variable) else { return }
      let target = slice[variable]
      let (stride, pointer) = (target.stride, target.pointer)
      if variable.shape.rank == 1 {
        for i in 0..<slice.rows.count { pointer[i] = source[row(i)] }
      } else if width % 16 == 0 {
        for i in 0..<slice.rows.count {
          let (from, to) = (source + row(i) * width, pointer + i * stride)
          for j in Swift.stride(from: 0, to: width, by: 16) {
            UnsafeMutableRawPointer(to + j).storeBytes(
              of: UnsafeRawPointer(from + j).loadUnaligned(as: SIMD16<Float>.self),
              as: SIMD16<Float>.self)
          }
        }
      } else {
        for i in 0..<slice.rows.count {
          let (from, to) = (source + row(i) * width, pointer + i * stride)
          for j in 0..<width { to[j] = from[j] }
        }
      }
    }
    copy(rollout.observations, rollout.observationStride, observations)
    copy(rollout.actions, rollout.actionWidth, actions)
    if let masks { copy(rollout.masks, rollout.maskWidth, masks) }
    copy(rollout.logProbabilities, 1, logProbabilities)
    copy(rollout.values, 1, values)
    copy(rollout.advantages, 1, advantages)
    copy(rollout.returns, 1, returns)
    if let memory = rollout.memory { fill(slice, from: rollout, memory, row) }
  }

  /// Fills in where episodes begin, and the states before sequences.
  @inline(__always)
  private func fill(
    _ slice: BatchSlice, from rollout: RolloutBuffer, _ memory: RolloutMemory,
    _ row: (Int) -> Int
  ) {
    guard let policyMemory, let valueMemory else { return }
    let (environments, width) = (rollout.environments, memory.width)
    let keep = slice[policyMemory.keep].pointer
    for i in 0..<slice.rows.count {
      let before = row(i) - environments
      keep[i] = before >= 0 && rollout.ended[before] ? 0 : 1
    }
    func begin(_ start: Variable, _ states: UnsafePointer<Float>) {
      guard slice.uses(start) else { return }
      let target = slice[start]
      for i in Swift.stride(from: 0, to: slice.rows.count, by: sequenceLength) {
        (target.pointer + i * target.stride).update(
          from: states + memory.place(ofSequenceFrom: row(i)) * width, count: width)
      }
    }
    begin(policyMemory.start, memory.policy)
    begin(valueMemory.start, memory.value)
  }
}
