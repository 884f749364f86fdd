import RLAgents
import RLCore
import RLDatasets
import RLEnvironments
import RLSupport
import TestSupport
import Testing

@Suite struct RecordingTests {
  /// Records random play and returns the log's episodes.
  private func record(
    _ name: String, _ folder: String, count: Int, steps: Int,
    _ play: (inout RandomPlay, Int) throws -> Void = { $0.step($1) }
  ) throws -> [Episode] {
    let entry = try entry(name)
    let metadata = try RolloutLogMetadata(datasetID: "test-v0", spec: entry.spec)
    let writer = try RolloutLogWriter(creating: folder, metadata)
    let recorded = RecordedEnvironments(entry.makeVector(count), writer: writer)
    var random = RandomPlay(recorded, seed: 40)
    try play(&random, steps)
    recorded.recorder.finish()
    try writer.synchronize()
    let log = try RolloutLog(folder, access: .trusted)
    let result = try LogVerification(log, in: entry.spec, makeVector: entry.makeVector)
    #expect(result.difference == nil && result.skipped == 0)
    return try read(log)
  }

  @Test(arguments: ["CartPole", "Taxi", "FrozenLake", "Blackjack", "Pendulum"])
  func recordingChangesNothingAndCanBeRepeated(_ name: String) throws {
    try withFolder { folder in
      var observations: [Float] = []
      let episodes = try record(name, folder + "/log", count: 3, steps: 450) {
        $0.step($1)
        observations = Array($0.batch.observations)
      }
      var plain = RandomPlay(try entry(name).makeVector(3), seed: 40)
      plain.step(450)
      #expect(observations == Array(plain.batch.observations))
      #expect(episodes.reduce(0) { $0 + $1.length } == 3 * 450)
      // The first episode of each environment has its seed, and all have their place.
      #expect(Set(episodes.compactMap(\.seed)) == [40, 41, 42])
      #expect(episodes.allSatisfy { ($0.seed == nil) == ($0.origin?.index != 0) })
      #expect(episodes.filter(\.isUnfinished).count <= 3)
    }
  }

  @Test func partsAreRecordedByTheirNumbers() throws {
    try withFolder { folder in
      let whole = try record("CartPole", folder + "/whole", count: 4, steps: 200)
      let entry = try entry("CartPole")
      let writer = try RolloutLogWriter(
        creating: folder + "/parts",
        try RolloutLogMetadata(datasetID: "test-v0", spec: entry.spec))
      let recorded = RecordedEnvironments(entry.makeVector(4), writer: writer)
      var random = RandomPlay(ParallelEnvironments(recorded, threads: 2), seed: 40)
      random.step(200)
      recorded.recorder.finish()
      try writer.synchronize()
      let parts = try read(try RolloutLog(folder + "/parts", access: .trusted))
      // Threads bring episodes of one step in any order.
      func key(_ episode: Episode) -> [UInt64] {
        [episode.origin?.seed ?? 0, UInt64(episode.origin?.index ?? 0)]
      }
      func sorted(_ episodes: [Episode]) -> [Episode] {
        episodes.sorted { key($0).lexicographicallyPrecedes(key($1)) }
      }
      #expect(sorted(parts) == sorted(whole))
    }
  }

  @Test(arguments: ["CartPole", "Taxi"]) func aRestoredRecordingGoesOn(_ name: String) throws {
    try withFolder { folder in
      let whole = try record(name, folder + "/whole", count: 3, steps: 500)
      let entry = try entry(name)
      let path = folder + "/parts"
      let metadata = try RolloutLogMetadata(datasetID: "test-v0", spec: entry.spec)
      var archive = StateArchive()
      var counts = (episodes: 0, steps: 0)
      var rng = SeededGenerator(seed: 0)
      do {
        let writer = try RolloutLogWriter(creating: path, metadata)
        let recorded = RecordedEnvironments(entry.makeVector(3), writer: writer)
        var random = RandomPlay(recorded, seed: 40)
        random.step(210)
        counts = try writer.synchronize()
        random.vector.save(to: &archive, prefix: "e/")
        rng = random.rng
        // What follows is lost.
        random.step(100)
        try writer.synchronize()
      }
      let recorded = RecordedEnvironments(entry.makeVector(3))
      var random = RandomPlay(recorded, seed: 0)
      try random.vector.restore(from: archive, prefix: "e/", offset: 0)
      let writer = try RolloutLogWriter(
        continuing: path, episodes: counts.episodes, steps: counts.steps)
      recorded.recorder.attach(writer)
      random.rng = rng
      random.step(290)
      recorded.recorder.finish()
      try writer.synchronize()
      #expect(counts.episodes > 0 && counts.episodes < whole.count)
      #expect(try read(try RolloutLog(path, access: .trusted)) == whole)
    }
  }

  @Test func environmentsSavedWithoutALogAreRecordedFromTheNextEpisodesOn() throws {
    try withFolder { folder in
      let entry = try entry("CartPole")
      var plain = RandomPlay(entry.makeVector(2), seed: 5)
      plain.step(7)
      var archive = StateArchive()
      plain.vector.save(to: &archive, prefix: "")
      let writer = try RolloutLogWriter(
        creating: folder + "/log",
        try RolloutLogMetadata(datasetID: "test-v0", spec: entry.spec))
      let recorded = RecordedEnvironments(entry.makeVector(2), writer: writer)
      var random = RandomPlay(recorded, seed: 0)
      try random.vector.restore(from: archive, prefix: "", offset: 0)
      random.step(300)
      recorded.recorder.finish()
      try writer.synchronize()
      let episodes = try read(try RolloutLog(folder + "/log", access: .trusted))
      #expect(episodes.count > 5)
      #expect(episodes.allSatisfy { $0.seed == nil && $0.origin == nil })
      #expect(throws: RolloutLogError.self) {
        try EpisodeReplay(try RolloutLog(folder + "/log", access: .trusted), episode: 0)
      }
    }
  }

  @Test func anyEpisodeCanBeReplayed() throws {
    try withFolder { folder in
      let episodes = try record("FrozenLake", folder + "/log", count: 2, steps: 200)
      let log = try RolloutLog(folder + "/log", access: .trusted)
      for number in [0, episodes.count / 2, episodes.count - 1] {
        let replay = try EpisodeReplay(log, episode: number)
        var vector = try entry("FrozenLake").makeVector(1)
        let batch = StepBatch(count: 1, for: vector.spec)
        replay.prepare(&vector, into: batch)
        #expect(batch.observations[0] == episodes[number].observations[0])
        for step in 0..<replay.episode.length {
          vector.step(replay.action(step), into: batch)
          let ended = batch.terminated[0] || batch.truncated[0]
          let seen = ended ? batch.finalObservations[0] : batch.observations[0]
          #expect(seen == episodes[number].observations[step + 1])
        }
      }
    }
  }

  /// Of runs with one seed, an episode belongs to the one that it follows.
  @Test func episodesOfOneSeedAreToldApart() throws {
    try withFolder { folder in
      let spec = try entry("CartPole").spec
      let writer = try RolloutLogWriter(
        creating: folder + "/log", try RolloutLogMetadata(datasetID: "test-v0", spec: spec))
      for (seed, index, reward) in [
        (7, 0, 1.0), (8, 0, 2), (7, 1, 3), (7, 2, 4), (7, 0, 5), (9, 1, 6), (7, 1, 7), (7, 2, 8),
      ] {
        writer.append(
          Episode(
            origin: Episode.Origin(seed: UInt64(seed), index: index),
            observations: Array(repeating: 0, count: 8), actions: [1], rewards: [reward],
            terminated: true))
      }
      try writer.synchronize()
      let log = try RolloutLog(folder + "/log", access: .trusted)
      func before(_ number: Int) throws -> [Double] {
        try EpisodeReplay(log, episode: number).before.map(\.episodicReturn)
      }
      #expect(try before(3) == [1, 3] && before(6) == [5] && before(7) == [5, 7])
      #expect(try before(1) == [] && before(4) == [])
      let error = #expect(throws: RolloutLogError.self) { try before(5) }
      #expect("\(error as Any)".contains("number 0 of the run is missing"))
    }
  }

  @Test(arguments: [1, 2], [false, true])
  func whatPPOKnowsIsAdded(_ threads: Int, _ isWrapped: Bool) throws {
    try withFolder { folder in
      let entry = try entry("CartPole")
      var configuration = PPOSettings()
      (configuration.environments, configuration.rolloutSteps) = (4, 64)
      func train(
        _ environments: any VectorEnvironment, _ observe: (TrainingReport) -> Void = { _ in }
      ) throws -> StateArchive {
        let agent = try PPO(
          configuration, environments: environments, seed: 3, steps: 2048, threads: threads)
        try agent.train { report in
          observe(report)
          return .proceed
        }
        var archive = StateArchive()
        agent.save(to: &archive)
        return archive
      }
      let writer = try RolloutLogWriter(
        creating: folder + "/log",
        try RolloutLogMetadata(datasetID: "test-v0", spec: entry.spec))
      let recorded = RecordedEnvironments(entry.makeVector(4), writer: writer)
      recorded.recorder.expectAnnotations()
      // Whatever stands between the agent and what is recorded.
      let given: any VectorEnvironment = isWrapped ? Wrapping(base: recorded) : recorded
      let logged = try train(given) { report in
        recorded.recorder.annotate(
          logProbabilities: report.rollout?.logProbabilities ?? [],
          values: report.rollout?.values ?? [])
      }
      let plain = try train(entry.makeVector(4))
      // Not a bit of the training is another one.
      for (name, array) in plain.entries { #expect(logged.entries[name] == array, "\(name)") }
      recorded.recorder.finish()
      try writer.synchronize()
      let log = try RolloutLog(folder + "/log", access: .trusted)
      let result = try LogVerification(log, in: entry.spec, makeVector: entry.makeVector)
      #expect(result.difference == nil && result.skipped == 0 && result.steps == 2048)
      let episodes = try read(log)
      for episode in episodes {
        #expect(episode.logProbabilities.count == episode.length)
        #expect(episode.values.count == episode.length)
        #expect(episode.logProbabilities.allSatisfy { $0 < 0 && $0 > -5 })
      }
      // The first steps are those of the untrained policy, which is close to even.
      let first = try #require(episodes.first { $0.seed != nil })
      #expect(abs(first.logProbabilities[0] + 0.693) < 0.1)
    }
  }
}

/// A vector that stands before another.
private struct Wrapping: VectorEnvironment {
  var base: any VectorEnvironment
  var spec: EnvironmentSpec { base.spec }
  var count: Int { base.count }
  var savesExactly: Bool { base.savesExactly }
  mutating func reset(seed: UInt64, into batch: StepBatch) { base.reset(seed: seed, into: batch) }
  mutating func reset(index: Int, into batch: StepBatch) { base.reset(index: index, into: batch) }
  mutating func step(_ actions: Span<Float>, into batch: StepBatch) {
    base.step(actions, into: batch)
  }
  func split(into parts: Int) -> [any VectorEnvironment] {
    base.split(into: parts).map { Wrapping(base: $0) }
  }
  mutating func visit(_ state: inout StateVisitor) throws(StateError) {
    try base.visit(&state)
  }
}
