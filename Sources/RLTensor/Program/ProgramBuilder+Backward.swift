extension ProgramBuilder {
  /// Emits the backward pass from the loss; to be called after `emitForward`.
  mutating func emitBackward() {
    guard let loss, needsGradient[loss] else { return }
    let start = target(loss).buffer
    if hasRows {
      seed = plan.add(.scalar, pinned: true)
      emit(
        Instruction.Elementwise(out: start, a: -1, gradient: seed, extent: .init(shape(loss)))
      ) { .spreadScalar($0) }
    } else {
      emit(Instruction.Elementwise(out: start, a: -1, extent: .init(.scalar))) { .fill($0, 1) }
    }
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
      gradients[id] = buffer(like: id)
    }
    return (gradients[id], false)
  }

  /// Where the contribution of one of a node's users to its gradient goes.
  private mutating func target(_ id: Int, from user: Int) -> (buffer: Int32, accumulate: Bool) {
    if !isRow(user) || isRow(id) { return target(id) }
    // A sum over rows begins anew in each batch, so that it needs a place of its own unless it is all that there is.
    // That of a number has sixteen lanes, which are added up in the end.
    let isNumber = shape(id).rank == 0
    if contributors[id] == 1 && !isNumber { return target(id) }
    let sum = plan.add(isNumber ? .vector(16) : shape(id), pinned: true)
    var whole = sum
    if isNumber {
      whole = plan.add(.scalar, pinned: true)
      emit(Instruction.Elementwise(out: whole, a: sum, extent: .init(.vector(16)))) { .sum($0) }
    }
    let (buffer, accumulate) = target(id)
    move(
      to: buffer, shape(id), column: 0, from: whole, shape(id), column: 0,
      columns: shape(id).columns, accumulate: accumulate)
    return (sum, false)
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
      let (buffer, accumulate) = builder.target(operand, from: id)
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
      let (buffer, accumulate) = target(operands[id][2], from: id)
      emit(
        Instruction.Elementwise(
          out: buffer, a: gradient, extent: .init(node.shape), accumulate: accumulate)
      ) { .columnSums($0) }
    }
    if needsGradient[w] {
      let (buffer, accumulate) = target(w, from: id)
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
      transposed = buffer(like: w, .matrix(wShape.columns, wShape.rows))
      transposes[w] = transposed
      emit(
        .transpose(
          out: transposed, outStride: Int32(xShape.stride), x: values[w], extent: .init(wShape)),
        [transposed, values[w]], isBefore: true)
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
