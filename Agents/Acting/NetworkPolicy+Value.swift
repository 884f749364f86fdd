internal import RLCore
internal import RLTensor

extension NetworkPolicy: StateValuing {
  func value(of observation: [Float], mask: [Bool]) -> Double? {
    guard let valueNetwork, observation.count == spec.observationSpace.rowWidth else { return nil }
    if valueProgram == nil {
      trace({ x, _ in [valueNetwork(x)] }, memory: 0, rows: 1, into: &valueProgram)
    }
    guard let valueProgram else { return nil }
    observation.withUnsafeBufferPointer { row in
      guard let start = row.baseAddress else { return }
      encoder.encode(start, count: 1, into: valueProgram.input.pointer)
    }
    valueProgram.run()
    let all = valueProgram.output.array
    let isOfChoices = all.count > 1 && mask.count == all.count
    let values = all.indices.filter { !isOfChoices || mask[$0] }.map { all[$0] }
    return values.max().map { Double($0) }
  }
}
