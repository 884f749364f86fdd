public import RLSupport

/// A vector environment whose parts are stepped by the threads of a team, as many as are worth it.
///
/// The results are the same bits for any number of threads: each sub-environment has its own random
/// stream and writes its own rows. Copies share the threads: use one of them at a time.
public struct ParallelEnvironments: VectorEnvironment {
  /// What the sub-environments are.
  public let spec: EnvironmentSpec
  /// The number of sub-environments.
  public let count: Int
  private var parts: [any VectorEnvironment]
  private let ranges: [Range<Int>]
  private let check: ActionCheck
  // One thread at a time uses the environments, and with them the team.
  nonisolated(unsafe) private let team: ThreadTeam

  /// The same environments, spread over at most `threads` threads.
  public init(_ base: any VectorEnvironment, threads: Int) {
    self.init(base.split(into: max(1, threads)), of: base) { ThreadTeam(threads: $0) }
  }

  /// The same environments, spread over the threads of a team.
  package init(_ base: any VectorEnvironment, sharing team: ThreadTeam) {
    self.init(base.split(into: team.size), of: base) { _ in ThreadTeam(sharing: team) }
  }

  private init(
    _ parts: [any VectorEnvironment], of base: any VectorEnvironment, team: (Int) -> ThreadTeam
  ) {
    (spec, count) = (base.spec, base.count)
    check = ActionCheck(spec)
    self.parts = parts
    var start = 0
    ranges = parts.map { part in
      defer { start += part.count }
      return start..<start + part.count
    }
    self.team = team(parts.count)
  }

  /// Starts new episodes everywhere, environment i with a new random stream of seed `seed + i`.
  public mutating func reset(seed: UInt64, into batch: StepBatch) {
    let slices = batch.parts(ranges)
    for (i, range) in ranges.enumerated() {
      parts[i].reset(seed: seed &+ UInt64(range.lowerBound), into: slices[i])
    }
  }

  /// Advances every sub-environment by one action.
  public mutating func step(_ actions: Span<Float>, into batch: StepBatch) {
    let width = spec.actionSpace.rowWidth
    precondition(
      actions.count == count * width && batch.count == count,
      "\(spec.id): \(actions.count) action numbers and \(batch.count) rows for \(count) environments"
    )
    if batch.hasFault { batch.fault = nil }
    let (ranges, slices) = (ranges, batch.parts(ranges))
    actions.withUnsafeBufferPointer { actions in
      func rows(_ i: Int) -> UnsafeBufferPointer<Float> {
        actions.extracting(ranges[i].lowerBound * width..<ranges[i].upperBound * width)
      }
      team.choosing {
        // Before any part takes its step; few actions are read while threads would meet.
        func look(_ i: Int) {
          let part = rows(i)
          slices[i].possibleActions = check.arePossible(part) ? part.baseAddress : nil
        }
        if actions.count < 1 << 13 {
          for i in slices.indices { look(i) }
        } else {
          team.run { member in for i in team.share(of: slices.count, for: member) { look(i) } }
        }
        guard slices.allSatisfy({ $0.possibleActions != nil }) else {
          return check.name(actions, batch)
        }
        parts.withUnsafeMutableBufferPointer { parts in
          team.run { member in
            for i in team.share(of: parts.count, for: member) {
              parts[i].step(rows(i).span, into: slices[i])
            }
          }
        }
      }
    }
    for (range, slice) in zip(ranges, slices) {
      slice.possibleActions = nil
      // What a wrapper made of actions may still be impossible.
      if slice.hasFault && !batch.hasFault {
        batch.fault = slice.fault.map { $0.at(index: range.lowerBound + $0.index) }
      }
    }
  }

  /// Starts a new episode in one sub-environment, whose random stream goes on.
  public mutating func reset(index: Int, into batch: StepBatch) {
    guard let part = ranges.firstIndex(where: { $0.contains(index) }) else { return }
    parts[part].reset(index: index - ranges[part].lowerBound, into: batch.parts(ranges)[part])
  }

  /// Hands out the random stream of a sub-environment.
  public mutating func withGenerator(of index: Int, _ body: (inout SeededGenerator) -> Void) {
    guard let part = ranges.firstIndex(where: { $0.contains(index) }) else { return }
    parts[part].withGenerator(of: index - ranges[part].lowerBound, body)
  }

  /// What a sub-environment looks like now.
  public func drawing(of index: Int) -> Drawing? {
    guard let part = ranges.firstIndex(where: { $0.contains(index) }) else { return nil }
    return parts[part].drawing(of: index - ranges[part].lowerBound)
  }

  /// The environments taken apart anew; each of this vector's own parts is cut further.
  public func split(into parts: Int) -> [any VectorEnvironment] {
    if parts < self.parts.count { return [self] }
    let pieces = parts / self.parts.count
    return self.parts.flatMap { $0.split(into: pieces) }
  }

  /// Whether every part can be saved.
  public var savesExactly: Bool { parts.allSatisfy(\.savesExactly) }

  /// The parts in turn, which leave what the whole would have left: the number of threads may change.
  public mutating func visit(_ state: inout StateVisitor) throws(StateError) {
    for i in parts.indices {
      try state.part("", offset: ranges[i].lowerBound) { (state) throws(StateError) in
        try parts[i].visit(&state)
      }
    }
  }
}
