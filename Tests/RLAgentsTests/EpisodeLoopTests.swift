import RLAgents
import RLCore
import RLEnvironments
import RLSupport
import Testing

/// Pushes the cart towards the side that the pole leans to.
private final class Balance: Policy {
  let spec: EnvironmentSpec

  init(_ spec: EnvironmentSpec) { self.spec = spec }

  func act(
    on observations: Span<Float>, masks: Span<Bool>, using rng: inout SeededGenerator?,
    into actions: inout MutableSpan<Float>
  ) {
    for i in 0..<actions.count { actions[i] = observations[4 * i + 2] > 0 ? 1 : 0 }
  }
}

@Suite struct EpisodeLoopTests {
  private func entry(_ name: String) throws -> EnvironmentRegistry.Entry {
    try EnvironmentRegistry.builtIn.resolve(name).entry
  }

  private func collected(
    _ player: any Player, _ name: String, _ episodes: Int, environments: Int,
    startsTogether: Bool = false, stepLimit: Int = 300
  ) throws -> [Episode] {
    let loop = EpisodeLoop(
      player, in: try entry(name).makeVector, episodes: episodes, seed: 11,
      environments: environments, startsTogether: startsTogether, stepLimit: stepLimit)
    var result: [Episode] = []
    loop.collect { result.append($0) }
    return result
  }

  @Test func itDoesNotMatterHowManyAreSideBySide() throws {
    for name in ["CartPole", "Taxi", "FrozenLake", "Pendulum"] {
      let alone = try collected(RandomPlayer(), name, 23, environments: 1)
      #expect(alone.count == 23 && alone.map(\.seed) == (0..<23).map { 11 + $0 })
      for (environments, together) in [(5, false), (64, false), (5, true), (23, true), (64, true)] {
        let others = try collected(
          RandomPlayer(), name, 23, environments: environments, startsTogether: together)
        #expect(others == alone, "\(name), \(environments)")
      }
    }
  }

  @Test func evaluationsAreEpisodesThatAreCollected() throws {
    let entry = try entry("CartPole")
    let policy = Balance(entry.spec)
    let evaluation = Evaluation(of: policy, in: entry.makeVector, episodes: 150, seed: 11)
    let episodes = try collected(PolicyPlayer(policy), "CartPole", 150, environments: 3)
    #expect(evaluation.returns == episodes.map(\.episodicReturn))
    #expect(evaluation.lengths == episodes.map(\.length))
    #expect(Set(evaluation.lengths).count > 5)
    let none = Evaluation(of: policy, in: entry.makeVector, episodes: 0, seed: 11)
    #expect(none.returns.isEmpty)
  }

  @Test func theStepLimitCuts() throws {
    let episodes = try collected(RandomPlayer(), "MountainCar", 3, environments: 2, stepLimit: 7)
    for episode in episodes {
      #expect(episode.length == 7 && episode.observations.count == 16)
      #expect(episode.truncated && episode.isUnfinished && !episode.terminated)
    }
    let entry = try entry("MountainCar")
    let evaluation = Evaluation(
      of: RandomPolicy(entry.spec), in: entry.makeVector, episodes: 3, seed: 1, stepLimit: 7)
    #expect(evaluation.lengths == [7, 7, 7] && evaluation.returns == [-7, -7, -7])
  }

  /// Three episodes of three steps in two rows.
  @Test(arguments: [false, true]) func observersSeeEveryStep(_ startsTogether: Bool) {
    let probe = Probe(.finite)
    let spec = EnvironmentSpec(
      id: "Probe", observationSpace: probe.observationSpace.spec,
      actionSpace: probe.actionSpace.spec)
    let loop = EpisodeLoop(
      RandomPlayer(), in: { BatchedEnvironments(spec, count: $0) { probe } }, episodes: 3, seed: 5,
      environments: 2, startsTogether: startsTogether)
    var story: [String] = []
    let isWhole = loop.play { event in
      switch event {
      case .began(let row): story.append("\(loop.rows[row].number) in \(row)")
      case .stepped:
        let rows = loop.rows.indices.filter { loop.rows[$0].isLive }
        story.append(rows.map { "\(loop.observation(of: $0)[0])" }.joined(separator: " "))
      case .ended(let row):
        #expect(loop.rows[row].terminated && loop.rows[row].length == 3)
        #expect(loop.rows[row].episodicReturn == 3)
        story.append("end \(loop.rows[row].seed)")
      }
      return .proceed
    }
    #expect(isWhole)
    #expect(
      story == [
        "0 in 0", "1 in 1", "0.5 0.5", "1.0 1.0", "1.0 1.0", "end 5", "end 6", "2 in 0", "0.5",
        "1.0", "1.0", "end 7",
      ])
    // It can be played again, and be stopped.
    var steps = 0
    let isStopped = !loop.play { event in
      if case .stepped = event { steps += 1 }
      return steps == 2 ? .stop : .proceed
    }
    #expect(isStopped && steps == 2)
    #expect(loop.play { _ in .proceed })
  }

  /// Driven from outside, as shows are.
  @Test func episodesCanBeSteppedByHand() throws {
    let entry = try entry("CartPole")
    let make = try #require(entry.makeSingle)
    let loop = EpisodeLoop(
      PolicyPlayer(Balance(entry.spec)), in: { _ in make() }, seed: 3, drawnRow: 0)
    loop.begin(4)
    #expect(loop.rows[0].seed == 7 && loop.rows[0].length == 0)
    let first = loop.observation(of: 0)
    let picture = loop.drawing(of: 0)
    loop.step()
    loop.step([1])
    #expect(loop.rows[0].length == 2 && Array(loop.action(of: 0)) == [1])
    #expect(picture != nil && loop.drawing(of: 0) != picture)
    loop.begin(4)
    #expect(loop.observation(of: 0) == first && loop.drawing(of: 0) == picture)
    while !loop.rows[0].isOver { loop.step([1]) }
    // The last state, which no longer is the environment's.
    let last = loop.observation(of: 0)
    #expect(abs(last[2]) > 0.2 && loop.drawing(of: 0) != nil && loop.drawing(of: 0) != picture)
    loop.step([1])
    #expect(loop.observation(of: 0) == last && !loop.rows[0].isLive)
  }
}
