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
