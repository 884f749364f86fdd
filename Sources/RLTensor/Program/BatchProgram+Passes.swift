internal import RLSupport

/// The passes through the rows of a batch.
struct BatchPasses: OptionSet {
  let rawValue: Int
  /// From the inputs to the outputs.
  static let forward = BatchPasses(rawValue: 1)
  /// From the loss to the gradients, of rows whose forward pass was the last one.
  static let backward = BatchPasses(rawValue: 2)
}

extension BatchProgram {
  /// Makes ready for a batch.
  func prepare(_ count: Int) -> BatchPlan {
    precondition(
      count > 0 && count <= rows, "BatchProgram: a batch of \(count) rows; at most \(rows) fit")
    precondition(
      count % graph.sequenceLength == 0,
      "BatchProgram: \(count) rows are no whole sequences of \(graph.sequenceLength) steps")
    self.count = count
    let plan = plan(count, team.active)
    plan.whole[0].setSeed(1 / Float(count))
    return plan
  }

  /// Goes through the rows of a batch. One pass alone needs a batch in one slice if another follows.
  func execute(_ plan: BatchPlan, _ passes: BatchPasses, _ fill: (BatchSlice) -> Void) {
    if passes.contains(.backward), let weights {
      for part in unreached {
        (weights.gradients + part.lowerBound).update(repeating: 0, count: part.count)
      }
    }
    if plan.isByBranch {
      executeBranches(plan, passes, fill)
    } else {
      executeSlices(plan, passes, fill)
    }
    guard passes.contains(.backward) else { return }
    hasNorms = !plan.isByBranch && hasPlainGradients
    // What gradients are beside sums over rows.
    first.code.backward(plan.whole[0])
  }

  /// Each thread takes slices of all rows and a share of the gradients.
  private func executeSlices(
    _ plan: BatchPlan, _ passes: BatchPasses, _ fill: (BatchSlice) -> Void
  ) {
    let (threads, code) = (plan.threads, first.code)
    if passes.contains(.forward) && code.hasShared {
      team.run { code.forward(first, $0, on: team) }
    }
    // As many slices as there are threads at a time.
    for round in stride(from: 0, to: plan.slices, by: threads) {
      team.run { member in
        guard round + member < plan.slices else { return }
        let slice = plan.rows(round + member, of: member, in: graph)
        fill(slice)
        run(slice, passes)
      }
      guard passes.contains(.backward) else { continue }
      team.run { member in
        for slice in round..<min(round + threads, plan.slices) {
          let memory = plan.memory(slice, of: slice - round)
          for branch in memory.code.branches {
            add(branch, memory, plan.shares[member].range, member, continues: slice > 0)
          }
        }
        if hasPlainGradients && round + threads >= plan.slices { addNorms(plan.shares[member]) }
      }
    }
  }

  /// Each thread takes a branch, with all rows and its gradients.
  private func executeBranches(
    _ plan: BatchPlan, _ passes: BatchPasses, _ fill: (BatchSlice) -> Void
  ) {
    if passes.contains(.forward) { first.executor(0).execute(first.code.shared) }
    team.run { member in
      if passes.contains(.forward) {
        first.executor(member).execute(first.code.branches[member].before)
      }
      for i in 0..<plan.slices {
        let slice = plan.rows(i, of: member, in: graph)
        let branch = slice.memory.code.branches[member]
        fill(slice)
        run(branch, slice, passes)
        if passes.contains(.backward), let weights {
          add(
            branch, slice.memory, 0..<weights.size, member, isAlone: true, continues: i > 0)
        }
      }
    }
  }

  /// Runs all branches for the rows of a slice, and keeps what is kept.
  private func run(_ slice: BatchSlice, _ passes: BatchPasses) {
    let code = slice.memory.code
    if passes == [.forward, .backward] {
      for branch in code.branches { run(branch, slice, passes) }
      return
    }
    // Between the passes all branches are alive, so that they keep to the order that memory was planned for.
    let executor = slice.executor
    if passes == .backward {
      return executor.execute(code.rows, code.rowsForward..<code.rows.count)
    }
    executor.execute(code.rows, 0..<code.rowsForward)
    for branch in code.branches { keep(branch, slice) }
  }

  /// Runs a branch for the rows of a slice, and keeps what is kept.
  private func run(_ branch: SliceBranch, _ slice: BatchSlice, _ passes: BatchPasses) {
    let start = passes.contains(.forward) ? 0 : branch.forwardCount
    let end = passes.contains(.backward) ? branch.rows.count : branch.forwardCount
    slice.executor.execute(branch.rows, start..<end)
    if passes.contains(.forward) { keep(branch, slice) }
  }

  private func keep(_ branch: SliceBranch, _ slice: BatchSlice) {
    for i in branch.kept {
      let (variable, numbers) = outputs[i]
      let distance = variable.shape.rank == 1 ? 1 : variable.shape.stride
      (numbers + slice.rows.lowerBound * distance).update(
        from: slice.memory.pointer(variable), count: slice.rows.count * distance)
    }
  }

  /// Adds a slice's rows to a member's part of the gradients.
  ///
  /// - Parameter isAlone: Whether the other members add nothing of the branch.
  private func add(
    _ branch: SliceBranch, _ memory: SliceMemory, _ part: Range<Int>, _ member: Int,
    isAlone: Bool = false, continues: Bool
  ) {
    guard let weights else { return }
    let executor = memory.executor(member)
    for sum in branch.sums {
      sum.add(
        executor, part, of: weights.gradients, size: weights.size,
        isFirstMember: isAlone || member == 0, continues: continues)
    }
  }

  /// Whether each gradient is a sum over rows and nothing more.
  private var hasPlainGradients: Bool { first.code.backward.isEmpty }

  /// Adds up the squares of a member's share of the gradients. The pieces are the same for any number of threads.
  func addNorms(_ share: WeightShare) {
    guard let weights else { return }
    for tile in share.tiles {
      let range = weights.tiles[tile].range
      tileNorms[tile] = Kernels.sumOfSquares(
        weights.gradients + range.lowerBound, count: range.count)
    }
  }
}
