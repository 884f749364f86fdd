/// Turns a graph into instructions: forward, then backward in reverse order.
///
/// Instructions on the rows of a batch are kept apart from those on what all rows share and from the sums over rows,
/// so that the rows can be cut into slices.
struct ProgramBuilder {
  let graph: Graph
  let outputs: [Int]
  /// What is differentiated: a number, or numbers of the rows of a batch that are added up.
  let losses: [Int]
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
  var operations: [(any Operation)?]
  var operands: [[Int]]
  var consumers: [Int]
  var needsGradient: [Bool]
  /// How many users contribute to a node's gradient.
  var contributors: [Int]
  /// Whether a layer's gradient has its activation's derivative in it already.
  var isGated: [Bool]
  /// What the backward pass needs beside values, such as statistics of rows.
  var saved: [Int32]
  /// The transposes of weights that there are.
  var transposes: [Transpose: Int32] = [:]

  /// A weight as gradients need it.
  struct Transpose: Hashable {
    var weight: Int
    var window: ConvolutionWindow?
  }

  init(
    graph: Graph, outputs: [Int], losses: [Int],
    trainable: @escaping (Parameter, Parameters) -> Bool
  ) {
    self.graph = graph
    self.outputs = outputs
    self.losses = losses
    self.trainable = trainable
    let count = graph.nodes.count
    values = Array(repeating: -1, count: count)
    gradients = values
    saved = values
    operations = Array(repeating: nil, count: count)
    operands = graph.nodes.map(\.operands)
    consumers = Array(repeating: 0, count: count)
    contributors = consumers
    needsGradient = Array(repeating: false, count: count)
    isGated = needsGradient
  }

  func shape(_ node: Int) -> Shape { graph.nodes[node].shape }
  func isRow(_ node: Int) -> Bool { graph.nodes[node].isRow }
  func isOutput(_ node: Int) -> Bool { outputs.contains(node) || losses.contains(node) }
  var hasRows: Bool { graph.rows != nil }

  private func node(_ id: Int) -> OperationNode {
    OperationNode(
      id: id, shape: shape(id),
      operands: operands[id].map { .init(id: $0, shape: shape($0), value: values[$0]) },
      value: values[id], gradient: gradients[id], saved: saved[id])
  }

  // MARK: Which nodes

  /// Marks what the outputs need, and fuses operations with those before them.
  mutating func selectAndFuse() {
    let roots = outputs + losses
    var needed = Array(repeating: false, count: graph.nodes.count)
    for root in roots { needed[root] = true }
    for id in graph.nodes.indices.reversed() where needed[id] {
      for operand in graph.nodes[id].operands {
        needed[operand] = true
        consumers[operand] += 1
      }
    }
    for id in graph.nodes.indices where needed[id] {
      let operation = graph.nodes[id].operation
      operations[id] = operation
      guard let first = graph.nodes[id].operands.first, consumers[first] == 1,
        !roots.contains(first), let producer = operations[first],
        let fused = operation.fused(with: producer)
      else { continue }
      operations[id] = fused
      operands[id] = graph.nodes[first].operands
      operations[first] = nil
    }
    for id in graph.nodes.indices {
      if let weight = operations[id] as? Operations.Weight {
        needsGradient[id] =
          weight.parameter.isTrained
          && graph.nodes[id].parameters.map { trainable(weight.parameter, $0) } ?? false
      } else {
        needsGradient[id] = differentiated(id).contains { needsGradient[$0] }
      }
    }
    countContributors()
  }

  /// The operands to which a node's gradient flows.
  private func differentiated(_ id: Int) -> [Int] {
    guard let operation = operations[id] else { return [] }
    return operands[id].enumerated().filter { operation.isDifferentiable(by: $0.offset) }
      .map(\.element)
  }

  private mutating func countContributors() {
    for loss in losses { contributors[loss] += 1 }
    for id in graph.nodes.indices.reversed() where contributors[id] > 0 && needsGradient[id] {
      for operand in differentiated(id) where needsGradient[operand] { contributors[operand] += 1 }
    }
  }

  // MARK: Instructions

  /// Adds an instruction to the list that it belongs to.
  ///
  /// - Parameter isBefore: Whether the rows need the result, though it is part of the backward pass.
  mutating func emit(_ instruction: Instruction, isBefore: Bool = false) {
    let buffers = instruction.buffers.indices.map { instruction.buffers[$0] }
    func isRow(_ buffer: Int32) -> Bool { buffer >= 0 && plan.buffers[Int(buffer)].isRow }
    if !hasRows {
      for buffer in buffers { plan.touch(buffer, at: forward.count + backward.count) }
    } else if isRow(buffers[0]) {
      for buffer in buffers { plan.touch(buffer, at: rows.count) }
      return rows.append(instruction)
    } else if buffers.contains(where: isRow) {
      for buffer in buffers { plan.touch(buffer, at: .max) }
      return sums.append(RowSum(instruction: instruction))
    }
    if isBackward && !(isBefore && hasRows) {
      backward.append(instruction)
    } else {
      forward.append(instruction)
    }
  }

  /// Emits the forward pass.
  mutating func emitForward() {
    for id in graph.nodes.indices {
      guard let operation = operations[id] else { continue }
      values[id] = operation.place(node(id), in: &self)
      operation.emitForward(node(id), in: &self)
    }
    rowsForward = rows.count
    isBackward = true
  }

  /// Emits the backward pass from the losses; to be called after `emitForward`.
  mutating func emitBackward() {
    if hasRows { seed = plan.add(.scalar, pinned: true) }
    for loss in losses where needsGradient[loss] {
      let (start, accumulates) = target(loss)
      if hasRows {
        emit(
          Instruction(
            Kernels.spreadNumber, [start, seed], shape(loss), accumulates: accumulates))
      } else {
        fill(start, 1, .scalar)
      }
    }
    for id in graph.nodes.indices.reversed() where needsGradient[id] && gradients[id] >= 0 {
      guard let operation = operations[id] else { continue }
      operation.emitBackward(node(id), in: &self)
    }
  }

  // MARK: For operations

  /// A buffer as large as a node's numbers, or of another shape but as long-lived.
  mutating func buffer(like node: Int, _ shape: Shape? = nil, pinned: Bool = false) -> Int32 {
    let isRow = isRow(node)
    // What slices share is there as long as any slice is.
    return plan.add(
      shape ?? self.shape(node), pinned: pinned || (hasRows && !isRow), isRow: isRow)
  }

  /// A buffer for what the backward pass needs beside values; the node's `saved` from then on.
  mutating func save(_ shape: Shape, for node: OperationNode) -> Int32 {
    saved[node.id] = buffer(like: node.id, shape)
    return saved[node.id]
  }

  /// Asks for memory of the thread that runs an instruction, whose numbers are lost after it.
  mutating func needScratch(_ numbers: Int) {
    plan.scratch = max(plan.scratch, Shape.padded(numbers))
  }

  /// Emits the contribution of a node to an operand's gradient, if the operand needs one.
  ///
  /// - Parameters:
  ///   - reads: What the kernel reads; before it comes the buffer that it writes to.
  ///   - configure: Sets more of the instruction.
  mutating func contribute(
    to operand: Int, of node: OperationNode, _ kernel: @escaping Instruction.Kernel,
    _ reads: [Int32], _ shape: Shape, configure: (inout Instruction) -> Void = { _ in }
  ) {
    let operand = node[operand].id
    guard needsGradient[operand] else { return }
    let (buffer, accumulates) = target(operand, from: node.id)
    var instruction = Instruction(kernel, [buffer] + reads, shape, accumulates: accumulates)
    configure(&instruction)
    emit(instruction)
  }

  /// The gradient of an operand to add to, or `nil` if it needs none.
  mutating func gradientToAddTo(_ operand: OperationNode.Operand) -> Int32? {
    guard needsGradient[operand.id] else { return nil }
    let (buffer, hasContribution) = target(operand.id)
    if !hasContribution { fill(buffer, 0, operand.shape) }
    return buffer
  }

  /// Sets all numbers of a buffer.
  mutating func fill(_ buffer: Int32, _ value: Float, _ shape: Shape) {
    var instruction = Instruction(Kernels.fill, [buffer], shape)
    instruction.numbers[0] = value
    instruction.isMasked = value != 0
    emit(instruction)
  }

  /// Copies columns of a matrix, which may start anywhere, or adds them.
  mutating func move(
    to out: (buffer: Int32, stride: Int, column: Int),
    from x: (buffer: Int32, stride: Int, column: Int), rows: Int, columns: Int, accumulates: Bool
  ) {
    var instruction = Instruction(
      Kernels.moveColumns, [out.buffer, x.buffer],
      Instruction.Extent(rows, columns, stride: out.stride), accumulates: accumulates)
    instruction.other.stride = Int32(x.stride)
    instruction.columns = [Int32(out.column), Int32(x.column)]
    emit(instruction)
  }

  // MARK: Gradients

  /// Where a node's gradient goes, and whether something is there already.
  mutating func target(_ id: Int) -> (buffer: Int32, accumulates: Bool) {
    if gradients[id] >= 0 { return (gradients[id], true) }
    if let weight = operations[id] as? Operations.Weight,
      let parameters = graph.nodes[id].parameters
    {
      gradients[id] = plan.add(external: parameters.gradients + weight.parameter.offset)
    } else {
      gradients[id] = buffer(like: id)
    }
    return (gradients[id], false)
  }

  /// Where the contribution of one of a node's users to its gradient goes.
  private mutating func target(_ id: Int, from user: Int) -> (buffer: Int32, accumulates: Bool) {
    if !isRow(user) || isRow(id) { return target(id) }
    // A sum over rows begins anew in each batch, so that it needs a place of its own unless it is all that there is.
    // That of a number has sixteen lanes, which are added up in the end.
    let shape = shape(id)
    let isNumber = shape.rank == 0
    if contributors[id] == 1 && !isNumber { return target(id) }
    let sum = plan.add(isNumber ? .vector(16) : shape, pinned: true)
    var whole = sum
    if isNumber {
      whole = plan.add(.scalar, pinned: true)
      emit(Instruction(Kernels.sum, [whole, sum], .vector(16)))
    }
    let (buffer, accumulates) = target(id)
    move(
      to: (buffer, shape.stride, 0), from: (whole, shape.stride, 0), rows: shape.rows,
      columns: shape.columns, accumulates: accumulates)
    return (sum, false)
  }
}
