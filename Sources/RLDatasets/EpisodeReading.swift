internal import RLCore

/// Something that reads episodes, best in the order of their numbers.
protocol EpisodeReading: AnyObject {
  func episode(_ number: Int) throws(RolloutLogError) -> Episode
}
