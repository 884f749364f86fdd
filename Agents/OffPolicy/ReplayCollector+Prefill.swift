internal import RLCore

extension ReplayCollector {
  /// Fills the buffer with episodes; each environment's column gets whole ones, one after the other.
  ///
  /// - Parameter next: Gives the next episode; `nil` after the last.
  /// - Returns: How many transitions the buffer has.
  func prefill(_ next: () throws -> Episode?) throws -> Int {
    let (width, actionWidth, maskWidth) = (batch.observationWidth, actions.width, batch.maskWidth)
    let rows = StepBatch(count: count, for: spec)
    /// The episode that a column is in.
    var columns = [(episode: Episode, step: Int)?](repeating: nil, count: count)
    var number = 0
    defer { buffer.cut() }
    while true {
      for i in columns.indices where columns[i].map({ $0.step == $0.episode.length }) ?? true {
        guard let episode = try next() else {
          guard buffer.count > 0 else {
            throw AgentError.unusableEpisodes(
              reason: "there are fewer than environments (\(count))")
          }
          return buffer.count
        }
        try check(episode, number)
        columns[i] = (episode, 0)
        number += 1
      }
      for (i, column) in columns.enumerated() {
        guard let (episode, step) = column else { continue }
        for j in 0..<width {
          before[i * width + j] = episode.observations[step * width + j]
          let next = episode.observations[(step + 1) * width + j]
          (rows.observations[i * width + j], rows.finalObservations[i * width + j]) = (next, next)
        }
        for j in 0..<maskWidth {
          let isAllowed =
            episode.actionMasks.isEmpty || episode.actionMasks[(step + 1) * maskWidth + j] != 0
          (rows.actionMasks[i * maskWidth + j], rows.finalActionMasks[i * maskWidth + j]) =
            (isAllowed, isAllowed)
        }
        for j in 0..<actionWidth { exported[j] = episode.actions[step * actionWidth + j] }
        actions.importScaled(exported, into: chosen + i * actionWidth)
        let isLast = step == episode.length - 1
        rows.rewards[i] = episode.rewards[step]
        rows.terminated[i] = isLast && episode.terminated
        rows.truncated[i] = isLast && episode.truncated
        columns[i]?.step += 1
      }
      remember(rows)
      encoder.observe(before, count: count)
    }
  }

  /// Throws if an episode is not one of these environments, or has a number that is not finite.
  private func check(_ episode: Episode, _ number: Int) throws(AgentError) {
    let length = episode.length
    guard length > 0, episode.observations.count == (length + 1) * batch.observationWidth,
      episode.actions.count == length * actions.width,
      episode.actionMasks.isEmpty
        || episode.actionMasks.count == (length + 1) * spec.actionSpace.choiceWidth
    else { throw .unusableEpisodes(reason: "episode \(number) is not one of \(spec.id)") }
    guard (episode.observations + episode.actions).allSatisfy(\.isFinite),
      episode.rewards.allSatisfy(\.isFinite)
    else {
      throw .unusableEpisodes(reason: "episode \(number) has a number that is not finite")
    }
  }
}
