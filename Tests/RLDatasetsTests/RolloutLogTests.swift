import Foundation
import RLCore
import RLDatasets
import RLEnvironments
import RLSupport
import TestSupport
import Testing

@Suite struct RolloutLogTests {
  @Test(arguments: EnvironmentRegistry.builtIn.entries.map(\.id))
  func whatIsWrittenIsRead(_ name: String) throws {
    try withFolder { folder in
      let episodes = try randomEpisodes(name, 12)
      let log = try write(episodes, of: name, to: folder + "/log")
      #expect(try read(log) == episodes)
      #expect(log.metadata.environment == name)
      #expect(log.metadata.stepCount == episodes.reduce(0) { $0 + $1.length })
      let spec = try entry(name).spec
      #expect(log.metadata.observationSpace == spec.observationSpace)
      #expect(log.metadata.actionSpace == spec.actionSpace)
      if spec.masksActions {
        #expect(episodes[0].actionMasks.count == (episodes[0].length + 1) * 6)
        #expect(episodes[0].actionMasks.contains(0))
      }
      let result = try LogVerification(log, in: spec, makeVector: try entry(name).makeVector)
      #expect(result.difference == nil && result.episodes == 12 && result.skipped == 0)
    }
  }

  @Test func everyFieldComesBack() throws {
    try withFolder { folder in
      var episodes = try randomEpisodes("CartPole", 4)
      for i in episodes.indices {
        episodes[i].seed = [nil, 0, .max, 1 << 63][i]
        episodes[i].origin = i == 0 ? nil : .init(seed: .max - UInt64(i), index: i)
        episodes[i].isUnfinished = i == 3
        episodes[i].logProbabilities = episodes[i].rewards.indices.map { -Float($0) / 3 }
        episodes[i].values = episodes[i].rewards.indices.map { Float($0) * 1.7 }
        episodes[i].rewards[0] =
          [-0.0, .infinity, -.greatestFiniteMagnitude, .leastNonzeroMagnitude][i]
      }
      (episodes[3].terminated, episodes[3].truncated) = (true, true)
      #expect(try read(try write(episodes, of: "CartPole", to: folder + "/log")) == episodes)
    }
  }

  /// Numbers below the smallest normal one keep their bits, and an episode without a step is none.
  @Test func tinyNumbersAndEpisodesWithoutSteps() throws {
    try withFolder { folder in
      var episodes = try randomEpisodes("CartPole", 3)
      let tiny: [Float] = [
        .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude.nextDown, -0.0,
      ]
      for (i, x) in tiny.enumerated() {
        episodes[1].observations[i] = x
        episodes[2].observations[episodes[2].observations.count - 1 - i] = x
      }
      episodes[0].rewards[0] = -.leastNonzeroMagnitude
      episodes[0].logProbabilities = episodes[0].rewards.map { _ in .leastNonzeroMagnitude }
      episodes[0].values = episodes[0].rewards.map { _ in -.leastNonzeroMagnitude }
      let none = Episode(seed: 9, observations: [0, 0, 0, 0], truncated: true)
      let log = try write(
        [none, episodes[0], none, episodes[1], episodes[2], none], of: "CartPole",
        to: folder + "/log")
      let found = try read(log)
      #expect(found.count == 3 && log.metadata.stepCount == episodes.reduce(0) { $0 + $1.length })
      for (a, b) in zip(found, episodes) {
        #expect(a.observations.map(\.bitPattern) == b.observations.map(\.bitPattern))
        #expect(a.rewards.map(\.bitPattern) == b.rewards.map(\.bitPattern))
        #expect(a.values.map(\.bitPattern) == b.values.map(\.bitPattern))
        #expect(a.logProbabilities.map(\.bitPattern) == b.logProbabilities.map(\.bitPattern))
      }
    }
  }

  @Test func manyShardsAndLargeIndexes() throws {
    try withFolder { folder in
      let episodes = try randomEpisodes("Blackjack", 5000)
      var options = RolloutLogWriter.Options()
      options.shardBytes = 200_000
      let log = try write(episodes, of: "Blackjack", to: folder + "/log", options: options)
      let shards = try FileManager.default.contentsOfDirectory(atPath: folder + "/log/data")
        .filter { $0.hasPrefix("shard_") }
      #expect(shards.count > 20)
      #expect(try read(log) == episodes)
      // One file has a B-tree of three levels.
      try log.pack()
      let packed = try RolloutLog(folder + "/log", access: .trusted)
      #expect(try read(packed) == episodes)
      #expect(
        Set(try FileManager.default.contentsOfDirectory(atPath: folder + "/log/data"))
          == ["main_data.hdf5", "metadata.json"])
    }
  }

  @Test func logsAreJoined() throws {
    try withFolder { folder in
      let (first, second) = (
        try randomEpisodes("Taxi", 3), try randomEpisodes("Taxi", 4, seed: 50)
      )
      let logs = [
        try write(first, of: "Taxi", to: folder + "/a"),
        try write(second, of: "Taxi", to: folder + "/b"),
      ]
      try RolloutLog.join(logs, to: folder + "/c", datasetID: "joined-v3")
      let joined = try RolloutLog(folder + "/c", access: .trusted)
      #expect(try read(joined) == first + second)
      #expect(joined.metadata.datasetID == "joined-v3")
      let other = try write(
        try randomEpisodes("FrozenLake", 1), of: "FrozenLake", to: folder + "/d")
      #expect(throws: RolloutLogError.self) {
        try RolloutLog.join([logs[0], other], to: folder + "/e")
      }
      #expect(!FileManager.default.fileExists(atPath: folder + "/e/data/metadata.json"))
      #expect(throws: RolloutLogError.exists(folder + "/c")) {
        try RolloutLog.join(logs, to: folder + "/c")
      }
    }
  }

  @Test func logsGoOnFromAnEarlierState() throws {
    try withFolder { folder in
      let episodes = try randomEpisodes("CartPole", 30)
      let path = folder + "/log"
      let metadata = try RolloutLogMetadata(
        datasetID: "test-v0", spec: try entry("CartPole").spec)
      var counts = (episodes: 0, steps: 0)
      do {
        let writer = try RolloutLogWriter(creating: path, metadata)
        for episode in episodes[..<10] { writer.append(episode) }
        counts = try writer.synchronize()
        for episode in episodes[20...] { writer.append(episode) }
        try writer.synchronize()
      }
      #expect(counts.episodes == 10)
      let writer = try RolloutLogWriter(
        continuing: path, episodes: counts.episodes, steps: counts.steps)
      #expect(try read(try RolloutLog(path, access: .trusted)) == Array(episodes[..<10]))
      for episode in episodes[10...] { writer.append(episode) }
      try writer.synchronize()
      #expect(try read(try RolloutLog(path, access: .trusted)) == episodes)
      #expect(throws: RolloutLogError.self) {
        try RolloutLogWriter(continuing: path, episodes: 15, steps: 1)
      }
      #expect(throws: RolloutLogError.self) {
        try RolloutLogWriter(continuing: path, episodes: 31, steps: 1)
      }
      try RolloutLog(path, access: .trusted).pack()
      #expect(throws: RolloutLogError.self) {
        try RolloutLogWriter(continuing: path, episodes: 10, steps: counts.steps)
      }
    }
  }

  @Test func anEmptyLogOpens() throws {
    try withFolder { folder in
      let log = try write([], of: "CartPole", to: folder + "/log")
      #expect(log.count == 0)
      #expect(throws: RolloutLogError.noEpisode(0, count: 0)) { try log.episode(0) }
      #expect(throws: RolloutLogError.exists(folder + "/log")) {
        try write([], of: "CartPole", to: folder + "/log")
      }
      #expect(throws: RolloutLogError.noLog(folder)) { try RolloutLog(folder, access: .trusted) }
    }
  }

  @Test func theFirstDifferenceIsFound() throws {
    try withFolder { folder in
      var episodes = try randomEpisodes("CartPole", 5)
      func difference() throws -> LogVerification.Difference? {
        let path = folder + "/\(UUID().uuidString)"
        let log = try write(episodes, of: "CartPole", to: path)
        let entry = try entry("CartPole")
        return try LogVerification(log, in: entry.spec, makeVector: entry.makeVector).difference
      }
      let intact = episodes
      episodes[2].observations[4 * 5 + 1] = episodes[2].observations[4 * 5 + 1].nextUp
      var found = try difference()
      #expect(found?.episode == 2 && found?.step == 4 && found?.what == "observation number 1")
      episodes = intact
      episodes[3].rewards[1] = 2
      found = try difference()
      #expect(found?.episode == 3 && found?.step == 1 && found?.what == "the reward")
      #expect(found?.logged == 2 && found?.repeated == 1)
      episodes = intact
      (episodes[1].terminated, episodes[1].truncated) = (false, true)
      found = try difference()
      #expect(found?.episode == 1 && found?.what == "the termination")
      episodes = intact
      episodes[4].seed = 1234
      found = try difference()
      #expect(found?.episode == 4 && found?.step == nil)
    }
  }

  @Test func transitionsAreTyped() throws {
    try withFolder { folder in
      let episodes = try randomEpisodes("CartPole", 9)
      let log = try write(episodes, of: "CartPole", to: folder + "/log")
      let example = CartPole()
      let steps = try LoggedTransitions(
        of: log, observations: example.observationSpace, actions: example.actionSpace)
      #expect(steps.count == episodes.reduce(0) { $0 + $1.length })
      var place = 0
      for episode in episodes {
        let own = episode.transitions(
          observations: example.observationSpace, actions: example.actionSpace)
        for step in own {
          let other = steps[place]
          #expect((0..<4).allSatisfy { other.observation[$0] == step.observation[$0] })
          #expect((0..<4).allSatisfy { other.nextObservation[$0] == step.nextObservation[$0] })
          #expect(other.action == step.action && other.terminated == step.terminated)
          place += 1
        }
        #expect(own.last?.terminated == episode.terminated)
      }
      var rng = SeededGenerator(seed: 3)
      let drawn = steps.sample(500, using: &rng)
      #expect(drawn.count == 500 && drawn.contains { $0.terminated })
      #expect(throws: RolloutLogError.self) {
        try LoggedTransitions(of: log, observations: Discrete(4), actions: example.actionSpace)
      }
    }
  }
}

@Suite struct RolloutLogMetadataTests {
  @Test(arguments: [
    ("cartpole-v0", true), ("mylab/cart_pole-x-v12", true), ("cartpole", false), ("-v0", false),
    ("a/cartpole-v0", false), ("cartpole-v", false), ("cart pole-v0", false), ("../x-v0", false),
    ("cartpole-v0/", false), ("käse-v0", false), ("", false),
  ])
  func names(_ name: String, _ isName: Bool) {
    #expect(RolloutLogMetadata.isName(name) == isName)
    #expect(RolloutLogMetadata.isName(RolloutLogMetadata.name(from: name)))
  }
}
