internal import RLTensor

/// A network's forward pass for a fixed number of rows.
final class ForwardProgram {
  let rows: Int
  let input: TensorView
  /// The first result.
  let output: TensorView
  /// The second result, if there is one.
  let second: TensorView?
  private let program: Program

  init(rows: Int, inputs: Int, parameters: Parameters, _ network: (Variable) -> [Variable]) {
    self.rows = rows
    let graph = Graph(parameters: parameters)
    let x = graph.input(.matrix(rows, inputs), name: "observations")
    let results = network(x)
    do {
      program = try Program(outputs: results)
    } catch {
      preconditionFailure("A network that was traced for training cannot be traced: \(error)")
    }
    input = program[x]
    output = program[results[0]]
    let program = program
    second = results.dropFirst().first.map { program[$0] }
  }

  func run() { program.forward() }

  /// Computes the results for the present observations of the environments.
  func run(on collector: ReplayCollector) {
    input.pointer.update(
      from: collector.inputs, count: collector.count * collector.encoder.stride)
    run()
  }

  /// A row of the first result.
  func row(_ index: Int) -> UnsafePointer<Float> {
    UnsafePointer(output.pointer + index * output.stride)
  }

  /// A row of the second result, of a network that has one.
  func secondRow(_ index: Int) -> UnsafePointer<Float> {
    guard let second else { preconditionFailure("The network has only one result") }
    return UnsafePointer(second.pointer + index * second.stride)
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
