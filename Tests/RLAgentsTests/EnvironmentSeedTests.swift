import RLAgents
import RLCore
import RLSupport
import TestSupport
import Testing

/// Runs are taken as independent, so their environments must not draw from the same streams.
@Suite struct EnvironmentSeedTests {
  /// The streams of a short training.
  private func streams<A: Agent>(
    _: A.Type, _ actions: some Space & Sendable, seed: UInt64, environments: Int, threads: Int,
    _ change: (inout A.Settings) -> Void = { _ in }
  ) throws -> Set<[UInt64]> {
    let streams = WitnessedStreams()
    var c = A.Settings()
    c.environments = environments
    change(&c)
    let agent = try A(
      c, environments: makeVector(environments) { Witness(actions, in: streams) }, seed: seed,
      steps: 16 * environments, threads: threads)
    try agent.train { _ in .proceed }
    return streams.all
  }

  /// The streams of each agent, by its name.
  private func streams(seed: UInt64, environments: Int, threads: Int = 1) throws
    -> [String: Set<[UInt64]>]
  {
    let (choices, bounded) = (Discrete(2), Box<1>(-1...1))
    return [
      PPO.name: try streams(
        PPO.self, choices, seed: seed, environments: environments, threads: threads
      ) {
        ($0.rolloutSteps, $0.batchSize, $0.epochs) = (8, 8 * environments, 1)
        ($0.policyWidths, $0.valueWidths) = ([4], [4])
      },
      DQN.name: try streams(
        DQN.self, choices, seed: seed, environments: environments, threads: threads
      ) { ($0.widths, $0.bufferSize) = ([4], 200) },
      SAC.name: try streams(
        SAC.self, bounded, seed: seed, environments: environments, threads: threads
      ) { ($0.actorWidths, $0.criticWidths, $0.bufferSize) = ([4], [4], 200) },
      TD3.name: try streams(
        TD3.self, bounded, seed: seed, environments: environments, threads: threads
      ) { ($0.actorWidths, $0.criticWidths, $0.bufferSize) = ([4], [4], 200) },
      ClippedActorCritic.name: try streams(
        ClippedActorCritic.self, choices, seed: seed, environments: environments, threads: threads
      ) { $0.rolloutSteps = 8 },
    ]
  }

  @Test(arguments: [1, 2, 5, 16, 64])
  func trainingsWithNeighbouringSeedsShareNoStream(environments: Int) throws {
    // Beside each other, also where they wrap around, and as far apart as environments are many.
    let seeds: Set<UInt64> = [0, 1, 2, 7, 8, 7 + UInt64(environments), .max - 1, .max]
    var all: Set<[UInt64]> = []
    var count = 0
    for seed in seeds {
      for (name, own) in try streams(seed: seed, environments: environments) {
        #expect(own.count == environments, "\(name), seed \(seed)")
        #expect(all.isDisjoint(with: own), "\(name), seed \(seed)")
        all.formUnion(own)
        count += environments
      }
    }
    #expect(all.count == count && count == seeds.count * 5 * environments)
  }

  /// The seed of the first environment is what the documentation says; the vector's others count up.
  @Test func streamsFollowFromTheSeedAlone() throws {
    let keys: [String: [UInt32]] = [
      "ppo": [0x5050_4f], "dqn": [0x44_514e], "sac": [0x53_4143], "td3": [0x54_4433],
      "clipped": "clipped".utf8.map { UInt32($0) },
    ]
    for threads in [1, 3] {
      let found = try streams(seed: 7, environments: 5, threads: threads)
      for (name, key) in keys {
        let first = SeedSequence(7, spawnKey: key + [3]).state(count: 1)[0]
        #expect(SeedSequence(7, spawnKey: key).environmentSeed == first)
        let expected = (0..<5).map {
          WitnessedStreams.name(SeededGenerator(seed: first &+ UInt64($0)))
        }
        #expect(found[name] == Set(expected), "\(name), \(threads) threads")
      }
    }
  }
}
