public import RLSupport
internal import Synchronization

/// A vector environment whose parts are stepped by the threads of a team, as many as are worth it.
///
/// The results are the same bits for any number of threads: each sub-environment has its own random
/// stream and writes its own rows. Copies share the threads. While one takes a step, others that are stepped by other
/// threads do without.
public struct ParallelEnvironments: VectorEnvironment {
  /// What the sub-environments are.
  public let spec: EnvironmentSpec
  /// The number of sub-environments.
  public let count: Int
  fileprivate var parts: [any VectorEnvironment]
  private let ranges: [Range<Int>]
  private let check: ActionCheck
  private let team: SharedTeam

  /// The same environments, spread over at most `threads` threads.
  public init(_ base: any VectorEnvironment, threads: Int) {
    self.init(base.split(into: max(1, threads)), of: base) { ThreadTeam(threads: $0) }
  }

  fileprivate init(
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
    self.team = SharedTeam(team(parts.count))
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
    batch.forgetNotes()
    let (ranges, slices) = (ranges, batch.parts(ranges))
    actions.withUnsafeBufferPointer { actions in
      func rows(_ i: Int) -> UnsafeBufferPointer<Float> {
        actions.extracting(ranges[i].lowerBound * width..<ranges[i].upperBound * width)
      }
      team.use { members in
        // Before any part takes its step.
        guard
          check.takeKnowledge(of: actions, from: batch) || arePossible(actions, rows, members)
        else { return check.name(actions, batch) }
        parts.withUnsafeMutableBufferPointer { parts in
          members.run(parts.count) { i in
            slices[i].knownActions = check.known(rows(i))
            parts[i].step(rows(i).span, into: slices[i])
            slices[i].knownActions = nil
          }
        }
        batch.takeNotes(from: slices)
      }
    }
  }

  /// Whether every action is possible; few are read while threads would meet.
  private func arePossible(
    _ actions: UnsafeBufferPointer<Float>, _ rows: (Int) -> UnsafeBufferPointer<Float>,
    _ members: SharedTeam.Members
  ) -> Bool {
    if actions.count < 1 << 13 { return check.arePossible(actions) }
    return withUnsafeTemporaryAllocation(of: Bool.self, capacity: ranges.count) { arePossible in
      members.run(ranges.count) { arePossible[$0] = check.arePossible(rows($0)) }
      return arePossible.allSatisfy { $0 }
    }
  }

  /// Starts a new episode in one sub-environment, whose random stream goes on.
  public mutating func reset(index: Int, into batch: StepBatch) {
    guard let part = ranges.firstIndex(where: { $0.contains(index) }) else { return }
    let slices = batch.parts(ranges)
    parts[part].reset(index: index - ranges[part].lowerBound, into: slices[part])
    if !slices[part].notes.isEmpty { batch.takeNotes(from: slices) }
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
    if parts >= count { return self.parts.flatMap { $0.split(into: $0.count) } }
    let pieces = parts / self.parts.count
    return self.parts.flatMap { $0.split(into: pieces) }
  }

  /// As many as its parts have together.
  public var mostParts: Int { parts.reduce(0) { $0 + $1.mostParts } }

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

extension VectorEnvironment {
  /// The same environments, whose steps the threads of a team share if they can be shared.
  package func sharing(_ team: ThreadTeam) -> any VectorEnvironment {
    let most = min(team.size, mostParts)
    if most < 2 { return self }
    let parts = split(into: most)
    if parts.count < 2 { return self }
    return ParallelEnvironments(parts, of: self) { _ in ThreadTeam(sharing: team) }
  }
}

/// The threads of a vector and its copies, for one of these at a time.
private final class SharedTeam: Sendable {
  /// The threads, or none but the calling one.
  struct Members {
    fileprivate let team: ThreadTeam?

    /// Runs `body(0)`, ..., `body(count - 1)`, by shares at the same time.
    @inline(__always)
    func run(_ count: Int, _ body: (Int) -> Void) {
      guard let team else { return (0..<count).forEach(body) }
      team.run { member in for i in team.share(of: count, for: member) { body(i) } }
    }
  }

  // Used by whoever has taken it.
  nonisolated(unsafe) private let team: ThreadTeam
  private let isTaken = Atomic<Bool>(false)

  init(_ team: ThreadTeam) { self.team = team }

  /// Runs the statements of a step with as many threads as are worth it, or with none but the calling one while a copy
  /// of the vector has them.
  func use(_ body: (Members) -> Void) {
    if isTaken.exchange(true, ordering: .acquiring) { return body(Members(team: nil)) }
    team.choosing { body(Members(team: team)) }
    isTaken.store(false, ordering: .releasing)
  }
}
