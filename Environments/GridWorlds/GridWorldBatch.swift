public import RLCore

/// Many walkers in grid worlds of one kind, driven by its table of transitions.
public struct GridWorldBatch: VectorEnvironment {
  /// What the sub-environments are.
  public let spec: EnvironmentSpec
  private let table: TransitionTable
  private var cells: [Int32]
  private var elapsed: [Int32]
  private var generators: [SeededGenerator]

  /// `count` walkers.
  public init(_ world: GridWorld, _ spec: EnvironmentSpec, count: Int) {
    precondition(count > 0, "\(spec.id): a vector needs at least one environment, not \(count)")
    self.spec = spec
    table = world.table
    cells = Array(repeating: Int32(world.cell), count: count)
    elapsed = Array(repeating: 0, count: count)
    generators = (0..<count).map { SeededGenerator(seed: UInt64($0)) }
  }

  /// The number of sub-environments.
  public var count: Int { cells.count }

  /// Starts new episodes everywhere, environment i with a new random stream of seed `seed + i`.
  public mutating func reset(seed: UInt64, into batch: StepBatch) {
    precondition(
      batch.count == count, "\(spec.id): the batch has \(batch.count) rows, not \(count)")
    for i in 0..<count {
      generators[i] = SeededGenerator(seed: seed &+ UInt64(i))
      reset(index: i, into: batch)
    }
  }

  /// Starts a new episode for one walker, whose random stream goes on.
  public mutating func reset(index: Int, into batch: StepBatch) {
    let cell = table.start(generators[index].uniform())
    elapsed[index] = 0
    cells[index] = Int32(cell)
    batch.observations[index] = Float(cell)
  }

  /// Advances every walker by one action.
  public mutating func step(_ actions: UnsafeBufferPointer<Float>, into batch: StepBatch) {
    precondition(
      batch.count == count && actions.count == count,
      "\(spec.id): \(actions.count) action numbers and \(batch.count) rows for \(count) environments"
    )
    let (count, limit) = (count, Int32(clamping: spec.maxEpisodeSteps ?? -1))
    let (actionCount, outcomes) = (table.actions, table.outcomes)
    let (observations, finals) = (batch.observations, batch.finalObservations)
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
                    "GridWorld: action \(actions[i]) is not one of \(actionCount)")
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
  }

  /// Parts of consecutive walkers with their present state.
  public func split(into parts: Int) -> [any VectorEnvironment] {
    equalParts(count, parts).map { range in
      var part = self
      part.cells = Array(cells[range])
      part.elapsed = Array(elapsed[range])
      part.generators = Array(generators[range])
      return part
    }
  }

  /// Appends cells, counters and random streams.
  public func save(to archive: inout StateArchive, prefix: String) {
    archive.append(prefix + "cells", .int(cells.map(Int64.init)))
    archive.append(prefix + "elapsed", .int(elapsed.map(Int64.init)))
    archive.append(prefix + "generators", .uint(generators.flatMap(\.words)))
  }

  /// Takes over what `save` wrote.
  public mutating func restore(from archive: StateArchive, prefix: String, offset: Int)
    throws(StateError)
  {
    let loaded = try archive.ints(prefix + "cells", offset: offset, count: count)
    guard loaded.allSatisfy({ $0 >= 0 && $0 < table.next.count / table.actions / table.outcomes })
    else { throw .invalid(prefix + "cells", "a cell is not on the map") }
    let steps = try archive.ints(prefix + "elapsed", offset: offset, count: count)
    generators = try archive.generators(prefix + "generators", offset: offset, count: count)
    cells = loaded.map { Int32(truncatingIfNeeded: $0) }
    elapsed = steps.map { Int32(clamping: $0) }
  }
}
