internal import Foundation
internal import RLAgents
internal import RLStatistics
public import RLSupport

/// What came of a search.
public struct TuningResults {
  /// A trial with the runs that confirm it.
  public struct Candidate {
    package var trial: Trial
    /// The number of the trial; 0 is the starting point.
    public var number: Int { trial.number }
    /// The settings that differ from the starting point's, or may do so.
    public var settings: [String: JSONValue] { trial.settings }
    /// The objective, the mean over the seeds of the search; `nil` if nothing was seen.
    public var value: Double?
    /// The objective of each run with new seeds.
    public var values: [Double]
    /// Their mean with its 95% interval; `nil` without such runs.
    public var mean: StudyResults.Estimate?
    /// How much better the runs are than the starting point's (`RLStatistics.Shift`: the median of all differences, and its interval).
    public var advantage: StudyResults.Estimate?
    /// Whether the runs are better than the starting point's, beyond chance.
    public var isBetter = false
  }

  /// What was searched.
  public let plan: TuningPlan
  private let catalog: Catalog
  package let search: TuningState
  /// The command that began the search.
  public let command: String
  /// The starting point, and the best of the other trials.
  public let candidates: [Candidate]
  /// The trial that `best.yaml` holds.
  public let best: Candidate

  /// Draws behind each interval.
  package static let repetitions = 20_000

  /// The trials to confirm: the starting point, and the best of the others; none if no trial is complete.
  package static func candidates(_ search: TuningState) -> [Int] {
    let others = search.best.map(\.number).filter { $0 != 0 }
    return search.best.isEmpty ? [] : [0] + others.prefix(TuningPlan.confirmed)
  }

  /// - Parameter random: The return that failed runs count with.
  /// - Throws: `ExperimentError` if no trial is complete.
  package init(
    _ plan: TuningPlan, _ search: TuningState, command: String, random: Double, catalog: Catalog
  ) throws {
    self.plan = plan
    self.catalog = catalog
    self.search = search
    self.command = command
    let objective = plan.objective
    let values = Self.candidates(search).map { number in
      let runs = search.confirmations[number] ?? [:]
      return (
        search.trials[number],
        (0..<plan.confirm).compactMap { runs[$0] }.map { $0.isEmpty ? random : objective($0) }
      )
    }
    let start = values.first?.1 ?? []
    let confidence = Self.confidence(candidates: values.count - 1)
    let single = Bootstrap(repetitions: Self.repetitions)
    candidates = values.map { trial, values in
      var candidate = Candidate(trial: trial, value: trial.value(objective), values: values)
      guard !values.isEmpty else { return candidate }
      let scores = Scores([values])
      candidate.mean = StudyResults.Estimate(
        Aggregate.mean(scores), single.runInterval(of: scores) { Aggregate.mean($0) })
      guard trial.number != 0, !start.isEmpty else { return candidate }
      let shift = Shift(from: start, to: values, confidence: confidence)
      candidate.advantage = StudyResults.Estimate(shift.value, shift.interval)
      candidate.isBetter = shift.isUp
      return candidate
    }
    // Without new seeds, by those of the search.
    let rated = candidates.filter { plan.confirm > 0 || $0.trial.state == .complete }
    func rating(_ candidate: Candidate) -> Double {
      candidate.mean?.value ?? candidate.trial.value(objective) ?? -.infinity
    }
    guard let first = rated.first, !search.best.isEmpty else {
      throw ExperimentError.failed(
        "None of \(search.trials.count) trials could be completed, so there is no best one; the warnings above say why."
      )
    }
    best = rated.dropFirst().reduce(first) { rating($1) > rating($0) ? $1 : $0 }
  }

  /// Of intervals that hold for all candidates together, as the best of several is chosen (Bonferroni 1936).
  private static func confidence(candidates: Int) -> Double {
    1 - 0.05 / Double(max(1, candidates))
  }

  /// The fewest new seeds with which a candidate can be told from the starting point.
  package static var fewestSeeds: Int {
    Shift.fewest(confidence: confidence(candidates: TuningPlan.confirmed))
  }

  /// What the starting point is called.
  package var startName: String { plan.startName(catalog) }

  /// All hyperparameters of a trial.
  package func configuration(of trial: Trial) -> [(name: String, value: JSONValue)] {
    let kind = try? catalog.agents.named(plan.agent)
    return (try? kind?.settings([plan.space.start, trial.settings]).values) ?? []
  }

  /// What a reader must know: whether the best is better than the starting point.
  public var verdict: String {
    let start = startName
    guard plan.confirm > 0 else {
      if best.trial.number == 0 {
        return
          "No trial was better than \(start), where the search started, by the seeds of the search; others were not tested."
      }
      return
        "Trial \(best.trial.number) was the best, by the seeds that chose it; with other seeds it is likely to be worse, and whether it is better than \(start) was not tested."
    }
    guard let advantage = best.advantage else {
      return
        "With new seeds, none of the trials chosen by the search was better than \(start), where it started; that is what best.yaml holds."
    }
    let words = NumberText.estimate(advantage)
    guard advantage.low != nil else {
      return
        "With new seeds, trial \(best.trial.number) has the highest mean, which may be chance: \(plan.confirm) seeds are too few to tell it from \(start); \(Self.fewestSeeds) would do."
    }
    return best.isBetter
      ? "With new seeds, trial \(best.trial.number) is better than \(start) by \(words)."
        + (plan.confirm < 10 ? " Fewer than 10 of them tell little." : "")
      : "With new seeds, trial \(best.trial.number) has the highest mean; its runs differ from those of \(start) by \(words), which may be chance."
  }

  // MARK: Files

  /// The best configuration, for `train --config`.
  var bestFile: String {
    var lines = [
      "# Trial \(best.trial.number) of: \(command)", "# \(verdict)", "agent: \(plan.agent)",
      "environment: \"\(plan.environment)\"", "steps: \(plan.steps)",
    ]
    lines += RunPlan.lines(of: plan.environmentArguments)
    lines += configuration(of: best.trial).map { "\($0.name): \($0.value.yaml)" }
    return lines.joined(separator: "\n") + "\n"
  }

  /// One row a trial.
  var csv: String {
    let names = plan.space.dimensions.map(\.name)
    let head = ["trial", "origin", "state", "value", "evaluations", "confirmed"] + names
    let confirmed = Dictionary(
      candidates.map { ($0.trial.number, $0.mean?.value) }, uniquingKeysWith: { $1 })
    let rows = search.trials.map { trial in
      let value = trial.value(plan.objective).map { "\($0)" } ?? ""
      let mean = (confirmed[trial.number] ?? nil).map { "\($0)" } ?? ""
      return [
        "\(trial.number)", trial.origin.rawValue, Self.word(trial.state), value,
        "\(trial.pointsSeen)", mean,
      ]
        + names.map { name in
          let word = (trial.settings[name] ?? plan.space.start[name])?.word ?? ""
          return word.contains(",") ? "\"\(word)\"" : word
        }
    }
    return ([head] + rows).map { $0.joined(separator: ",") + "\n" }.joined()
  }

  package static func word(_ state: Trial.State) -> String {
    switch state {
    case .running: "running"
    case .paused: "paused"
    case .complete: "complete"
    case .pruned: "pruned"
    case .failed: "failed"
    }
  }

  func name(_ trial: Trial) -> String {
    trial.number == 0 ? "trial 0, \(startName)" : "trial \(trial.number)"
  }

  /// What a candidate is called, with what the starting point is.
  public func name(_ candidate: Candidate) -> String { name(candidate.trial) }

  /// How many trials there were in all, and how many of them ended in each way.
  public var counts: (trials: Int, states: [(state: String, count: Int)]) {
    let states = ["complete", "pruned", "paused", "failed"].map { word in
      (state: word, count: search.trials.count { Self.word($0.state) == word })
    }
    return (search.trials.count, states.filter { $0.count > 0 })
  }

  /// The settings in which the best differs from the starting point, in alphabetical order.
  public var changes: [(name: String, value: JSONValue)] {
    best.settings.sorted { $0.key < $1.key }
      .filter { plan.space.start[$0.key]?.word != $0.value.word }
      .map { (name: $0.key, value: $0.value) }
  }

  /// The best as one JSON object.
  ///
  /// - Parameter directory: The search's directory, for the path of `best.yaml`.
  public func json(_ directory: String) throws -> String {
    struct Summary: Encodable {
      var algorithm: String
      var environment: String
      var trials: Int
      var best: Int
      var value: Double?
      var confirmed: StudyResults.Estimate?
      var start: StudyResults.Estimate?
      var advantage: StudyResults.Estimate?
      var settings: [String: String]
      var config: String
    }
    let summary = Summary(
      algorithm: plan.agent, environment: plan.environment, trials: search.trials.count,
      best: best.trial.number, value: best.value, confirmed: best.mean,
      start: candidates.first?.mean, advantage: best.advantage,
      settings: best.trial.settings.mapValues(\.word), config: directory + "/best.yaml")
    return try JSONText.encode(summary)
  }
}
