internal import RLTensor

/// Evaluates the log-probabilities of a rollout's actions in large batches.
final class PPOLogProbabilities {
  private let rows: Int
  private let program: Program
  private let observations: TensorView
  private let actions: TensorView
  private let mask: TensorView?
  private let result: TensorView

  init(_ networks: PPONetworks, _ parameters: Parameters, rows: Int, maskWidth: Int)
    throws(ShapeError)
  {
    self.rows = rows
    let graph = Graph(parameters: parameters)
    let x = graph.input(.matrix(rows, networks.observationDimension), name: "observations")
    let isIndex = if case .discrete = networks.actions { true } else { false }
    let a = graph.input(
      isIndex ? .vector(rows) : .matrix(rows, networks.actions.width), name: "actions")
    let m = maskWidth > 0 ? graph.input(.matrix(rows, maskWidth), name: "masks") : nil
    let y = networks.distribution(networks.policy(x), mask: m).logProbability(of: a)
    let program = try Program(outputs: [y])
    self.program = program
    observations = program[x]
    actions = program[a]
    mask = m.map { program[$0] }
    result = program[y]
  }

  /// Fills in `logProbabilities`. The last batch overlaps the one before if the rows do not divide evenly.
  func run(_ buffer: RolloutBuffer) {
    var start = 0
    while start < buffer.count {
      let from = min(start, buffer.count - rows)
      observations.pointer.update(
        from: buffer.observations + from * buffer.observationStride,
        count: rows * buffer.observationStride)
      let width = buffer.actionWidth
      for i in 0..<rows {
        (actions.pointer + i * (actions.shape.rank == 1 ? 1 : actions.stride)).update(
          from: buffer.actions + (from + i) * width, count: width)
      }
      if let mask {
        for i in 0..<rows {
          (mask.pointer + i * mask.stride).update(
            from: buffer.masks + (from + i) * buffer.maskWidth, count: buffer.maskWidth)
        }
      }
      program.forward()
      (buffer.logProbabilities + from).update(from: result.pointer, count: rows)
      start = from + rows
    }
  }
}
