internal import RLCore
internal import RLTensor

/// A row of numbers that lives as long as the closure that uses it.
final class ScratchRow {
  let numbers: UnsafeMutablePointer<Float>

  init(_ count: Int) {
    numbers = .allocate(capacity: max(1, count))
    numbers.initialize(repeating: 0, count: max(1, count))
  }

  deinit { numbers.deallocate() }
}

extension ReplayCollector {
  /// The lowest value that critics give to rows of observations and actions as environments write and take
  /// them.
  func criticValues(
    _ critics: Critics, _ parameters: Parameters, _ observations: [Float], _ taken: [Float]
  ) -> [Float] {
    let (rowWidth, size) = (spec.observationSpace.rowWidth, actions.width)
    let count = observations.count / rowWidth
    precondition(
      observations.count == count * rowWidth && taken.count == count * size,
      "\(spec.id): \(observations.count) observation and \(taken.count) action numbers are no rows")
    if count == 0 { return [] }
    let graph = Graph(parameters: parameters)
    let x = graph.input(.matrix(count, encoder.width), name: "observations")
    let a = graph.input(.matrix(count, size), name: "actions")
    let value = critics.lowest(x, a)
    guard let program = try? Program(outputs: [value]) else {
      preconditionFailure("Critics that were traced for training cannot be traced")
    }
    encoder.encode(observations, count: count, into: program[x].pointer)
    guard case .continuous(let low, let high) = actions else { return [] }
    for i in 0..<count {
      for j in 0..<size {
        let share = (taken[i * size + j] - low[j]) / (high[j] - low[j])
        program[a][i, j] = 2 * share - 1
      }
    }
    program.forward()
    return program[value].array
  }
}
