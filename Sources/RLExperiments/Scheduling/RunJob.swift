/// A training of a study or a search that goes on beside this thread, from its checkpoint if it has one.
///
/// A run that is over has a `summary.json`, one that failed a file of its path and `.failed` that says why.
protocol RunJob: AnyObject {
  var isRunning: Bool { get }
  /// Asks the run to save its state and end.
  func stop()
  /// Waits for the end and says how it was.
  ///
  /// - Parameter isCancelled: Whether whoever started it was told to end.
  /// - Throws: `ExperimentError` if the run could not write its files. That is no failure of what it trains, and
  ///   with room on the disk it goes on.
  func end(isCancelled: Bool) throws -> RunEnding
}

/// How a run of a study or a search ended.
enum RunEnding: Equatable {
  case finished
  /// Because it was asked to; its state is saved.
  case stopped
  case failed(String)
}
