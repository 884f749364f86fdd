import Foundation
import RLCore
import RLDatasets
import RLEnvironments
import RLSupport
import TestSupport
import Testing

/// Logs of spaces with several parts: groups of datasets, as Minari has them.
@Suite struct StructuredLogTests {
  private let spec = EnvironmentSpec(
    id: "Shop",
    observationSpace: .dict([
      .init("stock", .box(shape: [2, 2], low: [0, 0, 0, 0], high: [9, 9, 9, 9])),
      .init(
        "inner",
        .tuple([
          .multiDiscrete(counts: [2, 5]),
          .dict([
            .init("flags", .multiBinary(count: 3)), .init("a.b", .discrete(count: 4, start: -1)),
          ]),
        ])), .init("empty", .box(shape: [0], low: [], high: [])),
    ]),
    actionSpace: .tuple([
      .discrete(count: 3, start: 0), .box(shape: [2], low: [-1, -1], high: [1, 1]),
    ]), masksActions: true)

  private func episode(_ length: Int, seed: UInt64) -> Episode {
    var rng = SeededGenerator(seed: seed)
    func rows(_ space: SpaceSpec, _ count: Int) -> [Float] {
      (0..<count).flatMap { _ in space.sample(using: &rng).numbers }
    }
    var episode = Episode(
      seed: seed, observations: rows(spec.observationSpace, length + 1), truncated: true)
    episode.actions = rows(spec.actionSpace, length)
    episode.rewards = (0..<length).map(Double.init)
    episode.actionMasks = (0..<(length + 1) * 3).map { $0 % 3 == 1 ? 0 : 1 }
    return episode
  }

  private func write(_ episodes: [Episode], _ spec: EnvironmentSpec, to path: String) throws
    -> RolloutLog
  {
    let writer = try RolloutLogWriter(
      creating: path, try RolloutLogMetadata(datasetID: "shop-v0", spec: spec))
    for episode in episodes { writer.append(episode) }
    try writer.synchronize()
    return try RolloutLog(path, access: .trusted)
  }

  @Test func whatIsWrittenIsRead() throws {
    try withFolder { folder in
      let episodes = [episode(1, seed: 1), episode(7, seed: 2)]
      let log = try write(episodes, spec, to: folder + "/log")
      #expect(try read(log) == episodes)
      #expect(log.metadata.observationSpace == spec.observationSpace)
      #expect(log.metadata.actionSpace == spec.actionSpace)
      try log.require(observations: spec.observationSpace, actions: spec.actionSpace)
      let json = try #require(JSONValue(text: Array(spec.actionSpace.json.utf8)))
      #expect(json["type"] == "Tuple")
    }
  }

  /// Blackjack's observations were a MultiDiscrete, in logs of environments that Gymnasium does not have, too.
  @Test func choicesInOtherPartsAreTheSameRows() throws {
    try withFolder { folder in
      let entry = try entry("Blackjack")
      var old = entry.spec
      old.id = "Cards-v0"
      old.observationSpace = .multiDiscrete(counts: [32, 11, 2])
      let episodes = try randomEpisodes("Blackjack", 20)
      let log = try write(episodes, old, to: folder + "/log")
      #expect(try read(log) == episodes && log.metadata.observationSpace == old.observationSpace)
      try log.require(
        observations: entry.spec.observationSpace, actions: entry.spec.actionSpace)
      #expect(throws: RolloutLogError.self) {
        try log.require(
          observations: .multiDiscrete(counts: [32, 12, 2]), actions: entry.spec.actionSpace)
      }
    }
  }

  @Test func whatIsNotInItsSpaceIsRefused() throws {
    try withFolder { folder in
      var wrong = episode(3, seed: 3)
      wrong.observations[4] = 2
      let log = try write([wrong], spec, to: folder + "/log")
      let error = #expect(throws: RolloutLogError.self) { _ = try read(log) }
      #expect(error?.description.contains("an observation is not in the space Dict(") == true)
    }
  }

  @Test func spacesThatCannotBeReadSayWhatToDo() throws {
    try withFolder { folder in
      _ = try write([episode(2, seed: 4)], spec, to: folder + "/log")
      let file = folder + "/log/data/metadata.json"
      let text = try String(contentsOfFile: file, encoding: .utf8)
      let json = try #require(JSONValue(text: Array(text.utf8)))
      guard case .object(var members) = json else { return }
      members["observation_space"] = .string(#"{"type":"Tuple","subspaces":[{"type":"Sequence"}]}"#)
      try JSONText.encode(JSONValue.object(members)).write(
        toFile: file, atomically: true, encoding: .utf8)
      let error = #expect(throws: RolloutLogError.self) {
        _ = try RolloutLog(folder + "/log", access: .trusted)
      }
      #expect(
        error?.description.contains(
          "its 'observation_space' cannot be read: its part '0': a Sequence has no fixed length; give a Box"
        ) == true)
    }
  }

  /// Bytes, which rows do not carry, are read as numbers.
  @Test func picturesAreReadAsNumbers() throws {
    try withFolder { folder in
      var numbers = spec
      numbers.observationSpace = .box(shape: [2, 1], low: [0, 0], high: [255, 255])
      var episode = episode(2, seed: 5)
      episode.observations = [0, 255, 3, 4, 128, 6]
      _ = try write([episode], numbers, to: folder + "/log")
      let file = folder + "/log/data/metadata.json"
      let text = try String(contentsOfFile: file, encoding: .utf8)
      try text.replacingOccurrences(
        of: #"\"float32\",\"high\":[[255"#, with: #"\"uint8\",\"high\":[[255"#
      ).write(toFile: file, atomically: true, encoding: .utf8)
      let log = try RolloutLog(folder + "/log", access: .trusted)
      #expect(try String(contentsOfFile: file, encoding: .utf8).contains("uint8"))
      #expect(log.metadata.observationSpace == numbers.observationSpace)
      #expect(try read(log) == [episode])
      var bytes = spec
      bytes.observationSpace = .bytes(shape: [2, 1], low: 0, high: 255)
      #expect(throws: RolloutLogError.self) {
        _ = try RolloutLogMetadata(datasetID: "shop-v0", spec: bytes)
      }
    }
  }
}
