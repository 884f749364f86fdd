import Foundation
import RLCore
import RLSupport
import Testing

/// Counts its steps, pays their number, and terminates after so many.
private struct Counting: DeterministicEnvironment {
  struct Info: StepInfo {
    var cost = 0.0
    static let numbers = [Number(\.cost, "cost")]
  }

  let length: Int
  private var count = 0
  private var resets = 0

  init(length: Int) { self.length = length }

  var observationSpace: Box<1> { Box(0...1000) }
  var actionSpace: Discrete { Discrete(2) }
  private var shown: InlineArray<1, Float> { [Float(100 * resets + count)] }

  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> {
    (count, resets) = (0, resets + 1)
    return shown
  }

  mutating func step(_ action: Int) -> Step<InlineArray<1, Float>, Info> {
    count += 1
    return Step(
      observation: shown, reward: Double(count), terminated: count == length, truncated: false,
      info: Info(cost: 2 * Double(count)))
  }
}

/// What Gymnasium's vectors show where episodes end (see make_autoreset.py).
private struct Tables: Decodable {
  struct Row: Decodable {
    var observations: [Float]
    var rewards: [Double]?
    var terminated: [Bool]?
    var truncated: [Bool]?
    var costs: [Double]?
    var finals: [Float?]?
    var finalCosts: [Double]?
    var afterReset: [Float]?
  }
  var lengths: [Int]
  var limit: Int
  var sameStep: [Row]
  var nextStep: [Row]
  var disabled: [Row]
}

/// Same-step autoreset is Gymnasium's; its other modes show the same numbers at other times.
@Suite struct AutoresetTests {
  /// A row of one environment in a table.
  private struct Shown: Equatable {
    var observation: Float
    var reward = 0.0
    var terminated = false
    var truncated = false
    var cost = 0.0
    /// The true last observation and its cost, where an episode ended.
    var final: Float?
  }

  private func tables() throws -> Tables {
    let url = Bundle.module.bundleURL.appendingPathComponent("autoreset.json")
    return try JSONDecoder().decode(Tables.self, from: Data(contentsOf: url))
  }

  /// The first observations, and what our vector shows in each step.
  private func played(_ tables: Tables, threads: Int) -> (first: [Float], steps: [[Shown]]) {
    let (counter, lengths) = (SharedCounter(), tables.lengths)
    let example = Counting(length: 1)
    let spec = EnvironmentSpec(
      id: "Counting", observationSpace: example.observationSpace.spec,
      actionSpace: example.actionSpace.spec, maxEpisodeSteps: tables.limit)
    var vector: any VectorEnvironment = BatchedEnvironments(spec, count: lengths.count) {
      Counting(length: lengths[min(counter.next(), lengths.count - 1)])
    }
    if threads > 1 { vector = ParallelEnvironments(vector, threads: threads) }
    let batch = StepBatch(count: lengths.count, for: vector.spec)
    vector.reset(seed: 0, into: batch)
    let first = Array(batch.observations)
    let steps = tables.sameStep.dropFirst().map { _ in
      vector.step(lengths.map { _ in 0 }, into: batch)
      return lengths.indices.map { i in
        let ended = batch.terminated[i] || batch.truncated[i]
        return Shown(
          observation: batch.observations[i], reward: batch.rewards[i],
          terminated: batch.terminated[i], truncated: batch.truncated[i], cost: batch.infos[i],
          final: ended ? batch.finalObservations[i] : nil)
      }
    }
    return (first, steps)
  }

  @Test(arguments: [1, 3]) func sameStepIsGymnasiums(_ threads: Int) throws {
    let tables = try tables()
    let (first, steps) = played(tables, threads: threads)
    #expect(first == tables.sameStep[0].observations)
    for (row, shown) in zip(tables.sameStep.dropFirst(), steps) {
      #expect(shown.map(\.observation) == row.observations)
      #expect(shown.map(\.reward) == row.rewards)
      #expect(shown.map(\.terminated) == row.terminated)
      #expect(shown.map(\.truncated) == row.truncated)
      #expect(shown.map(\.final) == row.finals ?? shown.map { _ in nil })
      // The information is that of the step, also where the observation is that of a reset.
      for i in shown.indices {
        let cost = shown[i].final == nil ? row.costs?[i] : row.finalCosts?[i]
        #expect(shown[i].cost == cost)
      }
    }
    #expect(steps.joined().count { $0.final != nil } > 20)
    #expect(steps.joined().contains { $0.terminated && $0.truncated })
  }

  /// Next-step autoreset has the true last observation where the episode ends, and a row of the reset after it, of which
  /// nothing is to be learned.
  @Test func nextStepHasARowForEachReset() throws {
    let tables = try tables()
    let (_, steps) = played(tables, threads: 1)
    for i in tables.lengths.indices {
      let expected = steps.map { $0[i] }.flatMap { shown -> [Shown] in
        guard let final = shown.final else { return [shown] }
        var last = shown
        (last.observation, last.final) = (final, nil)
        return [last, Shown(observation: shown.observation)]
      }
      let found = tables.nextStep.dropFirst().map { row in
        Shown(
          observation: row.observations[i], reward: row.rewards?[i] ?? .nan,
          terminated: row.terminated?[i] ?? false, truncated: row.truncated?[i] ?? false,
          cost: row.costs?[i] ?? .nan)
      }
      #expect(found == Array(expected.prefix(found.count)), "environment \(i)")
    }
  }

  /// Without autoreset, a reset of those that ended shows what ours shows in the same step.
  @Test func aResetByMaskShowsTheNextEpisode() throws {
    let tables = try tables()
    let (_, steps) = played(tables, threads: 1)
    for (row, shown) in zip(tables.disabled.dropFirst(), steps) {
      #expect(shown.map { $0.final ?? $0.observation } == row.observations)
      #expect(shown.map(\.cost) == row.costs && shown.map(\.reward) == row.rewards)
      #expect(shown.map(\.observation) == row.afterReset ?? row.observations)
    }
  }
}
