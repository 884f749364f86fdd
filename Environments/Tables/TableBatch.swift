internal import RLCore
internal import RLSupport

/// A vector of one kind of environment that is a table of transitions.
struct TableBatch: EnvironmentRows {
  let spec: EnvironmentSpec
  private let table: TransitionTable
  private var cells: [Int32]
  private var elapsed: [Int32]
  private var generators: [SeededGenerator]

  init(_ table: TransitionTable, _ spec: EnvironmentSpec, count: Int) {
    precondition(count > 0, "\(spec.id): a vector needs at least one environment, not \(count)")
    precondition(
      !spec.masksActions || (4...8).contains(table.actions),
      "\(spec.id): a table masks four to eight actions, not \(table.actions)")
    self.spec = spec
    self.table = table
    cells = Array(repeating: table.starts[0], count: count)
    elapsed = Array(repeating: 0, count: count)
    generators = (0..<count).map { SeededGenerator(seed: UInt64($0)) }
  }

  var count: Int { cells.count }

  /// The present state of a sub-environment.
  func state(of index: Int) -> Int { Int(cells[index]) }

  mutating func reset(seed: UInt64, into batch: StepBatch) {
    precondition(
      batch.count == count, "\(spec.id): the batch has \(batch.count) rows, not \(count)")
    for i in 0..<count {
      generators[i] = SeededGenerator(seed: seed &+ UInt64(i))
      reset(index: i, into: batch)
    }
  }

  mutating func reset(index: Int, into batch: StepBatch) {
    let cell = table.start(generators[index].uniform())
    elapsed[index] = 0
    cells[index] = Int32(cell)
    batch.observations[index] = Float(cell)
    writeMasks(index..<index + 1, batch)
  }

  mutating func step(_ actions: UnsafeBufferPointer<Float>, into batch: StepBatch) {
    precondition(
      batch.count == count && actions.count == count,
      "\(spec.id): \(actions.count) action numbers and \(batch.count) rows for \(count) environments"
    )
    let (count, limit) = (count, Int32(clamping: spec.maxEpisodeSteps ?? -1))
    let (actionCount, outcomes) = (table.actions, table.outcomes)
    let (observations, finals) = (batch.observations, batch.finalObservations)
    let finalMasks = spec.masksActions ? batch.finalActionMasks.baseAddress : nil
    let (rewards, terminated, truncated) = (batch.rewards, batch.terminated, batch.truncated)
    let (first, second) = (
      table.cumulative[0], outcomes > 1 ? table.cumulative[1] : Double.infinity
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
                  precondition(
                    action >= 0 && action < actionCount,
                    "TableBatch: action \(actions[i]) is not one of \(actionCount)")
                  let draw = generators[i].uniform()
                  var outcome = (Int(cells[i]) * actionCount + action) * outcomes
                  if outcomes == 3 { outcome += (first <= draw ? 1 : 0) + (second <= draw ? 1 : 0) }
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
                      writeMask(table.masks[Int(cell)], finalMasks + i * actionCount, actionCount)
                    }
                    let start = Int32(truncatingIfNeeded: table.start(generators[i].uniform()))
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
    let actions = table.actions
    let rows = batch.actionMasks.baseAddress.unsafelyUnwrapped
    table.masks.withUnsafeBufferPointer { masks in
      cells.withUnsafeBufferPointer { cells in
        for i in range { writeMask(masks[Int(cells[i])], rows + i * actions, actions) }
      }
    }
  }

  func split(into parts: Int) -> [Self] {
    equalParts(count, parts).map { range in
      var part = self
      part.cells = Array(cells[range])
      part.elapsed = Array(elapsed[range])
      part.generators = Array(generators[range])
      return part
    }
  }

  mutating func visit(_ state: inout StateVisitor) throws(StateError) {
    try state.rows("cells", &cells)
    try state.require(
      cells.allSatisfy { $0 >= 0 && $0 < table.states }, "cells", "there is no such state")
    try state.rows("elapsed", &elapsed)
    try state.rows("generators", &generators)
  }
}

/// Writes the flags of four to eight actions in two words, which overlap.
@inline(__always)
private func writeMask(_ mask: UInt64, _ row: UnsafeMutablePointer<Bool>, _ actions: Int) {
  let bytes = UnsafeMutableRawPointer(row)
  let rest = UInt32(truncatingIfNeeded: mask >> (8 * UInt64(actions - 4)))
  bytes.storeBytes(of: UInt32(truncatingIfNeeded: mask).littleEndian, as: UInt32.self)
  (bytes + (actions - 4)).storeBytes(of: rest.littleEndian, as: UInt32.self)
}
