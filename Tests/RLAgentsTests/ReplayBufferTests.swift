import RLAgents
import RLCore
import RLSupport
import Testing

@Suite struct ReplayBufferTests {
  @Test(arguments: [1, 3], [1, 7, 8, 9, 30])
  func theOldestRowsAreOverwritten(_ environments: Int, _ added: Int) {
    let feed = ReplayFeed(rows: 8, environments: environments, actionWidth: 2, maskWidth: 3)
    feed.add(added)
    #expect(feed.buffer.count == min(8, added) * environments)
    for slot in 0..<feed.buffer.count {
      #expect(feed.content(of: slot) == feed.expected(in: slot), "slot \(slot)")
    }
    // The newest rows, each of them once.
    let rows = Set((0..<feed.buffer.count).map { feed.place(of: $0).row })
    #expect(rows == Set(max(0, added - 8)..<added))
  }

  @Test func theCapacityIsRoundedDownToWholeRows() {
    func rows(_ capacity: Int, _ environments: Int) -> Int {
      ReplayBuffer(
        capacity: capacity, environments: environments, observationWidth: 1, actionWidth: 1
      ).rows
    }
    #expect(rows(10, 1) == 10 && rows(10, 4) == 2 && rows(3, 4) == 1)
  }

  @Test func theNextObservationOfAnEndedEpisodeIsItsFinalOne() {
    let batch = StepBatch(count: 3, observationWidth: 1, maskWidth: 1)
    let buffer = ReplayBuffer(
      capacity: 3, environments: 3, observationWidth: 1, actionWidth: 1, maskWidth: 1)
    for i in 0..<3 {
      batch.observations[i] = Float(10 + i)
      batch.finalObservations[i] = Float(20 + i)
      batch.actionMasks[i] = false
      batch.finalActionMasks[i] = i < 2
    }
    batch.terminated[1] = true
    batch.truncated[2] = true
    let (before, actions): ([Float], [Float]) = ([1, 2, 3], [0, 0, 0])
    buffer.append(observations: before.span, actions: actions.span, batch)
    #expect((0..<3).map { buffer.transition(in: $0).nextObservation } == [[10], [21], [22]])
    #expect(
      (0..<3).map { buffer.outcome(of: $0, steps: 1, discount: 0.5).weight } == [0.5, 0, 0.5])
    // The present mask belongs to the new episode, in which an ended one has no part.
    #expect((0..<3).map { buffer.transition(in: $0).nextMask } == [[false], [true], [false]])
  }

  // MARK: Outcomes

  private func expectOutcomes(_ feed: ReplayFeed, steps: Int) {
    for slot in 0..<feed.buffer.count {
      let found = feed.buffer.outcome(of: slot, steps: steps, discount: 0.5)
      let expected = feed.outcome(of: slot, steps: steps, discount: 0.5)
      // Halves of small whole numbers are exact.
      #expect(found.reward == expected.reward && found.weight == expected.weight, "slot \(slot)")
      let next = feed.buffer.transition(in: found.last).nextObservation
      #expect(next == expected.next, "slot \(slot)")
    }
  }

  @Test(arguments: [1, 3, 5], [1, 4])
  func outcomesMatchThePlainDefinition(_ steps: Int, _ environments: Int) {
    for seed in UInt64(1)...20 {
      let feed = ReplayFeed(rows: 9, environments: environments, seed: seed)
      for _ in 0..<30 {
        feed.add(1, endings: 0.15)
        expectOutcomes(feed, steps: steps)
      }
    }
  }

  @Test func anOutcomeStopsAtTheNewestTransition() {
    for rows in [1, 2, 5] {
      let feed = ReplayFeed(rows: rows, environments: 1)
      // Without any ending only the place of writing can stop a sum.
      for _ in 0..<12 {
        feed.add(1, endings: 0)
        let newest = (feed.history.count - 1) % rows
        for slot in 0..<feed.buffer.count {
          let outcome = feed.buffer.outcome(of: slot, steps: 100, discount: 0.5)
          #expect(outcome.last == newest)
        }
        expectOutcomes(feed, steps: 100)
      }
    }
  }

  @Test func aCutEndsWhatCameBefore() {
    let empty = ReplayFeed(rows: 4, environments: 2)
    empty.cut()
    #expect(empty.buffer.count == 0)
    for added in 1...9 {
      let feed = ReplayFeed(rows: 4, environments: 2)
      feed.add(added, endings: 0)
      feed.cut()
      for _ in 0..<5 {
        expectOutcomes(feed, steps: 3)
        feed.add(1, endings: 0)
      }
      // A cut is no termination: the value of the next observation still counts.
      let again = ReplayFeed(rows: 4, environments: 2)
      again.add(added, endings: 0)
      again.cut()
      for slot in 0..<again.buffer.count {
        #expect(again.buffer.outcome(of: slot, steps: 1, discount: 0.5).weight == 0.5)
      }
    }
  }

  // MARK: Drawing

  /// How often each of some things was drawn, against how often it should have been, as Pearson's
  /// chi-square divided by the freedom.
  private func misfit(_ counts: [Int], _ shares: [Double]) -> Double {
    let total = Double(counts.reduce(0, +))
    let sum = zip(counts, shares).reduce(0.0) { sum, pair in
      let expected = total * pair.1
      return sum + (Double(pair.0) - expected) * (Double(pair.0) - expected) / expected
    }
    return sum / Double(counts.count - 1)
  }

  private func drawn(_ buffer: ReplayBuffer, batches: Int, of size: Int = 32) -> [Int] {
    var rng = SeededGenerator(seed: 5)
    var slots = [Int](repeating: 0, count: size)
    var counts = [Int](repeating: 0, count: buffer.rows * buffer.environments)
    for _ in 0..<batches {
      var span = slots.mutableSpan
      buffer.draw(&span, using: &rng)
      for slot in slots { counts[slot] += 1 }
    }
    return counts
  }

  @Test(arguments: [1, 5, 20, 33])
  func everySlotIsDrawnEquallyOften(_ added: Int) {
    let feed = ReplayFeed(rows: 20, environments: 3)
    feed.add(added)
    let counts = drawn(feed.buffer, batches: 5_000)
    let filled = feed.buffer.count
    #expect(counts[filled...].allSatisfy { $0 == 0 })
    // Six deviations of chi-square at 2 degrees of freedom; far fewer at more of them.
    let bound = 1 + 6 * (2 / Double(filled - 1)).squareRoot()
    let shares = [Double](repeating: 1 / Double(filled), count: filled)
    #expect(misfit(Array(counts[..<filled]), shares) < bound)
  }

  @Test func oneSeedDrawsTheSameSlots() {
    let feed = ReplayFeed(rows: 20, environments: 3)
    feed.add(11)
    #expect(drawn(feed.buffer, batches: 10) == drawn(feed.buffer, batches: 10))
  }

  // MARK: State

  @Test(arguments: [0, 3, 8, 21], [false, true])
  func aSavedBufferComesBack(_ added: Int, _ isPrioritized: Bool) throws {
    func feed(_ seed: UInt64) -> ReplayFeed {
      ReplayFeed(
        rows: 8, environments: 2, actionWidth: 2, maskWidth: 3, isPrioritized: isPrioritized,
        seed: seed)
    }
    func archive(_ buffer: ReplayBuffer) -> StateArchive {
      var archive = StateArchive()
      buffer.save(to: &archive, prefix: "r/")
      return archive
    }
    let (source, other) = (feed(1), feed(2))
    source.add(added)
    other.add(5)
    if isPrioritized && added > 0 {
      let (slots, errors): ([Int], [Float]) = ([1, 0], [3, 0.25])
      source.buffer.prioritize(slots.span, errors: errors.span, exponent: 0.5)
    }
    let saved = archive(source.buffer)
    try other.buffer.restore(from: Safetensors.decode(Safetensors.encode(saved)), prefix: "r/")
    #expect(archive(other.buffer) == saved)
    #expect(other.buffer.count == source.buffer.count)
    for slot in 0..<source.buffer.count {
      #expect(
        other.buffer.outcome(of: slot, steps: 4, discount: 0.5)
          == source.buffer.outcome(of: slot, steps: 4, discount: 0.5))
    }
    // Both go on in the same way.
    let batch = StepBatch(count: 2, observationWidth: 2, maskWidth: 3)
    for _ in 0..<9 {
      for buffer in [source.buffer, other.buffer] {
        let (before, actions): ([Float], [Float]) = ([1, 2, 3, 4], [5, 6, 7, 8])
        buffer.append(observations: before.span, actions: actions.span, batch)
      }
      #expect(archive(other.buffer) == archive(source.buffer))
    }
  }

  @Test func impossibleStatesAreRefusedAndChangeNothing() throws {
    func archive(_ buffer: ReplayBuffer) -> StateArchive {
      var archive = StateArchive()
      buffer.save(to: &archive, prefix: "")
      return archive
    }
    let (source, other) = (
      ReplayFeed(rows: 4, environments: 2, maskWidth: 1, isPrioritized: true, seed: 1),
      ReplayFeed(rows: 4, environments: 2, maskWidth: 1, isPrioritized: true, seed: 2)
    )
    source.add(4)
    other.add(4)
    let (good, before) = (archive(source.buffer), archive(other.buffer))
    var changes: [(String, StateArchive.Values)] = [
      ("place", .int([5, 0])), ("place", .int([-1, 0])), ("place", .int([4, 4])),
      ("place", .int([2, 1])), ("place", .int([4])), ("place", .int([3, 3])),
    ]
    for name in good.entries.keys { changes.append((name, .float([1]))) }
    for bad in [-1.0, .nan, .infinity] {
      changes.append(("priorities", .double([bad] + Array(repeating: 1, count: 8))))
    }
    for (name, values) in changes {
      var archive = good
      archive.set(name, values)
      #expect(throws: StateError.self, "\(name) \(values)") {
        try other.buffer.restore(from: archive, prefix: "")
      }
    }
    #expect(archive(other.buffer) == before)
  }
}
