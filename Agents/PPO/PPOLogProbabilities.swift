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
    let x = graph.input(.matrix(rows, networks.inputs), name: "observations")
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

extension ForwardProgram {
  /// Evaluates a network of one output on chosen rows, and hands each result on with its row.
  func evaluate(
    _ inputs: UnsafePointer<Float>, stride: Int, count: Int, where isChosen: (Int) -> Bool,
    _ body: (_ row: Int, _ result: Float) -> Void
  ) {
    var row = 0
    while row < count {
      let first = row
      var size = 0
      while row < count && size < rows {
        if isChosen(row) {
          (input.pointer + size * stride).update(from: inputs + row * stride, count: stride)
          size += 1
        }
        row += 1
      }
      if size == 0 { continue }
      run()
      var next = 0
      for chosen in first..<row where isChosen(chosen) {
        body(chosen, output.pointer[next])
        next += 1
      }
    }
  }

  /// Evaluates a network of one output on any number of rows of network inputs.
  func evaluate(
    _ inputs: UnsafePointer<Float>, stride: Int, count: Int,
    into results: UnsafeMutablePointer<Float>
  ) {
    var start = 0
    while start < count {
      let size = min(rows, count - start)
      input.pointer.update(from: inputs + start * stride, count: size * stride)
      run()
      (results + start).update(from: output.pointer, count: size)
      start += size
    }
  }
}
