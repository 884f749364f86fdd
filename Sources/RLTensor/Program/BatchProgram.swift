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
  public internal(set) var count = 0
  let graph: Graph
  let team: ThreadTeam
  /// What is added up for the loss of a row.
  let losses: [Variable]
  /// The weights whose gradients are wanted.
  let weights: Parameters?
  private let retained: [Parameters]
  /// The loss and the outputs.
  let kept: [Variable]
  /// Those of them that are of the rows, and their numbers for the whole batch.
  let outputs: [(variable: Variable, numbers: UnsafeMutablePointer<Float>)]
  /// What the slices share.
  let shared: UnsafeMutablePointer<Float>
  /// What each member needs for instructions.
  let scratch: UnsafeMutablePointer<Float>
  let first: SliceMemory
  /// For each size of a slice that was needed so far, what the members work on.
  var sizes: [Int: [SliceMemory]] = [:]
  /// How the last batch was cut.
  var last: BatchPlan?
  /// The most rows of a slice, for the second-level cache.
  let sliceLimit: Int
  /// Gradients that are zero, since their weights do not reach the loss.
  let unreached: [Range<Int>]
  /// The sums of squares of the gradients of each tile of the weights, once they are added up.
  var hasNorms = false
  let tileNorms: UnsafeMutablePointer<Float>

  /// The bytes of a second-level cache, and those of it that the rows of a slice may take.
  private static let (cacheSize, cacheShare) = (1 << 20, 384 << 10)
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
    scratch = zeros(team.size * code.plan.scratch)
    let rowBytes = code.plan.rowTotal * MemoryLayout<Float>.stride / size
    let fitting = Self.cacheShare / max(1, rowBytes) & ~15
    // Where hardly a row fits, weights that do not fit either had better be read for many rows at a time.
    let weightNumbers = graph.nodes.filter { $0.operation is Operations.Weight }
      .reduce(0) { $0 + $1.shape.storage }
    let areWeightsLarge = weightNumbers * MemoryLayout<Float>.stride > Self.cacheSize
    let limit = fitting > 0 ? fitting : areWeightsLarge ? 64 : 16
    // Recurrent weights are read anew at each step, and are worth it for eight rows or more.
    sliceLimit = steps > 1 ? max(limit, Self.sequences * steps) : limit
    first = SliceMemory(code, shared: shared, scratch: scratch)
    sizes[size] = [first]
    let memory = first
    unreached = weights.map { code.unreached(memory, of: $0) } ?? []
    tileNorms = zeros(weights?.tiles.count ?? 0)
    first.fillConstants(graph)
  }

  deinit {
    for output in outputs { output.numbers.deallocate() }
    shared.deallocate()
    scratch.deallocate()
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
    execute(prepare(count), .forward, fill)
  }

  /// Computes the outputs and the loss of a batch, and the gradients of the weights.
  ///
  /// - Parameters:
  ///   - count: The rows of the batch, at most `rows`.
  ///   - fill: Fills in the inputs of some rows; called by several threads at once, and for the same rows by each thread
  ///     that has a term of the loss to itself.
  public func run(_ count: Int, _ fill: (BatchSlice) -> Void) {
    execute(prepare(count), losses.isEmpty ? .forward : [.forward, .backward], fill)
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
    precondition(takesWholeBatches, "BatchProgram: a batch in slices has no moment in between")
    let plan = prepare(count)
    execute(plan, .forward, fill)
    between()
    if !losses.isEmpty { execute(plan, .backward, complete) }
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
