internal import Foundation
public import RLDatasets
internal import RLSupport

extension TrainingRun {
  /// How a run trains, besides what is trained.
  public struct Options: Sendable {
    /// The most threads to use; results do not depend on it.
    public var threads = ProcessInfo.processInfo.activeProcessorCount
    /// Whether the run ends once it is solved.
    public var stopsAtThreshold = false
    /// The mean return that counts as solved; the environment's if `nil`.
    public var threshold: Double?
    /// Steps between evaluations; a fiftieth of the budget if `nil`.
    public var evaluateEvery: Int?
    /// Whether evaluations in training also play with actions drawn at random.
    public var evaluatesStochastically = false
    /// Steps between checkpoints; half a minute lies between them if `nil`.
    public var checkpointEvery: Int?
    /// Checkpoints to keep, the newest ones: 2 if `nil`, all if `Int.max`.
    public var keptCheckpoints: Int?
    /// Steps between videos of an episode in the folder `videos`; none if `nil`.
    public var recordEvery: Int?
    /// Whether a new run writes a file for TensorBoard.
    public var writesEvents = false
    /// Whether every episode is kept in `rollouts`; a resumed run goes on with what it did.
    public var logsRollouts = false
    /// A name for people, kept in `metadata.json` of a new run.
    public var name: String?
    /// Words to find the run by, kept in `metadata.json` of a new run.
    public var tags: [String] = []
    /// The run, or a model in one, whose weights and observation normalizer a new run begins with.
    public var weightsOf: String?
    /// Opens a log whose transitions the replay buffer of a new run begins with.
    public var fromLog: (@Sendable () throws -> RolloutLog)?
    /// The moment from which ``TrainingRun/wallSeconds`` and ``TrainingRun/solvedAtSecond`` count; that of the call
    /// of `train` if `nil`.
    public var begin: ContinuousClock.Instant?
    /// Whether training is to end: after the present update, or in the middle of one that goes on for more than
    /// `StopRequest.patience`. Asked often, from any thread of the training.
    public var isCancelled: @Sendable () -> Bool = { false }
    /// How long an update may take to come to its end once the training is to end.
    package var patience = StopRequest.patience
    /// Told what is not as it might be, but does not keep the training from going on.
    public var warn: @Sendable (String) -> Void = { _ in }

    /// The options of `rlgym train` without options.
    public init() {}

    /// Throws `ExperimentError` if a number that must be 1 or more is not, or the threshold is not finite.
    func check() throws {
      let numbers = [
        ("threads", threads), ("evaluateEvery", evaluateEvery), ("recordEvery", recordEvery),
        ("checkpointEvery", checkpointEvery), ("keptCheckpoints", keptCheckpoints),
      ]
      for case (let name, let number?) in numbers where number < 1 {
        throw ExperimentError.invalid("'\(name)' must be 1 or more, not \(number).")
      }
      if let threshold, !threshold.isFinite {
        throw ExperimentError.invalid("The threshold must be a finite number, not \(threshold).")
      }
    }
  }

  /// Why a training ended.
  public enum Ending: Sendable, Equatable {
    /// The budget is used up.
    case finished
    /// The threshold is reached, where that was to be the end.
    case solved
    /// An observer or ``Options/isCancelled`` said so. The state is saved, and the run can go on; without what was
    /// done since the last checkpoint if ``TrainingRun/hasLeftUpdate``.
    case stopped
  }
}
