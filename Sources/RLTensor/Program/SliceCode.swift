/// The instructions of a batch's computation for slices of one size.
final class SliceCode {
  let sums: [RowSum]
  let backward: [Instruction]
  let plan: BufferPlan
  let seed: Int32
  /// What comes before the rows: what needs one another, and what does not, as transposes of weights.
  private let shared: [Instruction]
  private let apart: [Instruction]
  private let rows: [Instruction]
  private let rowsForward: Int
  private let values: [Int32]
  /// Whether anything comes before the rows.
  var hasShared: Bool { !shared.isEmpty || !apart.isEmpty }

  init(
    _ graph: Graph, loss: Variable?, outputs: [Variable],
    trainable: @escaping (Parameter, Parameters) -> Bool
  ) {
    var builder = ProgramBuilder(
      graph: graph, outputs: outputs.map(\.id), loss: loss?.id, trainable: trainable)
    builder.selectAndFuse()
    builder.emitForward()
    builder.emitBackward()
    builder.plan.place()
    (rows, rowsForward) = (builder.rows, builder.rowsForward)
    (sums, backward, plan) = (builder.sums, builder.backward, builder.plan)
    (values, seed) = (builder.values, builder.seed)
    let before = builder.forward
    let isApart = before.indices.map { i in
      let touched = (0..<8).map { before[i].buffers[$0] }.filter { $0 >= 0 }
      return before.indices.allSatisfy { j in
        let other = (0..<8).map { before[j].buffers[$0] }
        return i == j || !touched.contains(other[0]) && !other.contains(touched[0])
      }
    }
    shared = before.indices.filter { !isApart[$0] }.map { before[$0] }
    // Large ones first, so that members who take turns have about the same.
    apart = before.indices.filter { isApart[$0] }.map { before[$0] }.sorted {
      $0.extent.rows * $0.extent.stride > $1.extent.rows * $1.extent.stride
    }
  }

  func uses(_ variable: Variable) -> Bool { values[variable.id] >= 0 }

  /// The buffer of an input or a result.
  @inline(__always)
  func buffer(_ variable: Variable) -> Int {
    let buffer = Int(values[variable.id])
    precondition(buffer >= 0, "BatchProgram: this variable is no input or output of the program")
    return buffer
  }

  /// A member's share of what comes before the rows.
  func forward(_ memory: SliceMemory, _ member: Int, of members: Int) {
    let executor = memory.executor
    if member == 0 { executor.execute(shared) }
    apart.withUnsafeBufferPointer { apart in
      guard let first = apart.baseAddress else { return }
      for i in stride(from: member, to: apart.count, by: members) { executor.execute(first + i) }
    }
  }

  func rows(_ memory: SliceMemory, differentiates: Bool) {
    memory.executor.execute(rows, differentiates ? rows.count : rowsForward)
  }

  func backward(_ memory: SliceMemory) { memory.executor.execute(backward) }

  /// The parts of the gradients to which nothing is written, since their weights do not reach the loss.
  func unreached(_ memory: SliceMemory, of weights: Parameters) -> [Range<Int>] {
    let reached = Set(
      (sums.map(\.instruction) + backward).map {
        memory.executor.pointers[Int($0.buffers[0])] - weights.gradients
      })
    return weights.parameters.filter { !reached.contains($0.offset) }.map {
      $0.offset..<$0.offset + $0.shape.storage
    }
  }
}

/// What one thread works on: the numbers of the rows of a slice.
final class SliceMemory {
  let code: SliceCode
  private let pointers: UnsafeMutableBufferPointer<UnsafeMutablePointer<Float>>
  private let arena: UnsafeMutablePointer<Float>

  /// - Parameter shared: What all slices share.
  init(_ code: SliceCode, shared: UnsafeMutablePointer<Float>) {
    self.code = code
    let size = max(16, code.plan.rowTotal)
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: size * MemoryLayout<Float>.stride, alignment: 64)
    arena = memory.bindMemory(to: Float.self, capacity: size)
    arena.initialize(repeating: 0, count: size)
    pointers = .allocate(capacity: code.plan.buffers.count)
    for (i, buffer) in code.plan.buffers.enumerated() {
      let start = buffer.isRow ? arena : shared
      pointers.initializeElement(at: i, to: buffer.external ?? start + buffer.offset)
    }
  }

  deinit {
    arena.deallocate()
    pointers.deallocate()
  }

  var executor: Executor {
    Executor(pointers: pointers.baseAddress.unsafelyUnwrapped, allowsBLAS: false)
  }

  @inline(__always)
  func pointer(_ variable: Variable) -> UnsafeMutablePointer<Float> {
    pointers[code.buffer(variable)]
  }

  /// Sets the number from which gradients start.
  func setSeed(_ value: Float) {
    if code.seed >= 0 { pointers[Int(code.seed)][0] = value }
  }

  func fillConstants(_ graph: Graph) {
    for (id, node) in graph.nodes.enumerated() {
      let variable = Variable(graph: graph, id: id)
      guard let constant = node.operation as? Operations.Constant, code.uses(variable) else {
        continue
      }
      TensorView(pointer: pointer(variable), shape: node.shape).assign(constant.numbers)
    }
  }
}
