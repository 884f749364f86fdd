internal import RLTensor

/// A network's forward pass for a fixed number of rows.
final class ForwardProgram {
  let rows: Int
  let input: TensorView
  /// The first result.
  let output: TensorView
  /// The second result; the first one if there is no other.
  let second: TensorView
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
    second = program[results[results.count - 1]]
  }

  func run() { program.forward() }
}
