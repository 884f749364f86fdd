public import RLAgents
internal import RLStatistics

extension Evaluation {
  /// Half the width of the 95% interval of the mean return, by Student's t; `nil` for one episode, and for fewer than
  /// six episodes of the same return, which say nothing of the spread.
  public var halfInterval: Double? {
    meanInterval(of: returns).map { 0.5 * ($0.high - $0.low) }
  }
}
