public import RLDatasets

/// An agent that learns from a replay buffer, which may begin with what others did.
public protocol ReplayLearner: Agent {
  /// Fills the replay buffer with the transitions of a log, the newest ones if there are too many.
  ///
  /// To be called before training. The episodes are shared out among the environments, as if each had played
  /// some of them; what does not come out even at the end is left out.
  ///
  /// - Returns: How many transitions the buffer has.
  /// - Throws: `RolloutLogError` if the log cannot be read, has other spaces or numbers that are not finite.
  func remember(_ log: RolloutLog) throws(RolloutLogError) -> Int
}
