internal import RLCore
internal import RLTensor

/// Functions that value an observation together with an action, side by side in one block of weights.
struct Critics {
  let layout: ParameterLayout
  private let bodies: [NetworkBody]
  private let heads: [Linear]

  /// - Parameters:
  ///   - inputs: The widths of observations and actions together.
  ///   - count: How many critics.
  init(
    inputs: Int, widths: [Int], activation: Activation, style: NetworkBody.Style, count: Int
  ) {
    var layout = ParameterLayout()
    var (bodies, heads): ([NetworkBody], [Linear]) = ([], [])
    for i in 0..<count {
      let body = NetworkBody(
        style, inputs: inputs, widths: widths, activation: activation, name: "qf\(i)", in: &layout)
      bodies.append(body)
      heads.append(Linear(body.outputs, 1, name: "qf\(i).\(body.nextName)", in: &layout))
    }
    (self.layout, self.bodies, self.heads) = (layout, bodies, heads)
  }

  /// The value that each critic gives, `[rows]`.
  ///
  /// - Parameters:
  ///   - x: Observations and actions side by side.
  ///   - isTraining: Whether batch normalization takes its statistics from the rows.
  func values(_ x: Variable, isTraining: Bool = false) -> [Variable] {
    zip(bodies, heads).map { body, head in head(body(x, isTraining: isTraining)).asVector() }
  }

  /// The value that the first critic gives, `[rows]`.
  func first(_ observations: Variable, _ actions: Variable) -> Variable {
    heads[0](bodies[0](Variable.concatenate([observations, actions]))).asVector()
  }

  /// The value that the most pessimistic critic gives, `[rows]`.
  func lowest(_ observations: Variable, _ actions: Variable) -> Variable {
    let all = values(.concatenate([observations, actions]))
    return all.dropFirst().reduce(all[0]) { .minimum($0, $1) }
  }
}

extension Critics {
  /// The lowest value of rows of observations and actions as environments write and take them.
  func lowestValues(
    _ parameters: Parameters, of observations: [Float], _ taken: [Float],
    _ collector: ReplayCollector
  ) -> [Float] {
    let (encoder, actions) = (collector.encoder, collector.actions)
    let (count, width) = (encoder.rowCount(observations), actions.width)
    precondition(
      taken.count == count * width,
      "\(collector.spec.id): \(taken.count) action numbers for \(count) observations")
    if count == 0 { return [] }
    let graph = Graph(parameters: parameters)
    let x = graph.input(.matrix(count, encoder.width), name: "observations")
    let a = graph.input(.matrix(count, width), name: "actions")
    let value = lowest(x, a)
    guard let program = try? Program(outputs: [value]) else {
      preconditionFailure("Critics that were traced for training cannot be traced")
    }
    encoder.encode(observations, count: count, into: program[x].pointer)
    var scaled = [Float](repeating: 0, count: taken.count)
    taken.withUnsafeBufferPointer { rows in
      scaled.withUnsafeMutableBufferPointer { scaled in
        guard let row = rows.baseAddress, let action = scaled.baseAddress else { return }
        for i in 0..<count { actions.importScaled(row + i * width, into: action + i * width) }
      }
    }
    program[a].assign(scaled)
    program.forward()
    return program[value].array
  }
}
