internal import RLCore
internal import RLSupport
internal import RLTensor

/// Evaluates the log-probabilities of a rollout's actions and the values of its observations.
///
/// Recurrent networks go through the rollout sequence by sequence of all environments, and leave what they remember before
/// each in the rollout.
final class RolloutEvaluation {
  /// What networks say of the rows of a rollout.
  struct Results {
    var policy: any Distribution
    var values: Variable
    /// What recurrent networks remember then: the policy and the value function.
    var memories: (policy: Variable, value: Variable)?
  }

  private let inputs: RolloutInputs
  private let program: BatchProgram
  private let logProbabilities: Variable
  private let values: Variable
  private let memories: (policy: Variable, value: Variable)?
  private let team: ThreadTeam
  /// The transitions of a sequence of all environments.
  private var order: [Int] = []
  /// The transitions at which episodes were cut, and what the value function remembers after them.
  private var cuts: [Int] = []
  private var cutMemories: [Float] = []

  /// - Parameters:
  ///   - rollout: Of which rollouts are.
  ///   - spec: What the rollouts are of.
  ///   - parameters: The weights.
  ///   - team: The threads.
  ///   - networks: Traces the distribution of actions and the values.
  init(
    of rollout: RolloutBuffer, in spec: EnvironmentSpec, _ parameters: Parameters,
    on team: ThreadTeam, _ networks: (RolloutInputs) -> Results
  ) throws(ShapeError) {
    let memory = rollout.memory
    let length = memory?.sequenceLength ?? 1
    let rows = memory == nil ? rollout.count : rollout.environments * length
    inputs = RolloutInputs(
      in: Graph(parameters: parameters, rows: rows, sequenceLength: length), of: spec,
      memoryWidth: memory?.width ?? 0)
    let traced = networks(inputs)
    logProbabilities = traced.policy.logProbability(of: inputs.actions)
    (values, memories) = (traced.values, traced.memories)
    self.team = ThreadTeam(sharing: team)
    program = try BatchProgram(
      outputs: [logProbabilities, values] + (memories.map { [$0.policy, $0.value] } ?? []),
      on: self.team)
  }

  /// Fills in `logProbabilities` and `values` of networks without memory.
  func run(_ rollout: RolloutBuffer) {
    team.choosing { program.forward(rollout.count) { inputs.fill($0, from: rollout) } }
    rollout.logProbabilities.update(
      from: program[logProbabilities].pointer, count: rollout.count)
    rollout.values.update(from: program[values].pointer, count: rollout.count)
  }

  /// The same with recurrent networks; also adds the values of true last observations where episodes were cut to their
  /// rewards, and sets the values after the last step.
  ///
  /// - Parameters:
  ///   - network: Evaluates V of a step.
  ///   - last: Network inputs for the observations after the last step.
  ///   - discount: γ.
  func run(
    _ rollout: RolloutBuffer, valuing network: ForwardProgram, last: UnsafePointer<Float>,
    discount: Float
  ) {
    guard let memories, let memory = rollout.memory else {
      preconditionFailure("RolloutEvaluation: the networks remember nothing")
    }
    let (environments, width, length) = (
      rollout.environments, memory.width, memory.sequenceLength
    )
    let size = environments * width
    memory.value.update(from: memory.lastValue, count: size)
    cuts.removeAll(keepingCapacity: true)
    cutMemories.removeAll(keepingCapacity: true)
    for first in stride(from: 0, to: rollout.steps / length * environments, by: environments) {
      order.removeAll(keepingCapacity: true)
      for sequence in first..<first + environments { memory.add(sequence: sequence, to: &order) }
      team.choosing { program.forward(order.count) { inputs.fill($0, from: rollout, order) } }
      let (logs, values) = (program[logProbabilities].pointer, program[values].pointer)
      for (row, transition) in order.enumerated() {
        rollout.logProbabilities[transition] = logs[row]
        rollout.values[transition] = values[row]
      }
      let (policy, value) = (program[memories.policy], program[memories.value])
      let rows = order.count
      for (row, transition) in order.enumerated()
      where rollout.ended[transition] && !rollout.terminated[transition] {
        cuts.append(transition)
        cutMemories += UnsafeBufferPointer(
          start: value.pointer + row * value.stride, count: width)
      }
      let isLast = first + environments == rollout.steps / length * environments
      for (environment, row) in stride(from: length - 1, to: rows, by: length).enumerated() {
        let to = isLast ? environment : first + environments + environment
        (isLast ? memory.lastValue : memory.value).advanced(by: to * width).update(
          from: value.pointer + row * value.stride, count: width)
        if isLast { continue }
        (memory.policy + to * width).update(
          from: policy.pointer + row * policy.stride, count: width)
      }
    }
    cutMemories.withUnsafeBufferPointer { memories in
      guard let start = memories.baseAddress else { return }
      network.evaluate(
        count: cuts.count, stride: rollout.observationStride,
        { UnsafePointer(rollout.finalObservations + cuts[$0] * rollout.observationStride) },
        recalled: { start + $0 * width }
      ) { rollout.rewards[cuts[$0]] += discount * $1 }
    }
    let end = rollout.count - environments
    for environment in 0..<environments where rollout.ended[end + environment] {
      (memory.lastValue + environment * width).update(repeating: 0, count: width)
    }
    network.evaluate(
      last, stride: rollout.observationStride, count: environments,
      recalled: { UnsafePointer(memory.lastValue + $0 * width) }, into: rollout.lastValues)
  }
}
