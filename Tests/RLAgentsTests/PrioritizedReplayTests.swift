import Foundation
import RLAgents
import RLCore
import RLSupport
import Testing

@Suite struct PrioritizedReplayTests {
  private let exponent = 0.7

  /// A full buffer of 15 transitions with known priorities.
  private func prioritized() -> (buffer: ReplayBuffer, priorities: [Double]) {
    let feed = ReplayFeed(rows: 5, environments: 3, isPrioritized: true)
    feed.add(7)
    let errors = (0..<15).map { Float($0 % 2 == 0 ? $0 : -$0) / 4 }
    let slots = Array(0..<15)
    feed.buffer.prioritize(slots.span, errors: errors.span, exponent: exponent)
    return (feed.buffer, errors.map { pow(Double(abs($0)) + 1e-6, exponent) })
  }

  private func draw(
    _ buffer: ReplayBuffer, _ count: Int, correction: Double, using rng: inout SeededGenerator
  ) -> (slots: [Int], weights: [Float]) {
    var (slots, weights) = ([Int](repeating: 0, count: count), [Float](repeating: 0, count: count))
    var slotSpan = slots.mutableSpan
    var weightSpan = weights.mutableSpan
    buffer.draw(&slotSpan, correction: correction, weights: &weightSpan, using: &rng)
    return (slots, weights)
  }

  private func saved(_ buffer: ReplayBuffer) throws -> [Double] {
    var archive = StateArchive()
    buffer.save(to: &archive, prefix: "")
    return try archive.doubles("priorities")
  }

  @Test func slotsAreDrawnByTheirPriorities() {
    let (buffer, priorities) = prioritized()
    let total = priorities.reduce(0, +)
    var counts = [Int](repeating: 0, count: 15)
    var rng = SeededGenerator(seed: 3)
    for _ in 0..<100_000 {
      counts[draw(buffer, 1, correction: 1, using: &rng).slots[0]] += 1
    }
    // The first has next to no weight.
    #expect(counts[0] < 20)
    var misfit = 0.0
    for i in 1..<15 {
      let expected = 100_000 * priorities[i] / total
      misfit += (Double(counts[i]) - expected) * (Double(counts[i]) - expected) / expected
    }
    // Chi-square of 13 degrees of freedom exceeds this once in 100,000 times.
    #expect(misfit < 46, "\(counts)")
  }

  @Test func everyShareOfTheSumIsDrawnOnce() {
    let (buffer, priorities) = prioritized()
    let total = priorities.reduce(0, +)
    var starts = [0.0]
    for priority in priorities { starts.append(starts[starts.count - 1] + priority) }
    var rng = SeededGenerator(seed: 4)
    for _ in 0..<200 {
      let slots = draw(buffer, 8, correction: 1, using: &rng).slots
      for (i, slot) in slots.enumerated() {
        let (low, high) = (Double(i) * total / 8, Double(i + 1) * total / 8)
        #expect(starts[slot] < high + 1e-9 && starts[slot + 1] > low - 1e-9)
      }
    }
  }

  @Test(arguments: [0, 0.4, 1])
  func importanceWeightsFollowTheirFormula(_ correction: Double) {
    let (buffer, priorities) = prioritized()
    let total = priorities.reduce(0, +)
    var rng = SeededGenerator(seed: 6)
    for _ in 0..<50 {
      let (slots, weights) = draw(buffer, 8, correction: correction, using: &rng)
      // (1 / (N P(i)))^β, divided by the largest (Schaul et al. 2016, section 3.4).
      let plain = slots.map { pow(1 / (15 * priorities[$0] / total), correction) }
      let largest = plain.max() ?? 1
      for (weight, expected) in zip(weights, plain) {
        #expect(abs(Double(weight) - expected / largest) < 1e-6)
      }
      #expect(weights.max() == 1)
    }
  }

  @Test func newTransitionsHaveTheLargestPriority() throws {
    let feed = ReplayFeed(rows: 4, environments: 2, isPrioritized: true)
    feed.add(2)
    #expect(try saved(feed.buffer) == [1, 1, 1, 1, 1])
    let slots = [1, 2]
    func prioritize(_ errors: [Float]) {
      feed.buffer.prioritize(slots.span, errors: errors.span, exponent: 1)
    }
    prioritize([-5, 0.5])
    let (large, small) = (5 + 1e-6, 0.5 + 1e-6)
    feed.add(1)
    #expect(try saved(feed.buffer) == [1, large, small, 1, large, large, large])
    // It is the largest that ever was, not the largest that is left.
    prioritize([0.5, 0.5])
    feed.add(2)
    #expect(try saved(feed.buffer) == [large, large, small, 1, large, large, large, large, large])
  }

  // MARK: Sum tree

  @Test(arguments: [1, 2, 3, 8, 13, 64])
  func theTreeFindsWhatALinearSearchFinds(_ count: Int) {
    var rng = SeededGenerator(seed: UInt64(count))
    var tree = SumTree(count: count)
    var weights = [Double](repeating: 0, count: count)
    for _ in 0..<300 {
      let item = rng.integer(below: count)
      // Whole numbers add up exactly; a third of them are zero.
      weights[item] = Double(max(0, rng.integer(below: 9) - 2))
      tree[item] = weights[item]
      let total = weights.reduce(0, +)
      #expect(tree.total == total && (0..<count).map { tree[$0] } == weights)
      if total == 0 { continue }
      var positions = (0..<20).map { _ in rng.uniform() * total }
      // The borders between items belong to the later one.
      positions += (0..<Int(total)).map(Double.init)
      for position in positions {
        var (left, found) = (position, 0)
        while left >= weights[found] {
          left -= weights[found]
          found += 1
        }
        #expect(tree.item(at: position) == found)
      }
    }
  }

  @Test func anItemWithoutWeightIsNeverFound() {
    var rng = SeededGenerator(seed: 2)
    for _ in 0..<200 {
      let count = 1 + rng.integer(below: 20)
      var tree = SumTree(count: count)
      for item in 0..<count where rng.integer(below: 3) == 0 { tree[item] = rng.uniform() * 1e-3 }
      tree[rng.integer(below: count)] = 1e3 * (0.1 + rng.uniform())
      // Positions at and beyond the end are what rounding makes of the last ones.
      for position in [0, tree.total, tree.total * (1 + 1e-12), rng.uniform() * tree.total] {
        #expect(tree[tree.item(at: position)] > 0)
      }
    }
  }
}
