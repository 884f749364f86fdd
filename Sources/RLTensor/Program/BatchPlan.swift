/// How a batch is cut into slices.
struct BatchPlan {
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

  /// What a member works on for a slice.
  func memory(_ slice: Int, of member: Int) -> SliceMemory {
    slice < wholeSlices ? whole[member] : rest[isByBranch ? member : 0]
  }

  func rows(_ slice: Int, of member: Int, in graph: Graph) -> BatchSlice {
    let start = slice * size
    return BatchSlice(
      rows: start..<min(start + size, count), graph: graph, memory: memory(slice, of: member),
      member: member)
  }
}

extension BatchProgram {
  /// Cuts a batch so that slices fit the cache and each thread has as many of them.
  func plan(_ count: Int, _ threads: Int) -> BatchPlan {
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
    let plan = BatchPlan(
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
    while made.count < count { made.append(SliceMemory(code, shared: shared, scratch: scratch)) }
    sizes[size] = made
    return made
  }
}
