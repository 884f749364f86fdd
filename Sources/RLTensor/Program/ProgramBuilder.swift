/// Turns a graph into instructions: forward, then backward in reverse order.
struct ProgramBuilder {
  let graph: Graph
  let outputs: [Int]
  let loss: Int?
  let trainable: (Parameter, Parameters) -> Bool

  var plan = BufferPlan()
  var instructions: [Instruction] = []
  var values: [Int32]
  var gradients: [Int32]
  /// The operations after fusion; `nil` for nodes that are not computed.
  private var operations: [Operation?]
  private var operands: [[Int]]
  private var consumers: [Int]
  private var needsGradient: [Bool]
  private var isGated: [Bool]
  /// Saved row statistics of layer norms.
  private var statistics: [Int32]
  private var transposes: [Int: Int32] = [:]

  init(
    graph: Graph, outputs: [Int], loss: Int?, trainable: @escaping (Parameter, Parameters) -> Bool
  ) {
    self.graph = graph
    self.outputs = outputs
    self.loss = loss
    self.trainable = trainable
    let count = graph.nodes.count
    values = Array(repeating: -1, count: count)
    gradients = values
    statistics = values
    operations = Array(repeating: nil, count: count)
    operands = graph.nodes.map(\.operands)
    consumers = Array(repeating: 0, count: count)
    needsGradient = Array(repeating: false, count: count)
    isGated = needsGradient
  }

  private func shape(_ node: Int) -> Shape { graph.nodes[node].shape }

  /// Marks what the outputs need, and lets linear operations apply the activation that follows.
  mutating func selectAndFuse() {
    let roots = outputs + (loss.map { [$0] } ?? [])
    var needed = Array(repeating: false, count: graph.nodes.count)
    for root in roots { needed[root] = true }
    for id in graph.nodes.indices.reversed() where needed[id] {
      for operand in graph.nodes[id].operands {
        needed[operand] = true
        consumers[operand] += 1
      }
    }
    for id in graph.nodes.indices where needed[id] {
      operations[id] = graph.nodes[id].operation
      guard case .unary(let function) = graph.nodes[id].operation,
        let activation = function.activation
      else { continue }
      let producer = graph.nodes[id].operands[0]
      if operations[producer] == .linear(.none), consumers[producer] == 1,
        !roots.contains(producer)
      {
        operations[id] = .linear(activation)
        operands[id] = graph.nodes[producer].operands
        operations[producer] = nil
      }
    }
    for id in graph.nodes.indices {
      guard let operation = operations[id] else { continue }
      switch operation {
      case .input, .constant, .stopGradient, .rowArgmax: break
      case .parameter(let parameter):
        needsGradient[id] = graph.nodes[id].parameters.map { trainable(parameter, $0) } ?? false
      case .gather, .quantileHuber: needsGradient[id] = needsGradient[operands[id][0]]
      default: needsGradient[id] = operands[id].contains { needsGradient[$0] }
      }
    }
  }

  // MARK: Emission

  private mutating func emit(_ instruction: Instruction, _ buffers: [Int32]) {
    for buffer in buffers { plan.touch(buffer, at: instructions.count) }
    instructions.append(instruction)
  }

  private mutating func emit(
    _ element: Instruction.Elementwise, _ make: (Instruction.Elementwise) -> Instruction
  ) {
    emit(
      make(element), [element.out, element.a, element.b, element.y, element.gradient])
  }

  /// Emits the forward pass; the arrays that the backward pass reads stay alive by being touched again.
  mutating func emitForward() {
    for id in graph.nodes.indices {
      guard let operation = operations[id] else { continue }
      emitForward(id, operation)
    }
  }

  private mutating func emitForward(_ id: Int, _ operation: Operation) {
    let node = graph.nodes[id]
    let inputs = operands[id].map { values[$0] }
    if case .parameter(let parameter) = operation, let parameters = node.parameters {
      values[id] = plan.add(external: parameters.values + parameter.offset)
      return
    }
    let isPinned = outputs.contains(id) || id == loss
    switch operation {
    case .stopGradient:
      values[id] = inputs[0]
      if isPinned { plan.buffers[Int(inputs[0])].pinned = true }
      return
    case .input, .constant:
      values[id] = plan.add(node.shape, pinned: true)
      return
    default: values[id] = plan.add(node.shape, pinned: isPinned)
    }
    let out = values[id]
    let own = Instruction.Extent(node.shape)
    let first = Instruction.Extent(shape(operands[id][0]))
    func element(_ extent: Instruction.Extent, b: Int32 = -1) -> Instruction.Elementwise {
      Instruction.Elementwise(out: out, a: inputs[0], b: b, extent: extent)
    }
    switch operation {
    case .linear(let activation):
      let (x, w) = (shape(operands[id][0]), shape(operands[id][1]))
      let matmul = Instruction.Matmul(
        out: out, outStride: own.stride, x: inputs[0], xStride: Int32(x.stride), w: inputs[1],
        wStride: Int32(w.stride), m: Int32(x.rows), k: Int32(x.columns), n: Int32(w.columns),
        bias: inputs.count > 2 ? inputs[2] : -1, activation: activation)
      emit(.matmul(matmul), [out, matmul.bias] + inputs)
    case .unary(let function): emit(element(own)) { .unary($0, function) }
    case .binary(let function, let broadcast):
      emit(element(own, b: inputs[1])) { .binary($0, function, broadcast) }
    case .sum: emit(element(first)) { .sum($0) }
    case .rowSums: emit(element(first)) { .rowSums($0) }
    case .columnSums: emit(element(first)) { .columnSums($0) }
    case .rowMaxima: emit(element(first)) { .rowMaxima($0) }
    case .rowArgmax: emit(element(first)) { .rowArgmax($0) }
    case .logSumExp: emit(element(first)) { .logSumExp($0) }
    case .logSoftmax: emit(element(first)) { .logSoftmax($0) }
    case .gather:
      let (count, outStride) = Self.gatheredLayout(node.shape)
      emit(element(first, b: inputs[1])) { .gather($0, count: count, outStride: outStride) }
    case .quantileHuber:
      statistics[id] = plan.add(shape(operands[id][0]))
      let samples = Instruction.Extent(shape(operands[id][1]))
      emit(
        Instruction.Elementwise(
          out: out, a: inputs[0], b: inputs[1], y: statistics[id], extent: first)
      ) { .quantileHuber($0, samples: samples) }
    case .concatenate:
      emit(Instruction.Elementwise(out: out, a: -1, extent: own)) { .fill($0, 0) }
      var column = 0
      for (operand, input) in zip(operands[id], inputs) {
        let part = shape(operand)
        move(
          to: out, node.shape, column: column, from: input, part, column: 0,
          columns: part.columns, accumulate: false)
        column += part.columns
      }
    case .columns(let range):
      emit(Instruction.Elementwise(out: out, a: -1, extent: own)) { .fill($0, 0) }
      move(
        to: out, node.shape, column: 0, from: inputs[0], shape(operands[id][0]),
        column: range.lowerBound, columns: range.count, accumulate: false)
    case .asColumn:
      emit(Instruction.Elementwise(out: out, a: -1, extent: own)) { .fill($0, 0) }
      moveReshaped(to: out, stride: 16, from: inputs[0], stride: 1, count: node.shape.rows, false)
    case .asVector:
      emit(Instruction.Elementwise(out: out, a: -1, extent: own)) { .fill($0, 0) }
      moveReshaped(
        to: out, stride: 1, from: inputs[0], stride: 16, count: node.shape.columns, false)
    case .layerNorm(let epsilon):
      statistics[id] = plan.add(.matrix(2, node.shape.rows))
      emit(
        Instruction.Elementwise(
          out: out, a: inputs[0], b: inputs[1], y: inputs[2], gradient: statistics[id], extent: own)
      ) { .layerNorm($0, epsilon: epsilon) }
    case .input, .constant, .parameter, .stopGradient: break
    }
  }

  /// How many numbers of each row a gathering takes, and how far apart its rows are: 1 in a vector.
  private static func gatheredLayout(_ out: Shape) -> (count: Int32, outStride: Int32) {
    out.rank == 2 ? (Int32(out.columns), Int32(out.stride)) : (1, 1)
  }

  private mutating func move(
    to out: Int32, _ outShape: Shape, column outColumn: Int, from x: Int32, _ xShape: Shape,
    column xColumn: Int, columns: Int, accumulate: Bool
  ) {
    emit(
      .moveColumns(
        out: out, outStride: Int32(outShape.stride), outColumn: Int32(outColumn), x: x,
        xStride: Int32(xShape.stride), xColumn: Int32(xColumn), rows: Int32(outShape.rows),
        columns: Int32(columns), accumulate: accumulate), [out, x])
  }

  /// Copies between a column, whose numbers lie 16 apart, and a vector.
  private mutating func moveReshaped(
    to out: Int32, stride outStride: Int32, from x: Int32, stride xStride: Int32, count: Int,
    _ accumulate: Bool
  ) {
    emit(
      .moveColumns(
        out: out, outStride: outStride, outColumn: 0, x: x, xStride: xStride, xColumn: 0,
        rows: Int32(count), columns: 1, accumulate: accumulate), [out, x])
  }

  // MARK: Backward

  /// Emits the backward pass from the loss; to be called after `emitForward`.
  mutating func emitBackward() {
    guard let loss, needsGradient[loss] else { return }
    let seed = target(loss)
    emit(
      Instruction.Elementwise(out: seed.buffer, a: -1, extent: .init(.scalar))
    ) { .fill($0, 1) }
    for id in graph.nodes.indices.reversed() where needsGradient[id] && gradients[id] >= 0 {
      guard let operation = operations[id] else { continue }
      emitBackward(id, operation)
    }
  }

  /// Where a node's gradient goes, and whether something is there already.
  private mutating func target(_ id: Int) -> (buffer: Int32, accumulate: Bool) {
    if gradients[id] >= 0 { return (gradients[id], true) }
    if case .parameter(let parameter) = operations[id], let parameters = graph.nodes[id].parameters
    {
      gradients[id] = plan.add(external: parameters.gradients + parameter.offset)
    } else {
      gradients[id] = plan.add(shape(id))
    }
    return (gradients[id], false)
  }

  private mutating func emitBackward(_ id: Int, _ operation: Operation) {
    let gradient = gradients[id]
    let node = graph.nodes[id]
    let own = Instruction.Extent(node.shape)
    let inputs = operands[id]

    /// Emits one element-wise gradient for an operand, if it wants one.
    func contribute(
      _ builder: inout ProgramBuilder, _ operand: Int, a: Int32 = -1, b: Int32 = -1, y: Int32 = -1,
      extent: Instruction.Extent, _ make: (Instruction.Elementwise) -> Instruction
    ) {
      guard builder.needsGradient[operand] else { return }
      let (buffer, accumulate) = builder.target(operand)
      builder.emit(
        Instruction.Elementwise(
          out: buffer, a: a, b: b, y: y, gradient: gradient, extent: extent, accumulate: accumulate)
      ) { make($0) }
    }
    let firstValue = inputs.first.map { values[$0] } ?? -1
    let secondValue = inputs.count > 1 ? values[inputs[1]] : -1

    switch operation {
    case .input, .constant, .parameter, .stopGradient, .rowArgmax: break
    case .linear(let activation): emitLinearBackward(id, activation)
    case .unary(let function):
      contribute(&self, inputs[0], a: firstValue, y: values[id], extent: own) {
        .unaryGradient($0, function)
      }
    case .binary(let function, let broadcast):
      contribute(&self, inputs[0], a: firstValue, b: secondValue, y: values[id], extent: own) {
        .binaryFirstGradient($0, function, broadcast)
      }
      contribute(&self, inputs[1], a: firstValue, b: secondValue, y: values[id], extent: own) {
        .binarySecondGradient($0, function, broadcast)
      }
    case .sum:
      contribute(&self, inputs[0], extent: .init(shape(inputs[0]))) { .spreadScalar($0) }
    case .rowSums:
      contribute(&self, inputs[0], extent: .init(shape(inputs[0]))) { .spreadRows($0) }
    case .columnSums:
      contribute(&self, inputs[0], extent: .init(shape(inputs[0]))) { .spreadColumns($0) }
    case .rowMaxima:
      contribute(&self, inputs[0], a: firstValue, y: values[id], extent: .init(shape(inputs[0]))) {
        .rowMaximaGradient($0)
      }
    case .logSumExp:
      contribute(&self, inputs[0], a: firstValue, y: values[id], extent: .init(shape(inputs[0]))) {
        .logSumExpGradient($0)
      }
    case .logSoftmax:
      contribute(&self, inputs[0], y: values[id], extent: own) { .logSoftmaxGradient($0) }
    case .gather:
      zeroIfFresh(inputs[0])
      let (count, outStride) = Self.gatheredLayout(node.shape)
      contribute(&self, inputs[0], b: secondValue, extent: .init(shape(inputs[0]))) {
        .gatherGradient($0, count: count, outStride: outStride)
      }
    case .quantileHuber:
      contribute(&self, inputs[0], y: statistics[id], extent: .init(shape(inputs[0]))) {
        .quantileHuberGradient($0)
      }
    case .concatenate:
      var column = 0
      for input in inputs {
        let part = shape(input)
        if needsGradient[input] {
          zeroIfFresh(input)
          move(
            to: gradients[input], part, column: 0, from: gradient, node.shape, column: column,
            columns: part.columns, accumulate: true)
        }
        column += part.columns
      }
    case .columns(let range):
      guard needsGradient[inputs[0]] else { return }
      zeroIfFresh(inputs[0])
      move(
        to: gradients[inputs[0]], shape(inputs[0]), column: range.lowerBound, from: gradient,
        node.shape, column: 0, columns: range.count, accumulate: true)
    case .asColumn:
      guard needsGradient[inputs[0]] else { return }
      zeroIfFresh(inputs[0])
      moveReshaped(
        to: gradients[inputs[0]], stride: 1, from: gradient, stride: 16, count: node.shape.rows,
        true)
    case .asVector:
      guard needsGradient[inputs[0]] else { return }
      zeroIfFresh(inputs[0])
      moveReshaped(
        to: gradients[inputs[0]], stride: 16, from: gradient, stride: 1,
        count: node.shape.columns, true)
    case .layerNorm:
      contribute(&self, inputs[0], a: firstValue, b: secondValue, y: statistics[id], extent: own) {
        .layerNormGradient($0)
      }
      contribute(&self, inputs[1], a: firstValue, y: statistics[id], extent: own) {
        .layerNormGainGradient($0)
      }
      contribute(&self, inputs[2], a: gradient, extent: own) { .columnSums($0) }
    }
  }

  /// Makes sure that a gradient can be added to.
  private mutating func zeroIfFresh(_ id: Int) {
    guard needsGradient[id] else { return }
    let (buffer, hasContribution) = target(id)
    if !hasContribution {
      emit(Instruction.Elementwise(out: buffer, a: -1, extent: .init(shape(id)))) { .fill($0, 0) }
    }
  }

  private mutating func emitLinearBackward(_ id: Int, _ activation: Activation) {
    let gradient = gradients[id]
    let node = graph.nodes[id]
    let (x, w) = (operands[id][0], operands[id][1])
    let (xShape, wShape) = (shape(x), shape(w))
    if activation != .none && !isGated[id] {
      emit(
        Instruction.Elementwise(
          out: gradient, a: values[id], gradient: gradient, extent: .init(node.shape))
      ) { .gate($0, activation) }
    }
    if operands[id].count > 2, needsGradient[operands[id][2]] {
      let (buffer, accumulate) = target(operands[id][2])
      emit(
        Instruction.Elementwise(
          out: buffer, a: gradient, extent: .init(node.shape), accumulate: accumulate)
      ) { .columnSums($0) }
    }
    if needsGradient[w] {
      let (buffer, accumulate) = target(w)
      let matmul = Instruction.Matmul(
        out: buffer, outStride: Int32(wShape.stride), x: values[x], xStride: Int32(xShape.stride),
        w: gradient, wStride: Int32(node.shape.stride), m: Int32(xShape.rows),
        k: Int32(xShape.columns), n: Int32(wShape.columns), accumulate: accumulate)
      emit(.matmulTransposedLeft(matmul), [buffer, values[x], gradient])
    }
    guard needsGradient[x] else { return }
    let transposed: Int32
    if let known = transposes[w] {
      transposed = known
    } else {
      transposed = plan.add(.matrix(wShape.columns, wShape.rows))
      transposes[w] = transposed
      emit(
        .transpose(
          out: transposed, outStride: Int32(xShape.stride), x: values[w], extent: .init(wShape)),
        [transposed, values[w]])
    }
    let (buffer, accumulate) = target(x)
    var matmul = Instruction.Matmul(
      out: buffer, outStride: Int32(xShape.stride), x: gradient,
      xStride: Int32(node.shape.stride), w: transposed, wStride: Int32(xShape.stride),
      m: Int32(xShape.rows), k: Int32(wShape.columns), n: Int32(wShape.rows),
      accumulate: accumulate)
    // The layer before has no other use of its result: its activation's derivative is applied here.
    if case .linear(let before) = operations[x], before != .none, consumers[x] == 1 {
      matmul.gate = values[x]
      matmul.activation = before
      isGated[x] = true
    }
    emit(.matmul(matmul), [buffer, gradient, transposed, matmul.gate])
  }
}
