internal import RLStatistics

/// The figure by which a search judges a run.
public enum TuningObjective: String, CaseIterable, Sendable {
  /// The mean return of the last fifth of the evaluations: how good the agent is when the budget is used up.
  case last
  /// The mean return of all evaluations: how good it is at any time, so that fast learning counts.
  case area

  /// The figure of a run's mean returns at evenly spaced evaluations, which may be cut off.
  package func callAsFunction(_ values: [Double]) -> Double {
    let counted = self == .area ? values[...] : values.suffix((values.count + 4) / 5)
    return mean(of: counted)
  }

  package var meaning: String {
    self == .last
      ? "the mean return of the last fifth of a run's evaluations"
      : "the mean return of all evaluations of a run"
  }
}
