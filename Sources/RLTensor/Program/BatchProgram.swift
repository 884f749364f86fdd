public import RLSupport

/// A traced computation over the rows of a batch, which the threads of a team run in slices.
///
/// What belongs to a row depends on no other row, so a batch can be cut anywhere: each thread takes slices that fit its
/// cache. The loss is the mean of one number a row. The gradient of each weight is the sum over all rows in their
/// order, whoever adds them up, so no bit depends on the slices or on the number of threads. A batch with an operation that
/// needs all rows at once, such as `batchNorm`, is one slice: two threads then take a term of the loss each.
///
/// ```swift
/// let team = ThreadTeam(threads: 2)
/// let graph = Graph(parameters: parameters, rows: 64)
/// let x = graph.rowInput(3)
/// let target = graph.rowInput()
/// let errors = (layer(x).asVector() - target).squared()
/// let program = try BatchProgram(meanOf: errors, on: team)
/// team.choosing {
///   program.run(64) { slice in
///     for (i, row) in slice.rows.enumerated() {
///       slice[x][i, 0] = Float(row)
///       slice[target][i] = Float(row)
///     }
///   }
/// }
/// print(program.mean(errors))
/// ```
public final class BatchProgram {
  /// The most rows of a batch.
  public let rows: Int
  /// The rows of the batch that ran last.
  public private(set) var count = 0
  private let graph: Graph
  private let team: ThreadTeam
  /// What is added up for the loss of a row.
  private let losses: [Variable]
  /// The weights whose gradients are wanted.
  private let weights: Parameters?
  private let retained: [Parameters]
  /// The loss and the outputs.
  private let kept: [Variable]
  /// Those of them that are of the rows, and their numbers for the whole batch.
  private let outputs: [(variable: Variable, numbers: UnsafeMutablePointer<Float>)]
  /// What the slices share.
  private let shared: UnsafeMutablePointer<Float>
  private let first: SliceMemory
  /// For each size of a slice that was needed so far, what the members work on.
  private var sizes: [Int: [SliceMemory]] = [:]
  /// How the last batch was cut.
  private var last: Plan?
  /// The most rows of a slice, for the second-level cache.
  private let sliceLimit: Int
  /// Gradients that are zero, since their weights do not reach the loss.
  private let unreached: [Range<Int>]
  /// The sums of squares of the gradients of each tile of the weights, once they are added up.
  private var hasNorms = false
  private let tileNorms: UnsafeMutablePointer<Float>

  /// The bytes that the rows of a slice may take, of a second-level cache of a megabyte or more.
  private static let cacheShare = 384 << 10
  /// The sequences of a slice, at least.
  private static let sequences = 8

  /// Compiles the computation of numbers of rows, without gradients.
  ///
  /// - Parameters:
  ///   - outputs: What is kept for the whole batch: vectors `[rows]`, matrices `[rows, columns]`, or what is the same for
  ///     all rows.
  ///   - team: The threads.
  /// - Throws: The first mistake in the shapes that was made while tracing.
  public convenience init(outputs: [Variable], on team: ThreadTeam) throws(ShapeError) {
    try self.init(losses: [], outputs: outputs, on: team, nil)
  }

  /// Compiles a loss, which is the mean over the rows, and its gradients.
  ///
  /// - Parameters:
  ///   - terms: The loss of each row, `[rows]`; several are added up. Where they have no layers in common, two threads
  ///     take one each.
  ///   - outputs: What else is kept for the whole batch: vectors `[rows]`, matrices `[rows, columns]`, or what is the same
  ///     for all rows.
  ///   - team: The threads.
  ///   - parameters: The weights whose gradients are wanted; the graph's own if `nil`.
  /// - Throws: The first mistake in the shapes that was made while tracing.
  public convenience init(
    meanOf terms: Variable..., outputs: [Variable] = [], on team: ThreadTeam,
    differentiating parameters: Parameters? = nil
  ) throws(ShapeError) {
    try self.init(meanOf: terms, outputs: outputs, on: team, differentiating: parameters)
  }

  /// Compiles a loss, which is the mean over the rows, and its gradients.
  ///
  /// - Parameters:
  ///   - terms: The loss of each row, `[rows]`; several are added up. Where they have no layers in common, two threads
  ///     take one each.
  ///   - outputs: What else is kept for the whole batch: vectors `[rows]`, matrices `[rows, columns]`, or what is the same
  ///     for all rows.
  ///   - team: The threads.
  ///   - parameters: The weights whose gradients are wanted; the graph's own if `nil`.
  /// - Throws: The first mistake in the shapes that was made while tracing.
  public convenience init(
    meanOf terms: [Variable], outputs: [Variable] = [], on team: ThreadTeam,
    differentiating parameters: Parameters? = nil
  ) throws(ShapeError) {
    guard let weights = parameters ?? terms.first?.graph.current else {
      throw ShapeError(operation: "BatchProgram", problem: "the graph has no parameters")
    }
    try self.init(losses: terms, outputs: outputs, on: team, weights)
  }

  private init(
    losses: [Variable], outputs: [Variable], on team: ThreadTeam, _ weights: Parameters?
  ) throws(ShapeError) {
    let kept = losses + outputs
    guard let graph = kept.first?.graph, let rows = graph.rows else {
      throw ShapeError(
        operation: "BatchProgram", problem: "it needs the graph of a batch: Graph(rows:)")
    }
    let ids = losses.map(\.id)
    let keptRows = kept.filter { graph.nodes[$0.id].isRow || ids.contains($0.id) }
    for variable in keptRows
    where ids.contains(variable.id) && variable.shape != .vector(rows)
      || !graph.nodes[variable.id].isRow
    {
      graph.fail("BatchProgram", "\(variable.shape) is not a number for each of \(rows) rows")
    }
    if let failure = graph.failure { throw failure }
    (self.graph, self.rows, self.team, self.losses) = (graph, rows, team, losses)
    self.weights = weights
    retained = graph.nodes.compactMap(\.parameters)
    func zeros(_ count: Int) -> UnsafeMutablePointer<Float> {
      let memory = UnsafeMutableRawPointer.allocate(
        byteCount: max(16, count) * MemoryLayout<Float>.stride, alignment: 64)
      let numbers = memory.bindMemory(to: Float.self, capacity: max(16, count))
      numbers.initialize(repeating: 0, count: max(16, count))
      return numbers
    }
    self.kept = kept
    self.outputs = keptRows.map { ($0, zeros($0.shape.storage)) }
    let steps = graph.sequenceLength
    // At least a sequence, of which there may be none in a batch of another length.
    let size = max(steps, min(rows, 64) / steps * steps)
    let code = SliceCode(
      Graph(graph, rows: size), losses: losses, outputs: kept, kept: keptRows, weights: weights)
    shared = zeros(code.plan.total)
    let rowBytes = code.plan.rowTotal * MemoryLayout<Float>.stride / size
    // Weights that are read anew at each step are worth it for eight rows or more.
    sliceLimit = max(
      16, steps > 1 ? Self.sequences * steps : 0, Self.cacheShare / max(1, rowBytes) & ~15)
    first = SliceMemory(code, shared: shared)
    sizes[size] = [first]
    let memory = first
    unreached = weights.map { code.unreached(memory, of: $0) } ?? []
    tileNorms = zeros(weights?.tiles.count ?? 0)
    first.fillConstants(graph)
  }

  deinit {
    for output in outputs { output.numbers.deallocate() }
    shared.deallocate()
    tileNorms.deallocate()
  }

  /// Whether no batch is cut into slices, since an operation needs all rows.
  package var takesWholeBatches: Bool { first.code.needsWholeBatch }

  // MARK: Running

  /// Computes the outputs of a batch.
  ///
  /// - Parameters:
  ///   - count: The rows of the batch, at most `rows`.
  ///   - fill: Fills in the inputs of some rows; called by several threads at once, and for the same rows by each thread
  ///     that has a term of the loss to itself.
  public func forward(_ count: Int, _ fill: (BatchSlice) -> Void) {
    execute(count, fill, differentiates: false)
  }

  /// Computes the outputs and the loss of a batch, and the gradients of the weights.
  ///
  /// - Parameters:
  ///   - count: The rows of the batch, at most `rows`.
  ///   - fill: Fills in the inputs of some rows; called by several threads at once, and for the same rows by each thread
  ///     that has a term of the loss to itself.
  public func run(_ count: Int, _ fill: (BatchSlice) -> Void) {
    execute(count, fill, differentiates: !losses.isEmpty)
  }

  /// Computes the outputs of a batch that is one slice, and then gradients that depend on them.
  ///
  /// - Parameters:
  ///   - count: The rows of the batch, at most `rows`.
  ///   - fill: Fills in the inputs; called by several threads at once if they take a term of the loss each.
  ///   - between: Called once, when the outputs of all terms are there.
  ///   - complete: Fills in the inputs that only gradients depend on, as `fill` does the others. What the outputs say of
  ///     the terms themselves is from before.
  public func run(
    _ count: Int, _ fill: (BatchSlice) -> Void, between: () -> Void,
    _ complete: (BatchSlice) -> Void
  ) {
    precondition(
      first.code.needsWholeBatch, "BatchProgram: a batch in slices has no moment in between")
    let plan = prepare(count, differentiates: !losses.isEmpty)
    runWhole(plan, fill, between, complete)
    if !losses.isEmpty { finish(plan) }
  }

  private func execute(_ count: Int, _ fill: (BatchSlice) -> Void, differentiates: Bool) {
    let plan = prepare(count, differentiates: differentiates)
    if plan.isByBranch {
      runBranches(plan, fill, differentiates)
    } else {
      runSlices(plan, fill, differentiates)
    }
    if differentiates { finish(plan) }
  }

  private func prepare(_ count: Int, differentiates: Bool) -> Plan {
    precondition(
      count > 0 && count <= rows, "BatchProgram: a batch of \(count) rows; at most \(rows) fit")
    precondition(
      count % graph.sequenceLength == 0,
      "BatchProgram: \(count) rows are no whole sequences of \(graph.sequenceLength) steps")
    self.count = count
    let threads = team.active
    let plan = plan(count, threads)
    plan.whole[0].setSeed(1 / Float(count))
    if differentiates, let weights {
      for part in unreached {
        (weights.gradients + part.lowerBound).update(repeating: 0, count: part.count)
      }
    }
    return plan
  }

  /// Computes what gradients are beside sums over rows.
  private func finish(_ plan: Plan) {
    hasNorms = !plan.isByBranch && hasPlainGradients
    plan.whole[0].code.backward(plan.whole[0])
  }

  /// Each thread takes slices of all rows and a share of the gradients.
  private func runSlices(
    _ plan: Plan, _ fill: (BatchSlice) -> Void, _ differentiates: Bool
  ) {
    let (threads, code, whole) = (plan.threads, first.code, plan.whole)
    if code.hasShared { team.run { code.forward(first, $0, on: team) } }
    // As many slices as there are threads at a time.
    for round in stride(from: 0, to: plan.slices, by: threads) {
      team.run { member in
        let slice = round + member
        guard slice < plan.slices else { return }
        let memory = slice < plan.wholeSlices ? whole[member] : plan.rest[0]
        let rows = plan.rows(slice, of: graph, memory)
        fill(rows)
        for branch in memory.code.branches { run(branch, rows, differentiates) }
      }
      guard differentiates else { continue }
      team.run { member in
        for slice in round..<min(round + threads, plan.slices) {
          let memory = slice < plan.wholeSlices ? whole[slice - round] : plan.rest[0]
          for branch in memory.code.branches {
            add(branch, memory, plan.shares[member].range, member == 0, continues: slice > 0)
          }
        }
        if hasPlainGradients && round + threads >= plan.slices { addNorms(plan.shares[member]) }
      }
    }
  }

  /// Each thread takes a branch, with all rows and its gradients.
  private func runBranches(
    _ plan: Plan, _ fill: (BatchSlice) -> Void, _ differentiates: Bool
  ) {
    first.executor.execute(first.code.shared)
    team.run { member in
      first.executor.execute(first.code.branches[member].before)
      for slice in 0..<plan.slices {
        let memory = slice < plan.wholeSlices ? plan.whole[member] : plan.rest[member]
        let branch = memory.code.branches[member]
        let rows = plan.rows(slice, of: graph, memory)
        fill(rows)
        run(branch, rows, differentiates)
        if differentiates, let weights {
          add(branch, memory, 0..<weights.size, true, continues: slice > 0)
        }
      }
    }
  }

  /// One slice of all rows, with a meeting between the outputs and the gradients.
  private func runWhole(
    _ plan: Plan, _ fill: (BatchSlice) -> Void, _ between: () -> Void,
    _ complete: (BatchSlice) -> Void
  ) {
    let code = first.code
    if code.hasShared { team.run { code.forward(first, $0, on: team) } }
    // One thread keeps to the order that memory was planned for.
    team.run { member in
      guard plan.isByBranch || member == 0 else { return }
      let rows = plan.rows(0, of: graph, plan.whole[member])
      fill(rows)
      let (memory, code) = (rows.memory, rows.memory.code)
      if plan.isByBranch { return run(code.branches[member], rows, false) }
      memory.executor.execute(code.rows, 0..<code.rowsForward)
      for branch in code.branches { keep(branch, rows) }
    }
    between()
    guard let weights else { return }
    team.run { member in
      guard plan.isByBranch || member == 0 else { return }
      let rows = plan.rows(0, of: graph, plan.whole[member])
      complete(rows)
      let (memory, code) = (rows.memory, rows.memory.code)
      if plan.isByBranch {
        let branch = code.branches[member]
        memory.executor.execute(branch.rows, branch.forwardCount..<branch.rows.count)
        add(branch, memory, 0..<weights.size, true, continues: false)
      } else {
        memory.executor.execute(code.rows, code.rowsForward..<code.rows.count)
      }
    }
    if plan.isByBranch { return }
    team.run { member in
      for branch in plan.whole[0].code.branches {
        add(branch, plan.whole[0], plan.shares[member].range, member == 0, continues: false)
      }
      if hasPlainGradients { addNorms(plan.shares[member]) }
    }
  }

  /// Runs a branch for the rows of a slice, and keeps what is kept.
  private func run(_ branch: SliceBranch, _ slice: BatchSlice, _ differentiates: Bool) {
    let memory = slice.memory
    memory.executor.execute(
      branch.rows, 0..<(differentiates ? branch.rows.count : branch.forwardCount))
    keep(branch, slice)
  }

  private func keep(_ branch: SliceBranch, _ slice: BatchSlice) {
    let memory = slice.memory
    for i in branch.kept {
      let (variable, numbers) = outputs[i]
      let distance = variable.shape.rank == 1 ? 1 : variable.shape.stride
      (numbers + slice.rows.lowerBound * distance).update(
        from: memory.pointer(variable), count: slice.rows.count * distance)
    }
  }

  /// How a batch is cut into slices.
  private struct Plan {
    let count: Int
    let threads: Int
    /// The rows of a slice; the last one may have fewer.
    let size: Int
    let slices: Int
    let wholeSlices: Int
    /// The gradients that each member adds up.
    let shares: [WeightShare]
    /// Whether each thread takes a branch of the computation instead of slices of all.
    let isByBranch: Bool
    /// What each member works on, and what the last slice is worked on with if it is shorter.
    let whole: [SliceMemory]
    let rest: [SliceMemory]

    func rows(_ slice: Int, of graph: Graph, _ memory: SliceMemory) -> BatchSlice {
      let start = slice * size
      return BatchSlice(
        rows: start..<min(start + size, count), graph: graph, memory: memory)
    }
  }

  /// Cuts a batch so that slices fit the cache and each thread has as many of them.
  private func plan(_ count: Int, _ threads: Int) -> Plan {
    if let last, last.count == count && last.threads == threads { return last }
    let costs = first.code.branches.map(\.cost)
    let isByBranch =
      threads > 1 && threads == costs.count
      && 5 * (costs.max() ?? 0) * threads <= 6 * costs.reduce(0, +)
    let sharing = isByBranch ? 1 : threads
    var size = count
    if !takesWholeBatches && (sharing > 1 || count > sliceLimit) {
      let rounds = (count + sliceLimit * sharing - 1) / (sliceLimit * sharing)
      size = (count + rounds * sharing - 1) / (rounds * sharing)
      let grain = first.code.grain
      size = min(count, (size + grain - 1) / grain * grain)
    }
    let (slices, rest) = ((count + size - 1) / size, count % size)
    let plan = Plan(
      count: count, threads: threads, size: size, slices: slices, wholeSlices: count / size,
      shares: weights?.shares(threads) ?? [], isByBranch: isByBranch,
      whole: memories(size, isByBranch ? threads : min(threads, slices)),
      rest: rest > 0 ? memories(rest, isByBranch ? threads : 1) : [])
    last = plan
    return plan
  }

  private func memories(_ size: Int, _ count: Int) -> [SliceMemory] {
    if let known = sizes[size], known.count >= count { return known }
    // Batches of ever other sizes do not pile up.
    if sizes.count > 32 { sizes = [:] }
    var made = sizes[size] ?? []
    let code =
      made.first?.code
      ?? SliceCode(
        Graph(graph, rows: size), losses: losses, outputs: kept, kept: outputs.map(\.variable),
        weights: weights)
    precondition(
      code.plan.total == first.code.plan.total,
      "BatchProgram: what slices share must not depend on their size")
    while made.count < count { made.append(SliceMemory(code, shared: shared)) }
    sizes[size] = made
    return made
  }

  /// Adds a slice's rows to a part of the gradients.
  private func add(
    _ branch: SliceBranch, _ memory: SliceMemory, _ part: Range<Int>, _ isFirst: Bool,
    continues: Bool
  ) {
    guard let weights else { return }
    let executor = memory.executor
    for sum in branch.sums {
      sum.add(
        executor, part, of: weights.gradients, size: weights.size, isFirstMember: isFirst,
        continues: continues)
    }
  }

  /// Whether each gradient is a sum over rows and nothing more.
  private var hasPlainGradients: Bool { first.code.backward.isEmpty }

  /// Adds up the squares of a member's share of the gradients. The pieces are the same for any number of threads.
  private func addNorms(_ share: WeightShare) {
    guard let weights else { return }
    for tile in share.tiles {
      let range = weights.tiles[tile].range
      tileNorms[tile] = Kernels.sumOfSquares(
        weights.gradients + range.lowerBound, count: range.count)
    }
  }

  // MARK: Results

  /// The norm of the gradients, squared; to be read before anything else writes them. 0 without gradients.
  public var squaredGradientNorm: Float {
    guard let weights else { return 0 }
    if !hasNorms {
      let shares = weights.shares(team.active)
      team.run { addNorms(shares[$0]) }
      hasNorms = true
    }
    return weights.tiles.indices.reduce(0) { $0 + tileNorms[$1] }
  }

  /// The numbers of an input or a result that is the same for all rows, or of the batch's rows.
  public subscript(variable: Variable) -> TensorView {
    precondition(variable.graph === graph, "BatchProgram: this variable is of another graph")
    if let output = outputs.first(where: { $0.variable.id == variable.id }) {
      let shape = variable.shape
      return TensorView(
        pointer: output.numbers,
        shape: shape.rank == 1 ? .vector(count) : .matrix(count, shape.columns))
    }
    precondition(
      !graph.nodes[variable.id].isRow,
      "BatchProgram: this variable is neither an output nor shared by the rows")
    return TensorView(pointer: first.pointer(variable), shape: variable.shape)
  }

  /// Whether an input has any influence on what the program computes.
  public func uses(_ variable: Variable) -> Bool {
    variable.graph === graph && first.code.uses(variable)
  }

  /// The mean of an output over the rows of the batch.
  public func mean(_ output: Variable) -> Double {
    if output.shape.rank == 0 { return Double(self[output].value) }
    precondition(
      graph.nodes[output.id].isRow && output.shape.rank == 1,
      "BatchProgram: \(output.shape) is not a number for each row")
    let numbers = self[output].pointer
    return Kernels.preciseSum(numbers, count: count) / Double(max(1, count))
  }
}
