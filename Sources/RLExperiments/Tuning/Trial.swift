package import RLSupport

/// One configuration of a search, trained with several seeds.
package struct Trial: Equatable {
  /// Who chose the configuration.
  package enum Origin: String, Codable {
    /// The starting point: the preset, or the agent's defaults.
    case start
    case random
    case tpe
  }

  package enum State: Hashable {
    /// Training towards the goal.
    case running
    /// At its goal, which is not the whole budget.
    case paused
    case complete
    /// Cut off by the pruner.
    case pruned
    case failed(String)
  }

  package var number: Int
  package var origin: Origin
  /// What differs from the starting point.
  package var settings: [String: JSONValue]
  /// `nil` for settings that the space does not hold.
  package var coordinates: [Double]?
  /// The evaluations of each run to train to.
  package var goal: Int
  package var state = State.running
  /// The mean returns of each seed's run, evaluation by evaluation.
  package var curves: [[Double]]

  /// Whether anything is still to be trained before the next decision.
  package var isOpen: Bool { state == .running }

  package var hasFailed: Bool {
    if case .failed = state { return true }
    return false
  }

  /// Evaluations of all runs together.
  package var pointsSeen: Int { curves.reduce(0) { $0 + $1.count } }

  /// The mean over seeds of the objective; of what was seen if the trial was cut off. `nil` if it failed or
  /// nothing was seen.
  package func value(_ objective: TuningObjective) -> Double? {
    if hasFailed { return nil }
    let seen = curves.filter { !$0.isEmpty }
    return seen.isEmpty ? nil : seen.reduce(0) { $0 + objective($1) } / Double(seen.count)
  }

  package func standing(_ objective: TuningObjective) -> Sampler.Standing {
    switch state {
    case .running: .running
    case .failed: .failed
    case .complete: .complete(value(objective) ?? -.infinity)
    case .paused, .pruned: .cutOff(points: pointsSeen, value(objective) ?? -.infinity)
    }
  }
}
