internal import RLTensor

/// What recurrent layers are given beside the inputs of steps.
struct Recall {
  /// 1, or 0 where an episode begins, `[rows]`.
  let keep: Variable
  /// The states before the first row of each sequence, `[rows, width]`.
  let start: Variable
}

/// A network's forward pass for a fixed number of rows.
final class ForwardProgram {
  let rows: Int
  let input: TensorView
  /// The first result.
  let output: TensorView
  /// The second result, if there is one.
  let second: TensorView?
  /// What a recurrent network remembers of each row: before the step, and after it.
  let memory: (before: TensorView, after: TensorView)?
  private let program: Program

  convenience init(
    rows: Int, inputs: Int, parameters: Parameters, _ network: (Variable) -> [Variable]
  ) {
    self.init(rows: rows, inputs: inputs, parameters: parameters, memory: 0) { x, _ in network(x) }
  }

  /// - Parameters:
  ///   - memory: How many numbers a recurrent network remembers of a row; 0 for others.
  ///   - network: Traces it; the last result of a recurrent one are its states after the step.
  init(
    rows: Int, inputs: Int, parameters: Parameters, memory width: Int,
    _ network: (Variable, Recall?) -> [Variable]
  ) {
    self.rows = rows
    let graph = Graph(parameters: parameters)
    let x = graph.input(.matrix(rows, inputs), name: "observations")
    // Whoever runs it sets what is forgotten to zero.
    let recall =
      width == 0
      ? nil
      : Recall(
        keep: graph.constant(Array(repeating: 1, count: rows), shape: .vector(rows)),
        start: graph.input(.matrix(rows, width), name: "memory"))
    var results = network(x, recall)
    do {
      program = try Program(outputs: results)
    } catch {
      preconditionFailure("A network that was traced for training cannot be traced: \(error)")
    }
    input = program[x]
    output = program[results[0]]
    let program = program
    let after = recall == nil ? nil : results.popLast()
    memory = recall.flatMap { recall in after.map { (program[recall.start], program[$0]) } }
    second = results.dropFirst().first.map { program[$0] }
  }

  func run() { program.forward() }

  /// Takes a step for all rows: a recurrent network reads what it remembers of them, `[rows, width]`, and writes what it
  /// remembers then.
  func run(remembering memories: UnsafeMutablePointer<Float>?) {
    guard let memory, let memories else { return run() }
    // States are whole vectors, so nothing lies between rows.
    let count = rows * memory.before.stride
    memory.before.pointer.update(from: memories, count: count)
    run()
    memories.update(from: memory.after.pointer, count: count)
  }

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
  ///
  /// - Parameters:
  ///   - count: How many rows there are to choose from.
  ///   - stride: The numbers of a row of network inputs.
  ///   - inputs: The network inputs of a row.
  ///   - isChosen: Whether a row is evaluated.
  ///   - recalled: What a recurrent network remembers of a row; nothing if `nil`.
  ///   - body: Takes the results.
  func evaluate(
    count: Int, stride: Int, _ inputs: (Int) -> UnsafePointer<Float>,
    where isChosen: (Int) -> Bool = { _ in true },
    recalled: ((Int) -> UnsafePointer<Float>)? = nil,
    _ body: (_ row: Int, _ result: Float) -> Void
  ) {
    if let memory, recalled == nil {
      memory.before.pointer.update(repeating: 0, count: rows * memory.before.stride)
    }
    var row = 0
    while row < count {
      let first = row
      var size = 0
      while row < count && size < rows {
        if isChosen(row) {
          (input.pointer + size * stride).update(from: inputs(row), count: stride)
          if let memory, let recalled {
            let width = memory.before.stride
            (memory.before.pointer + size * width).update(from: recalled(row), count: width)
          }
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

  /// Evaluates a network of one output on rows of network inputs that follow each other.
  func evaluate(
    _ inputs: UnsafePointer<Float>, stride: Int, count: Int,
    recalled: ((Int) -> UnsafePointer<Float>)? = nil,
    into results: UnsafeMutablePointer<Float>
  ) {
    evaluate(count: count, stride: stride, { inputs + $0 * stride }, recalled: recalled) {
      results[$0] = $1
    }
  }
}
