import RLAgents
import RLCore
import RLSupport
import Testing

/// Ends after some steps; one of two numbers is summed.
struct ToldWalk: Environment, Codable {
  struct Info: StepInfo {
    var isSuccess = false
    var cost = 0.0
    static let numbers = [
      Number(\.isSuccess, "is_success"), Number(\.cost, "cost", isSummed: true),
    ]
  }

  var place = 0

  var observationSpace: Box<1> { Box(0...9) }
  var actionSpace: Discrete { Discrete(2) }

  mutating func reset(using rng: inout SeededGenerator) -> Observation {
    place = 0
    return [0]
  }

  mutating func step(_ action: Int, using rng: inout SeededGenerator) -> Step<Observation, Info> {
    place += 1
    var info = Info()
    (info.isSuccess, info.cost) = (place == 9 && action == 1, action == 1 ? 0.5 : 0)
    return place == 9
      ? .terminal([9], reward: info.isSuccess ? 1 : 0, info: info)
      : .next([Float(place)], reward: 0, info: info)
  }

  static func vector(_ count: Int) throws -> any VectorEnvironment {
    var registry = EnvironmentRegistry()
    try registry.register("ToldWalk") { ToldWalk() }
    return try registry.make("ToldWalk", count: count)
  }
}

@Suite struct EpisodeTallyTests {
  @Test func episodesHaveTheLastNumberOrTheSum() throws {
    var vector = try ToldWalk.vector(2)
    let batch = StepBatch(count: 2, for: vector.spec)
    var tally = EpisodeTally(count: 2, for: vector.spec)
    vector.reset(seed: 1, into: batch)
    var episodes: [TrainingReport.Episode] = []
    for step in 1...18 {
      vector.step([1, step % 2 == 0 ? 1 : 0], into: batch)
      episodes += tally.add(batch, stepsDone: 2 * step)
      // What was saved in mid-episode goes on.
      if step == 5 {
        var archive = StateArchive()
        tally.save(to: &archive)
        tally = EpisodeTally(count: 2, for: vector.spec)
        try tally.restore(from: archive)
        archive.set("infos", .double([1, 2, 3]))
        #expect(throws: StateError.self) { try tally.restore(from: archive) }
      }
    }
    let expected = [
      TrainingReport.Episode(
        step: 18, episodicReturn: 1, length: 9, infos: ["is_success": 1, "cost": 4.5]),
      .init(step: 18, episodicReturn: 0, length: 9, infos: ["is_success": 0, "cost": 2]),
      .init(step: 36, episodicReturn: 1, length: 9, infos: ["is_success": 1, "cost": 4.5]),
      .init(step: 36, episodicReturn: 1, length: 9, infos: ["is_success": 1, "cost": 2.5]),
    ]
    #expect(episodes == expected)
  }

  /// Without information a tally is saved as in 0.1.0, whose files restore one with it, too.
  @Test func filesWithoutInformationAreRead() throws {
    let plain = EnvironmentSpec(
      id: "a", observationSpace: .discrete(count: 2, start: 0),
      actionSpace: .discrete(count: 2, start: 0))
    var archive = StateArchive()
    EpisodeTally(count: 3, for: plain).save(to: &archive)
    #expect(archive.entries.keys.sorted() == ["lengths", "returns"])
    var tally = EpisodeTally(count: 3, for: try ToldWalk.vector(1).spec)
    try tally.restore(from: archive)
  }

  @Test(arguments: ["ppo", "dqn"]) func agentsReportWhatEnvironmentsSay(_ name: String) throws {
    let entry = try AgentRegistry.builtIn.named(name)
    func episodes(threads: Int) throws -> [TrainingReport.Episode] {
      var settings = try entry.settings(from: nil, [["environments": 4]])
      if name == "ppo" { settings = try entry.settings(from: settings, [["rolloutSteps": 32]]) }
      let agent = try entry.type.make(
        settings, environments: ToldWalk.vector(4), seed: 1, steps: 400, threads: threads)
      var episodes: [TrainingReport.Episode] = []
      try agent.train {
        episodes += $0.episodes
        return .proceed
      }
      return episodes
    }
    let found = try episodes(threads: 1)
    #expect(try found.count > 40 && found == episodes(threads: 2))
    for episode in found {
      let cost = try #require(episode.infos["cost"])
      #expect(episode.length == 9 && episode.infos["is_success"] == episode.episodicReturn)
      #expect(cost >= 0.5 * episode.episodicReturn && cost <= 4.5)
    }
    #expect(Set(found.map { $0.infos["cost"] }).count > 3)
  }
}
