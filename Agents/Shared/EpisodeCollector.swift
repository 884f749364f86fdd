public import RLCore
internal import RLSupport

/// Plays episodes for a rollout log, each from a seed of its own, so that any of them can be repeated.
public struct EpisodeCollector {
  /// Who chooses the actions.
  public enum Actor {
    /// A trained policy, with its most likely actions or random ones.
    case policy(any Policy, isDeterministic: Bool)
    /// Nobody: each allowed action is equally likely.
    case random
  }

  private let makeVector: (Int) -> any VectorEnvironment
  private let actor: Actor
  private let seed: UInt64
  private let count: Int
  private let stepLimit: Int

  /// An environment with the episode that is played in it.
  private struct Seat {
    var vector: any VectorEnvironment
    let batch: StepBatch
    var number = 0
    var episode = Episode()
    var rng = SeededGenerator(seed: 0)
    var isOpen = false
  }

  /// Episodes to be played.
  ///
  /// - Parameters:
  ///   - makeVector: Makes a vector of so many environments.
  ///   - actor: Who chooses the actions.
  ///   - seed: Episode i starts with the seed `seed + i`.
  ///   - environments: How many episodes are played together. Without random actions of a policy it does
  ///     not matter for the result.
  ///   - stepLimit: Steps after which an episode of an environment without a time limit is cut.
  public init(
    in makeVector: @escaping (Int) -> any VectorEnvironment, actor: Actor, seed: UInt64,
    environments: Int = 8, stepLimit: Int = 100_000
  ) {
    self.makeVector = makeVector
    self.actor = actor
    self.seed = seed
    count = max(1, environments)
    self.stepLimit = stepLimit
  }

  /// Plays episodes and hands them out in the order of their numbers.
  public func collect(_ episodes: Int, into body: (Episode) throws -> Void) throws {
    var seats = (0..<min(count, episodes)).map { _ in
      let vector = makeVector(1)
      return Seat(vector: vector, batch: StepBatch(count: 1, for: vector.spec))
    }
    guard let spec = seats.first?.vector.spec else { return }
    let (width, actionWidth) = (spec.observationSpace.rowWidth, spec.actionSpace.rowWidth)
    let maskWidth = spec.masksActions ? spec.actionSpace.flatWidth : 0
    var observations = [Float](repeating: 0, count: seats.count * width)
    var masks = [Bool](repeating: true, count: seats.count * maskWidth)
    var actions = [Float](repeating: 0, count: seats.count * actionWidth)
    var rng: SeededGenerator?
    if case .policy(_, false) = actor {
      rng = SeededGenerator(SeedSequence(seed, spawnKey: [0x434f_4c4c]))
    }
    var (begun, handedOut) = (0, 0)
    var ended: [Int: Episode] = [:]
    while handedOut < episodes {
      // One long episode must not make thousands of later ones wait in memory.
      for i in seats.indices where !seats[i].isOpen && begun < min(episodes, handedOut + 4096) {
        begin(&seats[i], number: begun)
        begun += 1
      }
      for (i, seat) in seats.enumerated() {
        for j in 0..<width { observations[i * width + j] = seat.batch.observations[j] }
        for j in 0..<maskWidth { masks[i * maskWidth + j] = seat.batch.actionMasks[j] }
      }
      if case .policy(let policy, _) = actor {
        var rows = actions.mutableSpan
        policy.act(on: observations.span, masks: masks.span, using: &rng, into: &rows)
      } else {
        for i in seats.indices where seats[i].isOpen {
          let row = RandomPolicy.sample(
            spec.actionSpace, mask: Array(masks[i * maskWidth..<(i + 1) * maskWidth]),
            using: &seats[i].rng)
          for (j, value) in row.enumerated() { actions[i * actionWidth + j] = value }
        }
      }
      for i in seats.indices where seats[i].isOpen {
        let row = actions[i * actionWidth..<(i + 1) * actionWidth]
        step(&seats[i], Array(row))
        if !seats[i].isOpen { ended[seats[i].number] = seats[i].episode }
      }
      while let episode = ended.removeValue(forKey: handedOut) {
        try body(episode)
        handedOut += 1
      }
    }
  }

  private func begin(_ seat: inout Seat, number: Int) {
    let own = seed &+ UInt64(number)
    seat.vector.reset(seed: own, into: seat.batch)
    seat.number = number
    seat.rng = SeededGenerator(SeedSequence(own, spawnKey: [0x434f_4c4c]))
    seat.episode = Episode(
      seed: own, observations: Array(seat.batch.observations),
      actionMasks: seat.batch.actionMasks.map { $0 ? 1 : 0 })
    seat.isOpen = true
  }

  private func step(_ seat: inout Seat, _ action: [Float]) {
    seat.vector.step(action, into: seat.batch)
    seat.episode.actions += action
    seat.episode.rewards.append(seat.batch.rewards[0])
    seat.episode.terminated = seat.batch.terminated[0]
    seat.episode.truncated = seat.batch.truncated[0]
    let ended = seat.episode.terminated || seat.episode.truncated
    seat.episode.observations += ended ? seat.batch.finalObservations : seat.batch.observations
    let masks = ended ? seat.batch.finalActionMasks : seat.batch.actionMasks
    seat.episode.actionMasks += masks.map { $0 ? 1 : 0 }
    if !ended && seat.episode.length >= stepLimit {
      seat.episode.truncated = true
      seat.episode.isUnfinished = true
    }
    seat.isOpen = !ended && !seat.episode.isUnfinished
  }
}
