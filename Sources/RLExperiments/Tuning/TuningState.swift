package import RLSupport

/// A search over hyperparameters without its trainings: what was tried, what it brought, and what to do next.
///
/// The same plan and the same events give the same search.
package struct TuningState {
  package let space: SearchSpace
  package let sampler: Sampler
  package let pruner: Pruner
  package let objective: TuningObjective
  /// Runs of a trial.
  package let seeds: Int
  /// Evaluations over the budget.
  package let points: Int
  /// The seed of everything that is drawn.
  package let seed: UInt64
  /// Trials to try.
  package var trialCount: Int
  /// Whether an agent can have some settings.
  private let isPossible: ([String: JSONValue]) -> Bool
  package private(set) var trials: [Trial] = []
  /// The mean returns of the runs that confirm trials, by trial and seed; empty for failed runs.
  package private(set) var confirmations: [Int: [Int: [Double]]] = [:]

  package init(
    _ space: SearchSpace, sampler: Sampler, pruner: Pruner, objective: TuningObjective, seeds: Int,
    points: Int, trials: Int, seed: UInt64,
    isPossible: @escaping ([String: JSONValue]) -> Bool = { _ in true }
  ) {
    self.space = space
    self.sampler = sampler
    self.pruner = pruner
    self.objective = objective
    self.seeds = seeds
    self.points = points
    trialCount = trials
    self.seed = seed
    self.isPossible = isPossible
  }

  // MARK: What happened

  /// Takes note of an event.
  ///
  /// - Throws: `TuningError` for one that cannot have happened.
  package mutating func apply(_ event: TrialEvent) throws(TuningError) {
    if event.event == .begin {
      guard event.trial == trials.count, let origin = event.origin, let words = event.settings,
        let goal = event.goal, (1...points).contains(goal)
      else { throw TuningError(event) }
      let settings = words.mapValues { JSONValue(word: $0) }
      trials.append(
        Trial(
          number: event.trial, origin: origin, settings: settings,
          coordinates: space.coordinates(of: settings), goal: goal,
          curves: [[Double]](repeating: [], count: seeds)))
      return
    }
    guard trials.indices.contains(event.trial) else { throw TuningError(event) }
    switch event.event {
    case .begin: break
    case .promote:
      guard let goal = event.goal, trials[event.trial].state == .paused,
        (trials[event.trial].goal + 1...points).contains(goal)
      else { throw TuningError(event) }
      trials[event.trial].goal = goal
      trials[event.trial].state = .running
    case .run: try applyRun(event)
    case .failure:
      guard trials[event.trial].isOpen else { throw TuningError(event) }
      trials[event.trial].state = .failed(event.problem ?? "nobody knows why")
    case .confirmation:
      guard let seed = event.seed, seed >= 0, let values = event.values, values.count <= points
      else { throw TuningError(event) }
      confirmations[event.trial, default: [:]][seed] = values
    }
  }

  private mutating func applyRun(_ event: TrialEvent) throws(TuningError) {
    var trial = trials[event.trial]
    guard let seed = event.seed, trial.curves.indices.contains(seed), let values = event.values,
      trial.isOpen, !values.isEmpty, values.count <= trial.goal
    else { throw TuningError(event) }
    trial.curves[seed] = values
    if event.isPruned == true {
      trial.state = .pruned
    } else {
      guard values.count == trial.goal else { throw TuningError(event) }
      if trial.curves.allSatisfy({ $0.count >= trial.goal }) {
        trial.state = trial.goal == points ? .complete : .paused
      }
    }
    trials[event.trial] = trial
  }

  // MARK: What to do

  /// The next trial to begin or to promote, or `nil` if there is none, for now or for good.
  package func next() throws(TuningError) -> TrialEvent? {
    if let promotion = promotion() { return promotion }
    if trials.count < trialCount { return try beginning() }
    guard pruner == .halving, !trials.contains(where: \.isOpen),
      !trials.contains(where: { $0.state == .complete })
    else { return nil }
    // Too few trials for a third of them to be one.
    return ranked(trials.filter { $0.state == .paused }).first.map { promote($0) }
  }

  /// The seeds of a trial whose runs have not come to its goal.
  package func openSeeds(_ trial: Trial) -> [Int] {
    trial.isOpen ? trial.curves.indices.filter { trial.curves[$0].count < trial.goal } : []
  }

  /// After how many evaluations a run is to be cut off, or `nil`.
  package func cut(_ number: Int, seed: Int, _ values: [Double]) -> Int? {
    let others = trials.filter { $0.state == .complete && $0.number != number }
    return pruner.cut(values, others: others.map { $0.curves[seed] }, of: points)
  }

  private func beginning() throws(TuningError) -> TrialEvent {
    var event = TrialEvent(.begin, trial: trials.count)
    event.goal = pruner.rungs(points)[0]
    if trials.isEmpty {
      event.origin = .start
      event.settings = [:]
      return event
    }
    let observations = trials.compactMap { trial in
      trial.coordinates.map { Sampler.Observation($0, trial.standing(objective)) }
    }
    // Every trial has numbers of its own, so that a search that goes on draws the same.
    var generator = SeededGenerator(
      SeedSequence(seed, spawnKey: [0x5455_4e45, UInt32(truncatingIfNeeded: trials.count)]))
    for _ in 0..<1000 {
      let drawn = sampler.suggest(
        space.dimensions.map(\.range), after: observations, &generator)
      let settings = space.settings(at: drawn.coordinates)
      if isPossible(settings) {
        event.origin = drawn.isInformed ? .tpe : .random
        event.settings = settings.mapValues(\.word)
        return event
      }
    }
    throw TuningError(
      "None of 1000 configurations drawn from the search space is possible for the agent; narrow the ranges that contradict each other."
    )
  }

  /// The trial to go on from the highest rung from which one may.
  private func promotion() -> TrialEvent? {
    let rungs = pruner.rungs(points)
    for rung in rungs.dropLast().reversed() {
      let arrived = trials.filter { trial in
        !trial.hasFailed && trial.curves.allSatisfy { $0.count >= rung }
      }
      let best = ranked(arrived, at: rung).prefix(arrived.count / Pruner.reduction)
      if let trial = best.first(where: { $0.state == .paused && $0.goal == rung }) {
        return promote(trial)
      }
    }
    return nil
  }

  private func promote(_ trial: Trial) -> TrialEvent {
    var event = TrialEvent(.promote, trial: trial.number)
    event.goal = pruner.rungs(points).first { $0 > trial.goal } ?? points
    return event
  }

  /// Trials with the best first, the earlier one of equals.
  private func ranked(_ trials: [Trial], at rung: Int? = nil) -> [Trial] {
    func value(_ trial: Trial) -> Double {
      var trial = trial
      if let rung { trial.curves = trial.curves.map { Array($0.prefix(rung)) } }
      let value = trial.value(objective) ?? .nan
      return value.isNaN ? -.infinity : value
    }
    let pairs = trials.map { ($0, $0.curves.map(\.count).min() ?? 0, value($0)) }
    return pairs.sorted { a, b in
      let (c, d) = rung == nil ? (a.1, b.1) : (0, 0)
      return (c, a.2, -a.0.number) > (d, b.2, -b.0.number)
    }.map(\.0)
  }

  // MARK: What came of it

  /// The completed trials, best first.
  package var best: [Trial] { ranked(trials.filter { $0.state == .complete }, at: points) }
}

/// What can go wrong in a search.
package struct TuningError: Error, Equatable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }

  /// An event that cannot have happened.
  package init(_ event: TrialEvent) {
    description =
      "trial \(event.trial) cannot have a '\(event.event.rawValue)' here"
  }
}
