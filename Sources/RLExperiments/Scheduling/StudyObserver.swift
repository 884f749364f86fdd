internal import RLAgents

/// What a study or a search tells while it trains.
public enum StudyEvent: Sendable {
  /// How far it is; about once a second.
  case progress(StudyProgress)
  /// Something that is not as it might be, such as a run that failed.
  case warning(String)
}

/// How training many runs is watched and ended.
public struct StudyObserver {
  /// Time between two tellings of the progress; `nil` for none.
  public var interval: Duration?
  /// Whether all is to end, with its state saved.
  public var isCancelled: () -> Bool
  /// Told how far everything is, and what is not as it might be.
  public var tell: (StudyEvent) -> Void

  /// Watches as it is told to; by default only trains to the end.
  public init(
    every interval: Duration? = .seconds(1), isCancelled: @escaping () -> Bool = { false },
    tell: @escaping (StudyEvent) -> Void = { _ in }
  ) {
    self.interval = interval
    self.isCancelled = isCancelled
    self.tell = tell
  }
}

extension StudyObserver {
  /// Observes with a closure that does not outlive the call.
  static func observing<Result>(
    _ observe: (StudyEvent) -> TrainingDirective, _ body: (StudyObserver) throws -> Result
  ) rethrows -> Result {
    try withoutActuallyEscaping(observe) { observe in
      var isStopped = false
      return try body(
        StudyObserver(isCancelled: { isStopped }) { event in
          if observe(event) == .stop { isStopped = true }
        })
    }
  }
}
