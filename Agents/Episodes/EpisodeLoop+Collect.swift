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
  /// - Throws: What the closure throws, which ends it. Of a `fault` the episodes before it are handed out.
  public func collect<Failure: Error>(
    on team: ThreadTeam = ThreadTeam(threads: 1), into body: (Episode) throws(Failure) -> Void
  ) throws(Failure) {
    let queue = EpisodeQueue(episodes, seed: seed)
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
      let before = queue.ended
      team.choosing(work: Double(max(1, queue.ended - before))) {
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
    // The end of the queue, and this loop's fault, as they were told last.
    var end = Int.max
    var told: UInt64?
    _ = play { event in
      switch event {
      case .began(let row):
        open[row] = Episode(seed: rows[row].seed)
        appendObservation(of: row, to: &open[row])
      case .stepped:
        if let fault, fault.seed != told {
          queue.note(fault, nil)
          told = fault.seed
        }
        if queue.end < end {
          end = queue.end
          leave(from: end)
        }
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
    var endedCount = 0
    var ended: [Int: Episode] = [:]
    var fault: EnvironmentFault?
    var remark: EnvironmentFault?
  }

  private let seed: UInt64
  private let episodes = Mutex(Episodes())
  private let last: Atomic<Int>
  private let hasStopped = Atomic<Bool>(false)

  init(_ count: Int, seed: UInt64) {
    self.seed = seed
    last = Atomic(count)
  }

  /// The number after the last episode that is to be played.
  var end: Int { last.load(ordering: .relaxed) }

  /// The first of so many numbers of episodes to be played.
  func claim(_ size: Int) -> Int? {
    episodes.withLock { episodes in
      // One long episode must not make thousands of later ones wait in memory.
      guard episodes.begun < min(end, episodes.handedOut + 4096) else { return nil }
      defer { episodes.begun += size }
      return episodes.begun
    }
  }

  func add(_ episode: Episode, number: Int) {
    episodes.withLock {
      $0.ended[number] = episode
      $0.endedCount += 1
    }
  }

  /// The next episode, if it is over.
  func next() -> Episode? {
    episodes.withLock { episodes in
      guard episodes.handedOut < end else { return nil }
      let episode = episodes.ended.removeValue(forKey: episodes.handedOut)
      if episode != nil { episodes.handedOut += 1 }
      return episode
    }
  }

  /// Keeps what a thread found. A fault ends all later episodes.
  func note(_ fault: EnvironmentFault?, _ remark: EnvironmentFault?) {
    func earlier(_ a: EnvironmentFault?, _ b: EnvironmentFault?) -> EnvironmentFault? {
      [a, b].compactMap { $0 }.min { $0.episode(from: seed) < $1.episode(from: seed) }
    }
    episodes.withLock {
      $0.fault = earlier($0.fault, fault)
      $0.remark = earlier($0.remark, remark)
      if let fault = $0.fault { last.min(fault.episode(from: seed), ordering: .relaxed) }
    }
  }

  /// How many episodes are over.
  var ended: Int { episodes.withLock { $0.endedCount } }

  /// The earliest fault and remark.
  var findings: (fault: EnvironmentFault?, remark: EnvironmentFault?) {
    episodes.withLock { episodes in
      // Later episodes than that of the fault are played on some numbers of threads only.
      let remark = episodes.remark.flatMap { $0.episode(from: seed) > end ? nil : $0 }
      return (episodes.fault, remark)
    }
  }

  func stop() { hasStopped.store(true, ordering: .relaxed) }

  var isStopped: Bool { hasStopped.load(ordering: .relaxed) }

  var isOver: Bool { isStopped || episodes.withLock { $0.handedOut >= end } }
}
