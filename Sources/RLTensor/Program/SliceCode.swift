internal import RLSupport

/// A part of a batch's computation that shares no result of a row with the others, as a policy and a value function over
/// the same observations.
struct SliceBranch {
  /// What only this branch needs before its rows, as transposes of weights.
  var before: [Instruction] = []
  var rows: [Instruction] = []
  /// How many of these are the forward pass.
  var forwardCount = 0
  var sums: [RowSum] = []
  /// Its kept variables, by their places among all.
  var kept: [Int] = []
  /// How much there is to add up for its gradients.
  var cost: Int { sums.reduce(0) { $0 + $1.cost } }
}

/// The instructions of a batch's computation for slices of one size.
final class SliceCode {
  let branches: [SliceBranch]
  /// The instructions of all branches in the order that memory was planned for, and how many are the forward pass.
  let rows: [Instruction]
  let rowsForward: Int
  /// What comes before the rows of several branches, or needs one another.
  let shared: [Instruction]
  let backward: [Instruction]
  let plan: BufferPlan
  let seed: Int32
  private let values: [Int32]
  /// What comes before the rows of one branch, for all members to share.
  private let apart: [Instruction]

  /// Whether all rows of a batch must be in one slice.
  let needsWholeBatch: Bool

  /// In what multiples of rows slices begin: whole sequences, and sixteen rows where these must stay in their lanes.
  let grain: Int

  /// Whether anything comes before the rows.
  var hasShared: Bool { !shared.isEmpty || !apart.isEmpty }

  /// - Parameters:
  ///   - kept: The loss's terms and the outputs that are of the rows.
  ///   - weights: The weights whose gradients are wanted; `nil` for none.
  init(
    _ graph: Graph, losses: [Variable], outputs: [Variable], kept: [Variable], weights: Parameters?
  ) {
    var builder = ProgramBuilder(
      graph: graph, outputs: outputs.map(\.id), losses: losses.map(\.id)
    ) { _, owner in owner === weights }
    builder.selectAndFuse()
    builder.emitForward()
    builder.emitBackward()
    var division = BranchDivision(builder)
    if division.numbers.count > 1 {
      // Branches run one after the other, so what sums read is kept from the start, not from the moment that was planned.
      for sum in builder.sums {
        for i in 0..<8 where sum.instruction.buffers[i] >= 0 {
          builder.plan.buffers[Int(sum.instruction.buffers[i])].pinned = true
        }
      }
    }
    builder.plan.place()
    needsWholeBatch = builder.operations.contains { $0?.needsWholeBatch ?? false }
    (backward, plan) = (builder.backward, builder.plan)
    (values, seed) = (builder.values, builder.seed)
    let (values, rows) = (builder.values, builder.rows)
    (self.rows, rowsForward) = (rows, builder.rowsForward)
    var branches = division.numbers.map { _ in SliceBranch() }
    for (i, instruction) in rows.enumerated() {
      let branch = division.branch(of: instruction)
      branches[branch].rows.append(instruction)
      if i < builder.rowsForward { branches[branch].forwardCount += 1 }
    }
    for sum in builder.sums { branches[division.branch(of: sum.instruction)].sums.append(sum) }
    for (i, variable) in kept.enumerated() {
      branches[division.branch(of: values[variable.id])].kept.append(i)
    }
    var shared: [Instruction] = []
    for (i, instruction) in builder.forward.enumerated() {
      let out = instruction.buffers[0]
      let isNeeded = builder.forward.indices.contains {
        $0 != i
          && (builder.forward[$0].touches(out)
            || instruction.touches(builder.forward[$0].buffers[0]))
      }
      let users = branches.indices.filter { branches[$0].rows.contains { $0.touches(out) } }
      if isNeeded || users.count != 1 {
        shared.append(instruction)
      } else {
        branches[users[0]].before.append(instruction)
      }
    }
    self.shared = shared
    self.branches = branches
    var grain = branches.contains { $0.sums.contains(where: \.keepsLanes) } ? 16 : 4
    // Rows of no sequences begin at multiples of four for the sake of products alone.
    if graph.sequenceLength > 1 {
      let lanes = grain == 16 ? 16 : 1
      grain = graph.sequenceLength
      while grain % lanes != 0 { grain += graph.sequenceLength }
    }
    self.grain = grain
    apart = branches.flatMap(\.before)
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
  func forward(_ memory: SliceMemory, _ member: Int, on team: ThreadTeam) {
    let executor = memory.executor(member)
    if member == 0 { executor.execute(shared) }
    apart.withUnsafeBufferPointer { apart in
      guard let first = apart.baseAddress else { return }
      for i in apart.indices {
        let parts = Int(apart[i].parts)
        if parts > 0 {
          let share = team.share(of: parts, grain: Int(apart[i].grain), for: member)
          if !share.isEmpty { executor.execute(first + i, part: share) }
        } else if member == 0 {
          executor.execute(first + i)
        }
      }
    }
  }

  func backward(_ memory: SliceMemory) { memory.executor(0).execute(backward) }

  /// The parts of the gradients to which nothing is written, since their weights do not reach the loss.
  func unreached(_ memory: SliceMemory, of weights: Parameters) -> [Range<Int>] {
    let reached = Set(
      (branches.flatMap(\.sums).map(\.instruction) + backward).map {
        memory.pointers[Int($0.buffers[0])] - weights.gradients
      })
    return weights.parameters.filter { !reached.contains($0.offset) }.map {
      $0.offset..<$0.offset + $0.shape.storage
    }
  }
}

/// Which instructions work on the same results of rows.
private struct BranchDivision {
  /// For each buffer another one of the same branch, or itself.
  private var parents: [Int]
  /// Whether a buffer holds results of rows: all of theirs but inputs.
  private let isResult: [Bool]
  /// The number of each branch, by a buffer of it.
  private(set) var numbers: [Int: Int] = [:]

  init(_ builder: ProgramBuilder) {
    parents = Array(builder.plan.buffers.indices)
    var isResult = builder.plan.buffers.map(\.isRow)
    for (id, operation) in builder.operations.enumerated()
    where operation is Operations.Input && builder.values[id] >= 0 {
      isResult[Int(builder.values[id])] = false
    }
    self.isResult = isResult
    for instruction in builder.rows + builder.sums.map(\.instruction) {
      let results = results(of: instruction)
      for result in results { parents[root(result)] = root(results[0]) }
    }
    for instruction in builder.rows { _ = branch(of: instruction) }
    if numbers.isEmpty { numbers[-1] = 0 }
  }

  private func results(of instruction: Instruction) -> [Int] {
    (0..<8).map { Int(instruction.buffers[$0]) }.filter { $0 >= 0 && isResult[$0] }
  }

  private func root(_ buffer: Int) -> Int {
    var buffer = buffer
    while parents[buffer] != buffer { buffer = parents[buffer] }
    return buffer
  }

  mutating func branch(of instruction: Instruction) -> Int {
    results(of: instruction).first.map { number(root($0)) } ?? 0
  }

  /// The branch of a result; the first one for what is an input.
  mutating func branch(of buffer: Int32) -> Int {
    isResult[Int(buffer)] ? number(root(Int(buffer))) : 0
  }

  private mutating func number(_ root: Int) -> Int {
    if let known = numbers[root] { return known }
    numbers[root] = numbers.count
    return numbers.count - 1
  }
}

/// What one thread works on: the numbers of the rows of a slice.
final class SliceMemory {
  let code: SliceCode
  let pointers: UnsafeMutableBufferPointer<UnsafeMutablePointer<Float>>
  private let arena: UnsafeMutablePointer<Float>
  private let scratch: UnsafeMutablePointer<Float>

  /// - Parameters:
  ///   - shared: What all slices share.
  ///   - scratch: What the members need for instructions, one after the other.
  init(
    _ code: SliceCode, shared: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) {
    (self.code, self.scratch) = (code, scratch)
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

  /// What runs instructions on these numbers for a member of the team.
  func executor(_ member: Int) -> Executor {
    Executor(
      pointers: pointers.baseAddress.unsafelyUnwrapped, allowsBLAS: false,
      scratch: scratch + member * code.plan.scratch)
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
