import RLCore
import RLDatasets
import RLSupport
import TestSupport
import Testing

/// Counts to a random number; its information has what was counted, and what cannot be counted.
private struct Counting: Environment, Codable {
  struct Info: StepInfo {
    var isEven = false
    var sum = 0.0
    var odd = Double.nan
    static let numbers = [
      Number(\.isEven, "is_even", isSummed: true), Number(\.sum, "sum"), Number(\.odd, "odd"),
    ]
  }

  var count = 0

  var observationSpace: Discrete { Discrete(100) }
  var actionSpace: Discrete { Discrete(2) }

  mutating func reset(using rng: inout SeededGenerator) -> Int {
    count = 0
    return 0
  }

  mutating func step(_ action: Int, using rng: inout SeededGenerator) -> Step<Int, Info> {
    count += 1
    var info = Info()
    (info.isEven, info.sum) = (count % 2 == 0, Double(count) + rng.uniform())
    return rng.uniform() < 0.2 || count == 99
      ? .terminal(count, reward: 1, info: info) : .next(count, reward: 0, info: info)
  }
}

@Suite struct InfoLogTests {
  private func entry() throws -> EnvironmentRegistry.Entry {
    var registry = EnvironmentRegistry()
    try registry.register("Counting-v0", maxSteps: 12) { Counting() }
    return try registry.resolve("Counting").entry
  }

  private func record(_ folder: String, steps: Int) throws -> RolloutLog {
    let entry = try entry()
    let writer = try RolloutLogWriter(
      creating: folder, try RolloutLogMetadata(datasetID: "test-v0", spec: entry.spec))
    let recorded = RecordedEnvironments(entry.makeVector(3), writer: writer)
    var play = RandomPlay(recorded, seed: 40)
    play.step(steps)
    recorded.recorder.finish()
    try writer.synchronize()
    return try RolloutLog(folder, access: .trusted)
  }

  @Test func logsHaveWhatTheStepsSaid() throws {
    try withFolder { folder in
      let (log, entry) = (try record(folder + "/log", steps: 100), try entry())
      #expect(log.metadata.infos == entry.spec.infos && log.metadata.infos[0].isSummed)
      for episode in try read(log) {
        #expect(episode.infos.count == 3 * episode.length)
        for step in 0..<episode.length {
          #expect(episode.infos[3 * step] == Double((step + 1) % 2 == 0 ? 1 : 0))
          #expect(Int(episode.infos[3 * step + 1]) == step + 1)
          #expect(episode.infos[3 * step + 2].isNaN)
        }
        let whole = episode.infos(log.metadata.infos)
        #expect(whole["is_even"] == Double(episode.length / 2))
        #expect(whole["sum"].map { Int($0) } == episode.length)
      }
      let result = try LogVerification(log, in: entry.spec, makeVector: entry.makeVector)
      #expect(result.difference == nil && result.skipped == 0 && result.steps == 300)
    }
  }

  @Test func aDifferenceIsFound() throws {
    try withFolder { folder in
      let entry = try entry()
      var episodes = try read(record(folder + "/a", steps: 50))
      episodes[2].infos[1] += 1
      let metadata = try RolloutLogMetadata(datasetID: "test-v0", spec: entry.spec)
      let writer = try RolloutLogWriter(creating: folder + "/b", metadata)
      for episode in episodes { writer.append(episode) }
      try writer.synchronize()
      let result = try LogVerification(
        RolloutLog(folder + "/b", access: .trusted), in: entry.spec, makeVector: entry.makeVector)
      let difference = try #require(result.difference)
      #expect(difference.episode == 2 && difference.what == "the information's sum")
    }
  }

  @Test func joinedAndPackedLogsKeepThem() throws {
    try withFolder { folder in
      let logs = [
        try record(folder + "/a", steps: 30), try record(folder + "/b", steps: 30),
      ]
      func infos(_ log: RolloutLog) throws -> [[UInt64]] {
        try read(log).map { $0.infos.map(\.bitPattern) }
      }
      let (first, second) = (try infos(logs[0]), try infos(logs[1]))
      try RolloutLog.join(logs, to: folder + "/c")
      #expect(try infos(RolloutLog(folder + "/c", access: .trusted)) == first + second)
      try logs[0].pack()
      #expect(try infos(RolloutLog(folder + "/a", access: .trusted)) == first)
      // Logs that say other things are not joined.
      var spec = try entry().spec
      spec.infos.removeLast()
      let writer = try RolloutLogWriter(
        creating: folder + "/d", try RolloutLogMetadata(datasetID: "test-v0", spec: spec))
      try writer.synchronize()
      let other = try RolloutLog(folder + "/d", access: .trusted)
      #expect(throws: RolloutLogError.self) {
        try RolloutLog.join([logs[1], other], to: folder + "/e")
      }
    }
  }

  /// An episode that is open when the training is saved goes on with what it said so far.
  @Test func anOpenEpisodeIsRestored() throws {
    try withFolder { folder in
      let entry = try entry()
      let whole = try read(record(folder + "/whole", steps: 40))
      let path = folder + "/part"
      let metadata = try RolloutLogMetadata(datasetID: "test-v0", spec: entry.spec)
      let writer = try RolloutLogWriter(creating: path, metadata)
      let recorded = RecordedEnvironments(entry.makeVector(3), writer: writer)
      var play = RandomPlay(recorded, seed: 40)
      play.step(17)
      var archive = StateArchive()
      play.vector.save(to: &archive)
      let again = RecordedEnvironments(entry.makeVector(3), writer: writer)
      var rest = RandomPlay(again, seed: 0)
      try rest.vector.restore(from: archive)
      rest.rng = play.rng
      rest.step(23)
      again.recorder.finish()
      try writer.synchronize()
      let found = try read(RolloutLog(path, access: .trusted))
      #expect(found.map { $0.infos.map(\.bitPattern) } == whole.map { $0.infos.map(\.bitPattern) })
    }
  }
}
