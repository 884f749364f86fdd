internal import RLCore
internal import RLSupport

/// Gathers what happens in environments to episodes, and hands these to a log.
///
/// Whoever trains an agent may add the log-probabilities of its actions and the values of what it saw: after
/// `expectAnnotations`, ended episodes wait for `annotate`, which is to be called with each of its reports.
///
/// Safe where the environments are stepped by several threads: what is remembered of an environment is
/// touched by whoever steps it, which is one thread at a time (the rule for every `VectorEnvironment`), and by
/// `annotate`, `finish`, `save` and `restore`, which, like everything that is called for a whole vector, must not
/// be called while parts of it are stepped. The writer takes episodes from any thread.
public final class RolloutRecorder: @unchecked Sendable {
  /// What is remembered of one environment.
  private final class Track {
    /// The open episode.
    var episode = Episode()
    /// Whether the open episode is known from its beginning.
    var isOpen = false
    /// The open episode's place in the run, and with it that of the next.
    var origin: Episode.Origin?
    /// Ended episodes that wait for annotations, with the step in which they ended.
    var ended: [(step: Int, episode: Episode)] = []
    /// Steps since the last annotation.
    var steps = 0
  }

  private var writer: RolloutLogWriter?
  private let spec: EnvironmentSpec
  private let tracks: [Track]
  private var waitsForAnnotations = false
  private let width: Int
  private let actionWidth: Int
  private let maskWidth: Int
  private let infoWidth: Int

  init(_ spec: EnvironmentSpec, count: Int, writer: RolloutLogWriter?) {
    self.spec = spec
    self.writer = writer
    tracks = (0..<count).map { _ in Track() }
    width = spec.observationSpace.rowWidth
    actionWidth = spec.actionSpace.rowWidth
    maskWidth = spec.masksActions ? spec.actionSpace.choiceWidth : 0
    infoWidth = spec.infos.count
  }

  /// Says where ended episodes go; to be called before the first step.
  public func attach(_ writer: RolloutLogWriter) { self.writer = writer }

  // MARK: Recording

  /// Notes that environments were reset.
  ///
  /// - Parameters:
  ///   - first: The number of the batch's first environment.
  ///   - rows: The rows of the batch that were reset.
  ///   - seed: The seed of the batch's first environment, if they were given seeds.
  func didReset(first: Int, rows: Range<Int>, seed: UInt64?, _ batch: StepBatch) {
    for row in rows {
      let track = tracks[first + row]
      if track.isOpen, track.episode.length > 0 {
        track.episode.truncated = true
        track.episode.isUnfinished = true
        end(track)
      }
      if let seed {
        let own = seed &+ UInt64(row)
        track.origin = Episode.Origin(seed: own, index: 0)
        begin(track, row, batch)
        track.episode.seed = own
      } else {
        track.origin?.index += track.isOpen ? 1 : 0
        begin(track, row, batch)
      }
    }
  }

  private func begin(_ track: Track, _ row: Int, _ batch: StepBatch) {
    // Room for an episode like the one before.
    let length = min(4096, max(16, track.episode.length))
    track.episode = Episode()
    track.episode.origin = track.origin
    track.episode.observations.reserveCapacity((length + 1) * width)
    track.episode.actions.reserveCapacity(length * actionWidth)
    track.episode.rewards.reserveCapacity(length)
    track.isOpen = true
    appendObservation(track, row, batch.observations, batch.actionMasks)
  }

  @inline(__always)
  private func appendObservation(
    _ track: Track, _ row: Int, _ observations: UnsafeMutableBufferPointer<Float>,
    _ masks: UnsafeMutableBufferPointer<Bool>
  ) {
    for i in row * width..<(row + 1) * width { track.episode.observations.append(observations[i]) }
    for i in row * maskWidth..<(row + 1) * maskWidth {
      track.episode.actionMasks.append(masks[i] ? 1 : 0)
    }
  }

  /// Notes a step of every environment of a batch.
  ///
  /// - Parameter first: The number of the batch's first environment.
  func didStep(first: Int, _ actions: Span<Float>, _ batch: StepBatch) {
    for row in 0..<batch.count {
      let track = tracks[first + row]
      track.steps += 1
      let ended = batch.terminated[row] || batch.truncated[row]
      if track.isOpen {
        for i in row * actionWidth..<(row + 1) * actionWidth {
          track.episode.actions.append(actions[i])
        }
        for i in row * infoWidth..<(row + 1) * infoWidth {
          track.episode.infos.append(batch.infos[i])
        }
        track.episode.rewards.append(batch.rewards[row])
        if !ended {
          appendObservation(track, row, batch.observations, batch.actionMasks)
          continue
        }
        appendObservation(track, row, batch.finalObservations, batch.finalActionMasks)
        track.episode.terminated = batch.terminated[row]
        track.episode.truncated = batch.truncated[row]
        end(track)
        track.origin?.index += 1
      } else if !ended {
        continue
      }
      begin(track, row, batch)
    }
  }

  private func end(_ track: Track) {
    if waitsForAnnotations {
      track.ended.append((track.steps, track.episode))
    } else {
      writer?.append(track.episode)
    }
  }

  // MARK: Annotations

  /// From now on ended episodes wait for `annotate`. To be called before the first step.
  public func expectAnnotations() { waitsForAnnotations = true }

  /// Adds what the agent knows of the steps since the last call, and hands the ended episodes to the log, in
  /// the order of steps and environments.
  ///
  /// - Parameters:
  ///   - logProbabilities: log π of each action when it was taken, `[steps, environments]`; empty if the
  ///     agent has none.
  ///   - values: V of each observation that was acted on, `[steps, environments]`; empty if the agent has none.
  public func annotate(logProbabilities: [Float] = [], values: [Float] = []) {
    let steps = max(logProbabilities.count, values.count) / max(1, tracks.count)
    precondition(
      [logProbabilities.count, values.count].allSatisfy { [0, steps * tracks.count].contains($0) },
      "RolloutRecorder: \(logProbabilities.count) log-probabilities and \(values.count) values are no rows of \(tracks.count)"
    )
    var ready: [(step: Int, episode: Episode)] = []
    for (number, track) in tracks.enumerated() {
      var step = 0
      func fill(_ episode: inout Episode, until end: Int) {
        // An episode that began before it was recorded has no place for its first steps.
        let known = max(episode.logProbabilities.count, episode.values.count)
        step = max(step, end - (episode.length - known))
        while step < end {
          let place = step * tracks.count + number
          if !logProbabilities.isEmpty { episode.logProbabilities.append(logProbabilities[place]) }
          if !values.isEmpty { episode.values.append(values[place]) }
          step += 1
        }
      }
      if steps > 0 {
        for i in track.ended.indices { fill(&track.ended[i].episode, until: track.ended[i].step) }
        if track.isOpen { fill(&track.episode, until: steps) }
      }
      ready += track.ended
      track.ended.removeAll(keepingCapacity: true)
      track.steps = 0
    }
    // A stable order: episodes of one step stay in the order of their environments.
    let order = ready.indices.sorted { (ready[$0].step, $0) < (ready[$1].step, $1) }
    for i in order { writer?.append(ready[i].episode) }
  }

  /// Ends the open episodes as unfinished ones, when training is over.
  public func finish() {
    for track in tracks {
      for (_, episode) in track.ended { writer?.append(episode) }
      track.ended.removeAll()
      guard track.isOpen, track.episode.length > 0 else { continue }
      track.episode.truncated = true
      track.episode.isUnfinished = true
      writer?.append(track.episode)
      track.isOpen = false
    }
  }

  // MARK: State

  /// Saves the open episodes of some environments.
  func save(_ range: Range<Int>, to archive: inout StateArchive, prefix: String) {
    for track in tracks[range] {
      let episode = track.episode
      archive.append(
        prefix + "log.counts",
        .int([
          Int64(episode.length), track.isOpen ? 1 : 0, episode.seed == nil ? 0 : 1,
          track.origin == nil ? 0 : 1, Int64(track.origin?.index ?? 0),
          Int64(episode.values.count),
        ]))
      archive.append(prefix + "log.seeds", .uint([episode.seed ?? 0, track.origin?.seed ?? 0]))
      archive.append(prefix + "log.observations", .float(track.isOpen ? episode.observations : []))
      archive.append(prefix + "log.actions", .float(episode.actions))
      archive.append(prefix + "log.rewards", .double(episode.rewards))
      archive.append(prefix + "log.masks", .bytes(track.isOpen ? episode.actionMasks : []))
      archive.append(prefix + "log.log_probabilities", .float(episode.logProbabilities))
      archive.append(prefix + "log.values", .float(episode.values))
      if infoWidth > 0 { archive.append(prefix + "log.infos", .double(episode.infos)) }
    }
  }

  /// Takes over what `save` wrote. Without it, recording begins with the next episodes.
  ///
  /// - Parameters:
  ///   - offset: The index, among the environments saved, of the first one of the range.
  ///   - isExact: Whether the environments go on where they were.
  func restore(
    _ range: Range<Int>, from archive: StateArchive, prefix: String, offset: Int, isExact: Bool
  ) throws(StateError) {
    guard archive.entries[prefix + "log.counts"] != nil else {
      for track in tracks[range] {
        (track.isOpen, track.origin, track.steps) = (false, nil, 0)
      }
      return
    }
    let total = offset + range.count
    let counts = try archive.ints(prefix + "log.counts", offset: 0, count: 6 * total)
    let seeds = try archive.uints(prefix + "log.seeds")
    let savedSteps = try archive.doubles(prefix + "log.rewards").count
    try StateRange.within(0...Int64(1) << 40).check(counts, prefix + "log.counts")
    let isPossible = (0..<total).allSatisfy {
      counts[6 * $0] <= savedSteps && counts[6 * $0 + 5] <= counts[6 * $0]
    }
    guard isPossible, seeds.count >= 2 * total else {
      throw .invalid(prefix + "log.counts", "its episodes are longer than what is saved of them")
    }
    var (steps, observations, values) = (0, 0, 0)
    for i in 0..<total {
      let count = (0..<6).map { Int(counts[6 * i + $0]) }
      let (length, isOpen) = (count[0], count[1] == 1)
      let rows = isOpen ? length + 1 : 0
      defer {
        steps += length
        observations += rows
        values += count[5]
      }
      if i < offset { continue }
      let track = tracks[range.lowerBound + i - offset]
      var episode = Episode()
      episode.observations = try archive.floats(
        prefix + "log.observations", offset: observations * width, count: rows * width)
      try StateRange.rows(of: spec.observationSpace).check(
        episode.observations, prefix + "log.observations")
      episode.actions = try archive.floats(
        prefix + "log.actions", offset: steps * actionWidth, count: length * actionWidth)
      try StateRange.rows(of: spec.actionSpace).check(episode.actions, prefix + "log.actions")
      episode.rewards = try archive.doubles(prefix + "log.rewards", offset: steps, count: length)
      episode.logProbabilities = try archive.floats(
        prefix + "log.log_probabilities", offset: values, count: count[5])
      episode.values = try archive.floats(prefix + "log.values", offset: values, count: count[5])
      if infoWidth > 0 {
        // Checkpoints from before the environment had information know none.
        episode.infos =
          archive.entries[prefix + "log.infos"] == nil
          ? Array(repeating: .nan, count: length * infoWidth)
          : try archive.doubles(
            prefix + "log.infos", offset: steps * infoWidth, count: length * infoWidth)
      }
      let masks = try archive.bytes(prefix + "log.masks")
      let (first, end) = (observations * maskWidth, (observations + rows) * maskWidth)
      guard end <= masks.count else {
        throw .wrongCount(prefix + "log.masks", expected: end, found: masks.count)
      }
      episode.actionMasks = Array(masks[first..<end])
      try StateRange.within(0...1).check(episode.actionMasks, prefix + "log.masks")
      episode.seed = count[2] == 1 ? seeds[2 * i] : nil
      track.origin =
        count[3] == 1 ? Episode.Origin(seed: seeds[2 * i + 1], index: count[4]) : nil
      episode.origin = track.origin
      (track.episode, track.isOpen, track.steps) = (episode, isOpen, 0)
      track.ended.removeAll()
      // What follows after a loss of state cannot be repeated from the seed.
      if !isExact { track.origin = nil }
    }
  }
}
