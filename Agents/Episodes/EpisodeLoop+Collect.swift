public import RLCore

extension EpisodeLoop {
  /// Plays all episodes and hands them out, in the order of their numbers, as a rollout log takes them.
  ///
  /// Each has its seed, so any of them can be repeated.
  ///
  /// - Parameter body: Takes an episode.
  /// - Throws: What the closure throws, which ends it.
  public func collect(into body: (Episode) throws -> Void) rethrows {
    var open = Array(repeating: Episode(), count: rows.count)
    var ended: [Int: Episode] = [:]
    var handedOut = 0
    try play { event in
      switch event {
      case .began(let row):
        open[row] = Episode(seed: rows[row].seed)
        appendObservation(of: row, to: &open[row])
      case .stepped:
        for row in rows.indices where rows[row].isLive {
          open[row].actions += action(of: row)
          open[row].rewards.append(batch.rewards[row])
          open[row].infos += batch.infos(of: row)
          appendObservation(of: row, to: &open[row])
        }
      case .ended(let row):
        open[row].terminated = rows[row].terminated
        open[row].isUnfinished = !rows[row].terminated && !rows[row].truncated
        open[row].truncated = rows[row].truncated || open[row].isUnfinished
        ended[rows[row].number] = open[row]
        open[row] = Episode()
        while let episode = ended.removeValue(forKey: handedOut) {
          try body(episode)
          handedOut += 1
        }
      }
      return .proceed
    }
  }

  private func appendObservation(of row: Int, to episode: inout Episode) {
    episode.observations += observations(of: row)
    episode.actionMasks += actionMasks(of: row).lazy.map { $0 ? 1 : 0 }
  }
}
