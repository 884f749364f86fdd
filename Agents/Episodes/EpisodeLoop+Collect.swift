public import RLCore
public import RLSupport
internal import Synchronization

extension EpisodeLoop {
  /// Plays all episodes and hands them out, in the order of their numbers, as a rollout log takes them.
  ///
  /// Each has its seed, so any of them can be repeated. Where an episode depends on nothing but its seed, each thread
  /// plays episodes in environments of its own, and what is handed out is the same for any number of threads. A
  /// player without copies, environments that cannot be split, and episodes that start together stay on one thread.
  ///
  /// - Parameters:
  ///   - team: The threads.
  ///   - body: Takes an episode, on the calling thread.
  /// - Throws: What the closure throws, which ends it. A `fault` ends it, too.
  public func collect<Failure: Error>(
    on team: ThreadTeam = ThreadTeam(threads: 1), into body: (Episode) throws(Failure) -> Void
  ) throws(Failure) {
    let queue = EpisodeQueue(episodes)
    var failure: Failure?
    func handOut() {
      do throws(Failure) {
        while failure == nil, let episode = queue.next() { try body(episode) }
      } catch {
        failure = error
        queue.stop()
      }
    }
    while !queue.isOver {
      team.choosing {
        let loops = loops(for: team.active)
        if loops.count == 1 { return loops[0].gather(in: queue) { handOut() } }
        team.run { member in
          guard member < loops.count else { return }
          loops[member].gather(in: queue) { if member == 0 { handOut() } }
        }
      }
      handOut()
    }
    (fault, remark) = queue.findings
    if let failure { throw failure }
  }

  /// A loop for each thread, or this one.
  private func loops(for threads: Int) -> [EpisodeLoop] {
    let threads = min(threads, episodes)
    guard threads > 1, !startsTogether, makeVector(2).split(into: 2).count == 2 else {
      return [self]
    }
    let players = (0..<threads).compactMap { _ in player.copy() }
    guard players.count == threads else { return [self] }
    return players.map {
      EpisodeLoop(
        $0, in: makeVector, episodes: episodes, seed: seed,
        environments: min(environments, episodes / threads), stepLimit: stepLimit)
    }
  }

  /// Plays episodes of a queue and puts them there.
  ///
  /// - Parameter ended: Called after each.
  private func gather(in queue: EpisodeQueue, ended: () -> Void) {
    var open = Array(repeating: Episode(), count: rows.count)
    _ = play { event in
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
        queue.add(open[row], number: rows[row].number)
        open[row] = Episode()
        ended()
      }
      return queue.isStopped ? .stop : .proceed
    } claim: {
      queue.claim($0)
    }
    queue.note(fault, remark)
  }

  private func appendObservation(of row: Int, to episode: inout Episode) {
    episode.observations += observations(of: row)
    episode.actionMasks += actionMasks(of: row).lazy.map { $0 ? 1 : 0 }
  }
}

/// Episodes that several threads play, and that leave in the order of their numbers.
private final class EpisodeQueue: Sendable {
  private struct Episodes {
    var begun = 0
    var handedOut = 0
    var ended: [Int: Episode] = [:]
    var fault: EnvironmentFault?
    var remark: EnvironmentFault?
  }

  private let count: Int
  private let episodes = Mutex(Episodes())
  private let hasStopped = Atomic<Bool>(false)

  init(_ count: Int) { self.count = count }

  /// The first of so many numbers of episodes to be played.
  func claim(_ size: Int) -> Int? {
    episodes.withLock { episodes in
      // One long episode must not make thousands of later ones wait in memory.
      guard episodes.begun < min(count, episodes.handedOut + 4096) else { return nil }
      defer { episodes.begun += size }
      return episodes.begun
    }
  }

  func add(_ episode: Episode, number: Int) {
    episodes.withLock { $0.ended[number] = episode }
  }

  /// The next episode, if it is over.
  func next() -> Episode? {
    episodes.withLock { episodes in
      let episode = episodes.ended.removeValue(forKey: episodes.handedOut)
      if episode != nil { episodes.handedOut += 1 }
      return episode
    }
  }

  /// Keeps what a thread found; a fault ends the others.
  func note(_ fault: EnvironmentFault?, _ remark: EnvironmentFault?) {
    episodes.withLock {
      $0.fault = [$0.fault, fault].earliest
      $0.remark = [$0.remark, remark].earliest
    }
    if fault != nil { stop() }
  }

  /// The earliest fault and remark.
  var findings: (fault: EnvironmentFault?, remark: EnvironmentFault?) {
    episodes.withLock { ($0.fault, $0.remark) }
  }

  func stop() { hasStopped.store(true, ordering: .relaxed) }

  var isStopped: Bool { hasStopped.load(ordering: .relaxed) }

  var isOver: Bool { isStopped || episodes.withLock { $0.handedOut >= count } }
}

extension [EnvironmentFault?] {
  /// The one of the first episode, by its seed.
  var earliest: EnvironmentFault? { compactMap { $0 }.min { ($0.seed ?? 0) < ($1.seed ?? 0) } }
}
