internal import RLCore
public import RLTensor

/// The numbers of a rollout, or of a batch of its transitions, as inputs of a graph.
public struct RolloutInputs {
  /// The transitions.
  public let rows: Int
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
  /// 1 for allowed choices and 0 for others, `[rows, actionSpace.flatWidth]`; `nil` without masks.
  public let masks: Variable?
  private let codec: ActionCodec

  init(in graph: Graph, rows: Int, of spec: EnvironmentSpec) {
    self.rows = rows
    codec = ActionCodec(spec.actionSpace)
    observations = graph.input(
      .matrix(rows, spec.observationSpace.flatWidth), name: "observations")
    let isIndex = if case .discrete = codec { true } else { false }
    actions = graph.input(isIndex ? .vector(rows) : .matrix(rows, codec.width), name: "actions")
    masks =
      spec.masksActions
      ? graph.input(.matrix(rows, spec.actionSpace.flatWidth), name: "masks") : nil
    logProbabilities = graph.input(.vector(rows), name: "old log-probabilities")
    values = graph.input(.vector(rows), name: "old values")
    advantages = graph.input(.vector(rows), name: "advantages")
    returns = graph.input(.vector(rows), name: "returns")
  }

  /// The distribution of actions for logits `[rows, actionSpace.flatWidth]`, within the masks.
  public func distribution(logits: Variable) -> any Distribution {
    guard let distribution = codec.distribution(logits: logits, mask: masks) else {
      preconditionFailure("RolloutInputs: logits are for discrete actions")
    }
    return distribution
  }

  /// Fills in consecutive transitions of a rollout; what the program does not use is left out.
  ///
  /// - Parameters:
  ///   - rollout: The rollout.
  ///   - start: The first one.
  ///   - program: A program of the graph.
  public func assign(_ rollout: RolloutBuffer, from start: Int = 0, to program: Program) {
    precondition(
      start >= 0 && start + rows <= rollout.count,
      "RolloutInputs: \(rows) transitions from \(start) on are not among \(rollout.count)")
    assign(rollout, to: program) { start + $0 }
  }

  /// Fills in chosen transitions of a rollout; what the program does not use is left out.
  ///
  /// - Parameters:
  ///   - rollout: The rollout.
  ///   - indices: Which ones, `rows` of them.
  ///   - program: A program of the graph.
  public func assign(_ rollout: RolloutBuffer, _ indices: some Collection<Int>, to program: Program)
  {
    let indices = Array(indices)
    precondition(
      indices.count == rows && indices.allSatisfy((0..<rollout.count).contains),
      "RolloutInputs: \(indices.count) transitions are not \(rows) among \(rollout.count)")
    assign(rollout, to: program) { indices[$0] }
  }

  @inline(__always)
  private func assign(_ rollout: RolloutBuffer, to program: Program, _ row: (Int) -> Int) {
    func copy(_ source: UnsafePointer<Float>, _ stride: Int, _ variable: Variable) {
      guard program.uses(variable) else { return }
      let target = program[variable]
      let distance = variable.shape.rank == 1 ? 1 : target.stride
      for i in 0..<rows {
        (target.pointer + i * distance).update(from: source + row(i) * stride, count: stride)
      }
    }
    copy(rollout.observations, rollout.observationStride, observations)
    copy(rollout.actions, rollout.actionWidth, actions)
    if let masks { copy(rollout.masks, rollout.maskWidth, masks) }
    copy(rollout.logProbabilities, 1, logProbabilities)
    copy(rollout.values, 1, values)
    copy(rollout.advantages, 1, advantages)
    copy(rollout.returns, 1, returns)
  }
}
