public import RLAgents

/// What a training run tells while it trains.
public enum RunEvent: Sendable {
  /// An evaluation in training.
  public struct Evaluation: Sendable {
    /// Environment steps done.
    public let step: Int
    /// Seconds of training, evaluations not counted.
    public let seconds: Double
    /// The returns of 20 episodes with the most likely actions.
    public let result: RLAgents.Evaluation
    /// The same with actions drawn at random, where the options asked for it.
    public let stochastic: RLAgents.Evaluation?
    /// Whether the policy is the best so far, which the run keeps as `best`.
    public let isBest: Bool

    /// The mean return.
    public var mean: Double { result.mean }
  }

  /// The agent has learned; the report has the episodes that ended and its measurements.
  case update(TrainingReport)
  /// The policy was evaluated.
  case evaluation(Evaluation)
  /// An evaluation reached the threshold, and 100 other episodes confirmed it.
  case solved(step: Int)
  /// The state was saved.
  case checkpoint(step: Int)
  /// The training is over; the state and the final model are saved after this.
  case trained(TrainingRun.Ending)
  /// The final model is evaluated and all files are written; the last event of a run that was not stopped.
  case finished(RunSummary)
  /// The training failed; the last event that ``TrainingRun/events()`` gives in this case.
  case failed(any Error)
}
