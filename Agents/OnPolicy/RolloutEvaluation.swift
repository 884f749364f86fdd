internal import RLCore
internal import RLSupport
internal import RLTensor

/// Evaluates the log-probabilities of a rollout's actions and the values of its observations.
final class RolloutEvaluation {
  private let inputs: RolloutInputs
  private let program: BatchProgram
  private let logProbabilities: Variable
  private let values: Variable
  private let team: ThreadTeam

  /// - Parameters:
  ///   - rows: The transitions of a rollout.
  ///   - spec: What the rollouts are of.
  ///   - parameters: The weights.
  ///   - team: The threads.
  ///   - networks: Traces the distribution of actions and the values.
  init(
    rows: Int, of spec: EnvironmentSpec, _ parameters: Parameters, on team: ThreadTeam,
    _ networks: (RolloutInputs) -> (policy: any Distribution, values: Variable)
  ) throws(ShapeError) {
    inputs = RolloutInputs(in: Graph(parameters: parameters, rows: rows), of: spec)
    let traced = networks(inputs)
    logProbabilities = traced.policy.logProbability(of: inputs.actions)
    values = traced.values
    self.team = ThreadTeam(sharing: team)
    program = try BatchProgram(outputs: [logProbabilities, values], on: self.team)
  }

  /// Fills in `logProbabilities` and `values`.
  func run(_ rollout: RolloutBuffer) {
    team.choosing { program.forward(rollout.count) { inputs.fill($0, from: rollout) } }
    rollout.logProbabilities.update(
      from: program[logProbabilities].pointer, count: rollout.count)
    rollout.values.update(from: program[values].pointer, count: rollout.count)
  }
}
