import Foundation
import RLAgents
import RLExperiments
import RLStatistics
import RLSupport
import Testing

/// The search for hyperparameters without trainings.
@Suite struct TuningStateTests {
  static let mixed = SearchSpace([
    .init("rate", .real(low: 1e-5, high: 1e-1, .log)),
    .init("discount", .real(low: 0.9, high: 0.9999, .complement)),
    .init("clip", .real(low: -1, high: 2, .linear)),
    .init("epochs", .whole(low: 1, high: 20, .log)),
    .init("delay", .whole(low: -2, high: 3, .linear)),
    .init("batch", .ordered([32, 64, 128, 256])),
    .init("activation", .choices(["tanh", "relu", "gelu"])),
  ])

  /// How good some coordinates are: best at a rate of 1e-3, 8 epochs, a batch of 128 and relu.
  static func score(_ settings: [String: JSONValue]) -> Double {
    func number(_ key: String) -> Double { Double(settings[key]?.word ?? "") ?? .nan }
    let rate = log10(number("rate")) + 3
    let epochs = log(number("epochs") / 8)
    let batch = log2(number("batch") / 128)
    let clip = number("clip") - 0.5
    return -rate * rate - epochs * epochs - 0.5 * batch * batch - clip * clip
      - (settings["activation"]?.word == "relu" ? 0 : 1)
  }

  static func search(
    _ space: SearchSpace = mixed, _ sampler: Sampler = .tpe, pruner: Pruner = .none,
    trials: Int = 40, seed: UInt64 = 0, seeds: Int = 1, points: Int = 1
  ) -> TuningState {
    TuningState(
      space, sampler: sampler, pruner: pruner, objective: .last, seeds: seeds, points: points,
      trials: trials, seed: seed)
  }

  /// Runs a search on a known function; every run is constant.
  static func run(_ search: inout TuningState, _ score: ([String: JSONValue]) -> Double)
    throws -> [TrialEvent]
  {
    var events: [TrialEvent] = []
    while let event = try search.next() {
      try search.apply(event)
      events.append(event)
      let trial = search.trials[event.trial]
      for seed in search.openSeeds(trial) {
        var run = TrialEvent(.run, trial: trial.number)
        let value = trial.settings.isEmpty ? -20 : score(trial.settings)
        (run.seed, run.values) = (seed, [Double](repeating: value, count: trial.goal))
        try search.apply(run)
        events.append(run)
      }
    }
    return events
  }

  /// Numbers of a list take the shape of the starting point's schedule, and the sampler still knows them.
  @Test(arguments: [true, false])
  func listsOfNumbersGuideTheSearchBesideASchedule(_ isOrdered: Bool) throws {
    let rates: [JSONValue] = [1e-4, 3e-4, 1e-3, "linear(0.001, 0)"]
    let space = SearchSpace(
      [.init("rate", isOrdered ? .ordered(rates) : .choices(rates))],
      start: ["rate": "linear(0.001, 0.0)"])
    var search = Self.search(space, trials: 30)
    _ = try Self.run(&search) { $0["rate"]?.word.contains("0.0003") == true ? 1 : 0 }
    #expect(search.trials.count { $0.origin == .tpe } > 10)
    #expect(search.trials.contains { $0.settings["rate"]?.word == "linear(0.0003, 0.0)" })
    #expect(
      search.trials.suffix(10).count { $0.settings["rate"]?.word.contains("0.0003") == true } > 3)
  }

  @Test func estimatorBeatsChance() throws {
    var best: [Sampler: [Double]] = [:]
    for sampler in Sampler.allCases {
      for seed in 0..<40 {
        var search = Self.search(Self.mixed, sampler, trials: 60, seed: UInt64(seed))
        _ = try Self.run(&search, Self.score)
        best[sampler, default: []].append(try #require(search.best.first?.value(.last)))
      }
    }
    // If both were equally good, the probability of improvement over 40 pairs would have a deviation of
    // 0.065 (Mann and Whitney); 0.8 is more than four of these.
    let (tpe, random) = (Scores([best[.tpe] ?? []]), Scores([best[.random] ?? []]))
    let improvement = probabilityOfImprovement(tpe, over: random)
    #expect(improvement > 0.8, "\(improvement)")
  }

  @Test(arguments: Sampler.allCases)
  func suggestionsKeepToTheirRanges(_ sampler: Sampler) throws {
    var search = Self.search(Self.mixed, sampler, trials: 300)
    _ = try Self.run(&search, Self.score)
    let settings = search.trials.dropFirst().map(\.settings)
    #expect(settings.count == 299)
    func words(_ key: String) -> [String] { settings.compactMap { $0[key]?.word } }
    func numbers(_ key: String) -> [Double] { words(key).compactMap(Double.init) }
    #expect(
      numbers("rate").count == 299 && numbers("rate").allSatisfy { (1e-5...1e-1).contains($0) })
    #expect(numbers("discount").allSatisfy { (0.9...0.9999).contains($0) })
    #expect(numbers("clip").allSatisfy { (-1...2).contains($0) })
    #expect(words("epochs").allSatisfy { Int($0).map { (1...20).contains($0) } ?? false })
    #expect(words("delay").allSatisfy { Int($0).map { (-2...3).contains($0) } ?? false })
    #expect(Set(words("delay")).count == 6)
    #expect(Set(words("batch")) == ["32", "64", "128", "256"])
    #expect(Set(words("activation")) == ["tanh", "relu", "gelu"])
    for trial in search.trials.dropFirst() {
      // Ten others whose settings are known come first.
      #expect(trial.origin == (sampler == .random || trial.number <= 10 ? .random : .tpe))
      // Values and coordinates are each other's.
      let coordinates = try #require(trial.coordinates)
      #expect(
        Self.mixed.settings(at: coordinates).mapValues(\.word) == trial.settings.mapValues(\.word))
    }
  }

  @Test func drawsAtRandomAreEvenOnTheirScale() {
    var generator = SeededGenerator(seed: 5)
    let ranges = Self.mixed.dimensions.map(\.range)
    let draws = (0..<4000).map { _ in
      Sampler.random.suggest(ranges, after: [], &generator).coordinates
    }
    for (i, range) in ranges.enumerated() {
      // The share below the middle of the scale; its deviation is 0.008.
      let (low, high) = range.bounds
      let share = Double(draws.count { $0[i] < (low + high) / 2 }) / 4000
      let odd = [0.5, 1.0 / 3, 2.0 / 3]
      let isEven = odd.contains { abs(share - $0) < 0.04 }
      #expect(i == 3 || isEven, "\(Self.mixed.dimensions[i].name): \(share)")
    }
    let choices = (0..<3).map { choice in draws.count { $0[6] == Double(choice) } }
    #expect(choices.allSatisfy { abs($0 - 1333) < 130 }, "\(choices)")
  }

  @Test func densitiesSumToOne() {
    var generator = SeededGenerator(seed: 1)
    let range = SearchRange.real(low: 0.001, high: 10, .log)
    let points = (0..<40).map { _ in
      Sampler.random.suggest([range], after: [], &generator).coordinates
    }
    let (low, high) = range.bounds
    let estimator = ParzenEstimator(points, ranges: [range])
    let width = (high - low) / 4000
    let area = (0..<4000).reduce(0) { sum, i in
      sum + width * exp(estimator.logDensity([low + (Double(i) + 0.5) * width]))
    }
    #expect(abs(area - 1) < 1e-4, "\(area)")
    for range in [
      SearchRange.whole(low: 1, high: 30, .log), .whole(low: -3, high: 9, .linear),
      .ordered([1, 2, 3, 4]), .choices(["a", "b", "c"]),
    ] {
      let values: [JSONValue] =
        switch range {
        case .whole(let low, let high, _): (low...high).map { .int($0) }
        case .ordered(let values), .choices(let values): values
        case .real: []
        }
      let coordinates = values.compactMap { range.coordinate(of: $0) }
      #expect(coordinates.count == values.count)
      let estimator = ParzenEstimator(
        coordinates.prefix(3).map { [$0] }, ranges: [range])
      let sum = coordinates.reduce(0) { $0 + exp(estimator.logDensity([$1])) }
      #expect(abs(sum - 1) < 1e-9, "\(range): \(sum)")
      // What was seen is denser than what was not.
      #expect(
        estimator.logDensity([coordinates[1]])
          > estimator.logDensity([coordinates[coordinates.count - 1]])
          || coordinates.count == 3)
    }
  }

  @Test func theSameSeedSuggestsTheSame() throws {
    func events(_ seed: UInt64) throws -> [TrialEvent] {
      var search = Self.search(seed: seed)
      return try Self.run(&search, Self.score)
    }
    let first = try events(3)
    #expect(try events(3) == first)
    #expect(try events(4) != first)
    // More trials begin with the same ones.
    var longer = Self.search(trials: 50, seed: 3)
    #expect(Array(try Self.run(&longer, Self.score).prefix(first.count)) == first)
    // A search that is rebuilt from any part of its events goes on to the same end.
    for count in [0, 1, 7, 30, 53] {
      var rebuilt = Self.search(seed: 3)
      for event in first.prefix(count) { try rebuilt.apply(event) }
      var rest: [TrialEvent] = []
      for trial in rebuilt.trials where trial.isOpen {
        var run = TrialEvent(.run, trial: trial.number)
        let value = trial.settings.isEmpty ? -20 : Self.score(trial.settings)
        (run.seed, run.values) = (0, [value])
        try rebuilt.apply(run)
        rest.append(run)
      }
      rest += try Self.run(&rebuilt, Self.score)
      #expect(Array(first.prefix(count)) + rest == first)
    }
  }

  @Test func failedAndCutOffTrialsAreWorse() {
    // Whatever failed lies left, whatever was good right; the estimator goes right.
    let range = SearchRange.real(low: 0, high: 1, .linear)
    let standings: [(Double, Sampler.Standing)] = (0..<20).map { i in
      let x = Double(i) / 19
      return (x, i < 8 ? .failed : i < 14 ? .cutOff(points: i, 1000) : .complete(x))
    }
    let observations = standings.map { Sampler.Observation([$0.0], $0.1) }
    var generator = SeededGenerator(seed: 0)
    let draws = (0..<200).map { _ in
      Sampler.tpe.suggest([range], after: observations, &generator).coordinates[0]
    }
    #expect(draws.reduce(0, +) / 200 > 0.7)
    // A trial that goes on counts as a bad one.
    let lies = observations + [Double](repeating: 0.95, count: 12).map { .init([$0], .running) }
    let others = (0..<200).map { _ in
      Sampler.tpe.suggest([range], after: lies, &generator).coordinates[0]
    }
    #expect(others.reduce(0, +) < draws.reduce(0, +))
  }

  // MARK: Pruning

  @Test func theMedianCutsTheWorseHalf() {
    let others = (1...5).map { level in (0..<20).map { Double(level * 10 + $0) } }
    let points = 20
    // The median at evaluation i (from 0) is 30 + i; the first fifth is let be.
    #expect(
      Pruner.median.cut([Double](repeating: 100, count: 20), others: others, of: points) == nil)
    #expect(Pruner.median.cut([Double](repeating: 0, count: 20), others: others, of: points) == 5)
    #expect(Pruner.median.cut([Double](repeating: 0, count: 4), others: others, of: points) == nil)
    // A good evaluation early on is remembered: 40 is worse than the median from evaluation 12 on.
    let early = [40.0] + [Double](repeating: 0, count: 19)
    #expect(Pruner.median.cut(early, others: others, of: points) == 12)
    #expect(Pruner.median.cut(early, others: Array(others.prefix(4)), of: points) == nil)
    #expect(Pruner.none.cut(early, others: others, of: points) == nil)
    // The last evaluation is the end anyway.
    let late = [Double](repeating: 48.5, count: 20)
    #expect(Pruner.median.cut(late, others: others, of: points) == nil)
  }

  @Test func aThirdGoesOn() throws {
    var search = Self.search(pruner: .halving, trials: 27, seeds: 2, points: 18)
    #expect(Pruner.halving.rungs(18) == [2, 6, 18])
    _ = try Self.run(&search, Self.score)
    let counts = search.trials.map { $0.curves[0].count }
    #expect(Set(search.trials.map(\.state)) == [.paused, .complete])
    #expect(counts.count { $0 >= 2 } == 27 && counts.count { $0 >= 6 } >= 9)
    let complete = search.trials.filter { $0.state == .complete }
    #expect((1...5).contains(complete.count))
    // The best of all is among those that came to the end.
    let best = search.trials.dropFirst().max { Self.score($0.settings) < Self.score($1.settings) }
    #expect(search.best.first?.number == best?.number)
    let scores = search.trials.dropFirst().map { (Self.score($0.settings), $0.goal) }
    let (low, high) = (scores.filter { $0.1 == 2 }, scores.filter { $0.1 == 18 })
    #expect(median(high.map(\.0)) > median(low.map(\.0)))
  }

  @Test func fewTrialsStillEnd() throws {
    var search = Self.search(pruner: .halving, trials: 2, points: 20)
    _ = try Self.run(&search, Self.score)
    #expect(search.best.map(\.number) == [1])
  }

  // MARK: Mistakes

  @Test func whatCannotHaveHappenedIsRefused() throws {
    var search = Self.search(trials: 3, points: 4)
    let begin = try #require(try search.next())
    try search.apply(begin)
    var wrong: [TrialEvent] = [begin, TrialEvent(.run, trial: 0), TrialEvent(.promote, trial: 0)]
    wrong.append(TrialEvent(.failure, trial: 7))
    var run = TrialEvent(.run, trial: 0)
    (run.seed, run.values) = (1, [1, 2, 3, 4])
    wrong.append(run)
    (run.seed, run.values) = (0, [1, 2, 3, 4, 5])
    wrong.append(run)
    run.values = [1, 2]
    wrong.append(run)
    for event in wrong {
      #expect(throws: TuningError.self, "\(event)") { try search.apply(event) }
    }
    run.values = [1, 2, 3, 4]
    try search.apply(run)
    #expect(search.trials[0].state == .complete && search.trials[0].value(.last) == 4)
    #expect(search.trials[0].value(.area) == 2.5)
  }
}
