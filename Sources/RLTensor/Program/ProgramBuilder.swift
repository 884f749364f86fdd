/// Turns a graph into instructions: forward, then backward in reverse order.
///
/// Instructions on the rows of a batch are kept apart from those on what all rows share and from the sums over rows,
/// so that the rows can be cut into slices.
struct ProgramBuilder {
  let graph: Graph
  let outputs: [Int]
  let loss: Int?
  let trainable: (Parameter, Parameters) -> Bool

  var plan = BufferPlan()
  /// On what all rows share: everything in a graph without rows.
  var forward: [Instruction] = []
  /// On the rows of a slice, forward and backward.
  var rows: [Instruction] = []
  /// How many of these are the forward pass.
  var rowsForward = 0
  var sums: [RowSum] = []
  /// The rest of the backward pass, on what all rows share.
  var backward: [Instruction] = []
  var isBackward = false
  /// The number from which a batch's gradients start.
  var seed: Int32 = -1
  var values: [Int32]
  var gradients: [Int32]
  /// The operations after fusion; `nil` for nodes that are not computed.
  var operations: [Operation?]
  var operands: [[Int]]
  var consumers: [Int]
  var needsGradient: [Bool]
  /// How many users contribute to a node's gradient.
  var contributors: [Int]
  var isGated: [Bool]
  /// What the backward pass needs beside values: row statistics of layer norms, slopes of quantiles.
  var statistics: [Int32]
  var transposes: [Int: Int32] = [:]

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
    contributors = consumers
    needsGradient = Array(repeating: false, count: count)
    isGated = needsGradient
  }

  func shape(_ node: Int) -> Shape { graph.nodes[node].shape }
  func isRow(_ node: Int) -> Bool { graph.nodes[node].isRow }
  var hasRows: Bool { graph.rows != nil }

  /// A buffer as large as a node's numbers.
  mutating func buffer(like node: Int, _ shape: Shape? = nil, pinned: Bool = false) -> Int32 {
    let isRow = isRow(node)
    // What slices share is there as long as any slice is.
    return plan.add(
      shape ?? self.shape(node), pinned: pinned || (hasRows && !isRow), isRow: isRow)
  }

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
    if let loss { countContributors(from: loss) }
  }

  private mutating func countContributors(from loss: Int) {
    contributors[loss] = 1
    for id in graph.nodes.indices.reversed() where contributors[id] > 0 && needsGradient[id] {
      let differentiated =
        switch operations[id] {
        case .gather, .quantileHuber: Array(operands[id].prefix(1))
        case .input, .constant, .parameter, .stopGradient, .rowArgmax, nil: [Int]()
        default: operands[id]
        }
      for operand in differentiated where needsGradient[operand] { contributors[operand] += 1 }
    }
  }

  // MARK: Emission

  /// - Parameters:
  ///   - buffers: What is written, then what is read.
  ///   - isBefore: Whether the rows need the result, though it is part of the backward pass.
  mutating func emit(_ instruction: Instruction, _ buffers: [Int32], isBefore: Bool = false) {
    func isRow(_ buffer: Int32) -> Bool { buffer >= 0 && plan.buffers[Int(buffer)].isRow }
    if !hasRows {
      for buffer in buffers { plan.touch(buffer, at: forward.count + backward.count) }
    } else if isRow(buffers[0]) {
      for buffer in buffers { plan.touch(buffer, at: rows.count) }
      return rows.append(instruction)
    } else if buffers.contains(where: isRow) {
      for buffer in buffers { plan.touch(buffer, at: .max) }
      return sums.append(RowSum(instruction))
    }
    if isBackward && !(isBefore && hasRows) {
      backward.append(instruction)
    } else {
      forward.append(instruction)
    }
  }

  mutating func emit(
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
    rowsForward = rows.count
    isBackward = true
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
      values[id] = buffer(like: id, pinned: true)
      return
    default: values[id] = buffer(like: id, pinned: isPinned)
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
      statistics[id] = buffer(like: operands[id][0])
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
      statistics[id] = buffer(like: id, .matrix(2, node.shape.rows))
      emit(
        Instruction.Elementwise(
          out: out, a: inputs[0], b: inputs[1], y: inputs[2], gradient: statistics[id], extent: own)
      ) { .layerNorm($0, epsilon: epsilon) }
    case .input, .constant, .parameter, .stopGradient: break
    }
  }

  /// How many numbers of each row a gathering takes, and how far apart its rows are: 1 in a vector.
  static func gatheredLayout(_ out: Shape) -> (count: Int32, outStride: Int32) {
    out.rank == 2 ? (Int32(out.columns), Int32(out.stride)) : (1, 1)
  }

  mutating func move(
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
  mutating func moveReshaped(
    to out: Int32, stride outStride: Int32, from x: Int32, stride xStride: Int32, count: Int,
    _ accumulate: Bool
  ) {
    emit(
      .moveColumns(
        out: out, outStride: outStride, outColumn: 0, x: x, xStride: xStride, xColumn: 0,
        rows: Int32(count), columns: 1, accumulate: accumulate), [out, x])
  }
}
