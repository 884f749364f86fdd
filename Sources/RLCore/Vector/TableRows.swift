internal import RLSupport

/// The states of a vector of table environments: free of their type, so that the loops need no
/// specialization.
struct TableRows: Sendable {
  let spec: EnvironmentSpec
  private let table: TransitionTable
  private let check: ActionCheck
  /// The present states.
  private(set) var cells: [Int32]
  private var elapsed: [Int32]
  var generators: [SeededGenerator]

  init(spec: EnvironmentSpec, table: TransitionTable, count: Int) {
    self.spec = spec
    self.table = table
    check = ActionCheck(spec)
    cells = Array(repeating: table.starts[0], count: count)
    elapsed = Array(repeating: 0, count: count)
    generators = (0..<count).map { SeededGenerator(seed: UInt64($0)) }
  }

  mutating func reset(seed: UInt64, into batch: StepBatch) {
    for i in cells.indices {
      generators[i] = SeededGenerator(seed: seed &+ UInt64(i))
      reset(index: i, into: batch)
    }
  }

  mutating func reset(index: Int, into batch: StepBatch) {
    let cell = table.start(draw: generators[index].uniform())
    elapsed[index] = 0
    cells[index] = Int32(cell)
    batch.observations[index] = Float(cell)
    writeMasks(index..<index + 1, batch)
  }

  mutating func step(_ actions: UnsafeBufferPointer<Float>, into batch: StepBatch) {
    precondition(
      batch.count == cells.count && actions.count == cells.count,
      "\(spec.id): \(actions.count) action numbers and \(batch.count) rows for \(cells.count) environments"
    )
    if check.refuses(actions.span, batch) { return }
    let (count, limit) = (cells.count, Int32(clamping: spec.maxEpisodeSteps ?? -1))
    let (actionCount, outcomes) = (table.actions, table.outcomes)
    let (observations, finals) = (batch.observations, batch.finalObservations)
    let finalMasks = spec.masksActions ? batch.finalActionMasks.baseAddress : nil
    let (rewards, terminated, truncated) = (batch.rewards, batch.terminated, batch.truncated)
    let (first, second) = (
      table.cumulative[0], outcomes == 3 ? table.cumulative[1] : Double.infinity
    )
    let table = table
    table.next.withUnsafeBufferPointer { next in
      table.rewards.withUnsafeBufferPointer { tableRewards in
        table.ends.withUnsafeBufferPointer { ends in
          cells.withUnsafeMutableBufferPointer { cells in
            elapsed.withUnsafeMutableBufferPointer { elapsed in
              generators.withUnsafeMutableBufferPointer { generators in
                for i in 0..<count {
                  let action = Int(actions[i])
                  let draw = generators[i].uniform()
                  var outcome = (Int(cells[i]) * actionCount + action) * outcomes
                  if outcomes > 3 {
                    outcome += table.cumulative.dropLast().count { $0 <= draw }
                  } else if outcomes > 1 {
                    outcome += (first <= draw ? 1 : 0) + (second <= draw ? 1 : 0)
                  }
                  let cell = next[outcome]
                  let age = elapsed[i] + 1
                  let isOver = ends[outcome]
                  let isCut = age == limit
                  rewards[i] = tableRewards[outcome]
                  terminated[i] = isOver
                  truncated[i] = isCut
                  if isOver || isCut {
                    finals[i] = Float(cell)
                    if let finalMasks {
                      table.writeMask(of: cell, into: finalMasks + i * actionCount)
                    }
                    let draw = generators[i].uniform()
                    let start = Int32(truncatingIfNeeded: table.start(draw: draw))
                    cells[i] = start
                    elapsed[i] = 0
                    observations[i] = Float(start)
                  } else {
                    cells[i] = cell
                    elapsed[i] = age
                    observations[i] = Float(cell)
                  }
                }
              }
            }
          }
        }
      }
    }
    writeMasks(0..<count, batch)
  }

  /// Writes which actions can change the present states, if the environment has masks.
  private func writeMasks(_ range: Range<Int>, _ batch: StepBatch) {
    guard spec.masksActions else { return }
    let rows = batch.actionMasks.baseAddress.unsafelyUnwrapped
    let table = table
    cells.withUnsafeBufferPointer { cells in
      for i in range { table.writeMask(of: cells[i], into: rows + i * table.actions) }
    }
  }

  /// Some consecutive environments.
  func part(_ range: Range<Int>) -> Self {
    var part = self
    part.cells = Array(cells[range])
    part.elapsed = Array(elapsed[range])
    part.generators = Array(generators[range])
    return part
  }

  mutating func visit(_ state: inout StateVisitor) throws(StateError) {
    try state.rows("cells", &cells, within: .within(0...Int32(table.states - 1)))
    try state.rows(
      "elapsed", &elapsed, within: .counts(below: spec.maxEpisodeSteps ?? Int(Int32.max)))
    try state.rows("generators", &generators)
  }
}

extension TransitionTable {
  /// Writes which actions can change a state; the flags of four to eight actions in two words, which
  /// overlap.
  @inline(__always)
  fileprivate func writeMask(of state: Int32, into row: UnsafeMutablePointer<Bool>) {
    masks.withUnsafeBytes { masks in
      let from = masks.baseAddress.unsafelyUnwrapped + Int(state) * actions
      let to = UnsafeMutableRawPointer(row)
      guard (4...8).contains(actions) else {
        return to.copyMemory(from: from, byteCount: actions)
      }
      to.storeBytes(of: from.loadUnaligned(as: UInt32.self), as: UInt32.self)
      (to + (actions - 4)).storeBytes(
        of: (from + (actions - 4)).loadUnaligned(as: UInt32.self), as: UInt32.self)
    }
  }
}
