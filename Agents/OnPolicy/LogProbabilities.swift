internal import RLCore
internal import RLTensor

/// Evaluates the log-probabilities of a rollout's actions in large batches.
final class LogProbabilities {
  private let inputs: RolloutInputs
  private let program: Program
  private let result: TensorView

  /// - Parameters:
  ///   - rows: The transitions of a batch.
  ///   - spec: What the rollouts are of.
  ///   - parameters: The policy's weights.
  ///   - policy: Traces the distribution of actions.
  init(
    rows: Int, of spec: EnvironmentSpec, _ parameters: Parameters,
    _ policy: (RolloutInputs) -> any Distribution
  ) throws(ShapeError) {
    inputs = RolloutInputs(in: Graph(parameters: parameters), rows: rows, of: spec)
    let y = policy(inputs).logProbability(of: inputs.actions)
    program = try Program(outputs: [y])
    result = program[y]
  }

  /// Fills in `logProbabilities`. The last batch overlaps the one before if the rows do not divide evenly.
  func run(_ rollout: RolloutBuffer) {
    let rows = inputs.rows
    var start = 0
    while start < rollout.count {
      let from = min(start, rollout.count - rows)
      inputs.assign(rollout, from: from, to: program)
      program.forward()
      (rollout.logProbabilities + from).update(from: result.pointer, count: rows)
      start = from + rows
    }
  }
}
