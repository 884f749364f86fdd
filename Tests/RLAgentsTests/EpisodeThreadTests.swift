import RLAgents
import RLCore
import RLEnvironments
import RLSupport
import Testing

/// Takes the first action; only one thread can use it.
private final class First: Policy {
  let spec: EnvironmentSpec

  init(_ spec: EnvironmentSpec) { self.spec = spec }

  func act(
    on observations: Span<Float>, masks: Span<Bool>, using rng: inout SeededGenerator?,
    into actions: inout MutableSpan<Float>
  ) {
    for i in 0..<actions.count { actions[i] = 0 }
  }
}

/// Several threads play what one plays, to the bit.
@Suite struct EpisodeThreadTests {
  private static let threads = [2, 3, 5, 8]

  /// Agents that have learned for some steps, with choices, masks and information, and real numbers.
  private func policies() throws -> [(any Policy, EnvironmentRegistry.Entry)] {
    func policy<A: Agent>(_ type: A.Type, in name: String, _ settings: A.Settings) throws
      -> (any Policy, EnvironmentRegistry.Entry)
    {
      let entry = try EnvironmentRegistry.builtIn.resolve(name).entry
      let agent = try A(
        settings, environments: entry.makeVector(settings.environments), seed: 3, steps: 600,
        threads: 1)
      try agent.train { _ in .proceed }
      return (agent.policy, entry)
    }
    var ppo = PPOSettings()
    (ppo.rolloutSteps, ppo.epochs, ppo.normalizeObservations) = (256, 1, true)
    var dqn = DQNSettings()
    (dqn.learningStarts, dqn.widths) = (200, [16])
    var sac = SACSettings()
    (sac.learningStarts, sac.actorWidths, sac.criticWidths) = (590, [16], [16])
    return [
      try policy(PPO.self, in: "CartPole", ppo), try policy(PPO.self, in: "Taxi", PPOSettings()),
      try policy(PPO.self, in: "Pendulum", ppo), try policy(DQN.self, in: "Taxi", dqn),
      try policy(SAC.self, in: "Pendulum", sac),
    ]
  }

  private func evaluations(
    _ policy: any Policy, in makeVector: @escaping (Int) -> any VectorEnvironment, threads: Int
  ) -> [Evaluation] {
    ThreadTeam.$mode.withValue(.all) {
      let team = ThreadTeam(threads: threads)
      return [true, false].flatMap { isDeterministic in
        [0, 1, 7, 300].map { episodes in
          Evaluation(
            of: policy, in: makeVector, episodes: episodes, seed: 11,
            isDeterministic: isDeterministic, stepLimit: 60, on: team)
        }
      }
    }
  }

  @Test func evaluations() throws {
    for (policy, entry) in try policies() {
      let alone = evaluations(policy, in: entry.makeVector, threads: 1)
      #expect(alone.map(\.returns.count) == [0, 1, 7, 300, 0, 1, 7, 300])
      #expect(alone[3].infos.count == entry.spec.infos.count)
      for threads in Self.threads {
        let together = evaluations(policy, in: entry.makeVector, threads: threads)
        #expect(together == alone, "\(entry.id), \(threads)")
      }
    }
  }

  /// Wrappers whose environments share statistics, and policies that only one thread can use.
  @Test func whatCannotBeSharedIsPlayedAlone() throws {
    let (policy, entry) = try policies()[0]
    let normalized: (Int) -> any VectorEnvironment = {
      entry.makeVector($0).wrapped(by: NormalizeObservation())
    }
    let first = First(entry.spec)
    let alone = evaluations(policy, in: normalized, threads: 1)
    let fixed = evaluations(first, in: entry.makeVector, threads: 1)
    for threads in Self.threads {
      #expect(evaluations(policy, in: normalized, threads: threads) == alone)
      #expect(evaluations(first, in: entry.makeVector, threads: threads) == fixed)
      #expect(collected(PolicyPlayer(first), entry, threads: threads).count == 50)
    }
  }

  private func collected(
    _ player: any Player, _ entry: EnvironmentRegistry.Entry, threads: Int, episodes: Int = 50
  ) -> [Episode] {
    ThreadTeam.$mode.withValue(.all) {
      let loop = EpisodeLoop(
        player, in: entry.makeVector, episodes: episodes, seed: 5, environments: 4, stepLimit: 60)
      var result: [Episode] = []
      loop.collect(on: ThreadTeam(threads: threads)) { result.append($0) }
      return result
    }
  }

  @Test func collectedEpisodes() throws {
    for (policy, entry) in try policies() {
      let players: [any Player] = [
        PolicyPlayer(policy), PolicyPlayer(policy, seed: 7), RandomPlayer(),
        PolicyPlayer(randomIn: entry.spec, seed: 7),
      ]
      for (i, player) in players.enumerated() {
        let alone = collected(player, entry, threads: 1)
        #expect(alone.map(\.seed) == (0..<50).map { 5 + $0 })
        for threads in Self.threads {
          let isSame = collected(player, entry, threads: threads) == alone
          #expect(isSame, "\(entry.id), \(i), \(threads)")
        }
        let few = collected(player, entry, threads: 8, episodes: 3)
        let isSame = few == collected(player, entry, threads: 1, episodes: 3)
        #expect(isSame, "\(entry.id), \(i)")
        #expect(collected(player, entry, threads: 8, episodes: 0).isEmpty)
      }
    }
  }

  @Test func whoTakesEpisodesMayEndIt() throws {
    struct Enough: Error {}
    let entry = try EnvironmentRegistry.builtIn.resolve("CartPole").entry
    for threads in [1, 4] {
      let loop = EpisodeLoop(
        RandomPlayer(), in: entry.makeVector, episodes: 500, seed: 5, environments: 4)
      var seeds: [UInt64?] = []
      #expect(throws: Enough.self) {
        try ThreadTeam.$mode.withValue(.all) {
          try loop.collect(on: ThreadTeam(threads: threads)) { episode in
            seeds.append(episode.seed)
            if seeds.count == 7 { throw Enough() }
          }
        }
      }
      #expect(seeds == (5..<12).map { $0 })
    }
  }
}
