import Foundation
import RLAgents
import RLCore
import RLDatasets
import RLEnvironments
import RLSupport

/// An environment of the built-in registry.
func entry(_ name: String) throws -> EnvironmentRegistry.Entry {
  try EnvironmentRegistry.builtIn.resolve(name).entry
}

/// Random episodes.
func randomEpisodes(_ name: String, _ count: Int, seed: UInt64 = 1, stepLimit: Int = 300) throws
  -> [Episode]
{
  var episodes: [Episode] = []
  let loop = EpisodeLoop(
    RandomPlayer(), in: try entry(name).makeVector, episodes: count, seed: seed, environments: 8,
    stepLimit: stepLimit)
  loop.collect { episodes.append($0) }
  return episodes
}

/// A log of episodes.
@discardableResult func write(
  _ episodes: [Episode], of name: String, to path: String,
  options: RolloutLogWriter.Options = .init()
) throws -> RolloutLog {
  let metadata = try RolloutLogMetadata(datasetID: "test-v0", spec: try entry(name).spec)
  let writer = try RolloutLogWriter(creating: path, metadata, options: options)
  for episode in episodes { writer.append(episode) }
  try writer.synchronize()
  return try RolloutLog(path, access: .trusted)
}

/// All episodes of a log.
func read(_ log: RolloutLog) throws -> [Episode] {
  var episodes: [Episode] = []
  try log.forEachEpisode { _, episode in episodes.append(episode) }
  return episodes
}

/// Steps recorded environments with random actions.
struct RandomPlay {
  var vector: any VectorEnvironment
  let batch: StepBatch
  var rng = SeededGenerator(seed: 7)

  init(_ vector: any VectorEnvironment, seed: UInt64) {
    self.vector = vector
    batch = StepBatch(count: vector.count, for: vector.spec)
    self.vector.reset(seed: seed, into: batch)
  }

  mutating func step(_ steps: Int) {
    let space = RowSpace(vector.spec.actionSpace)
    for _ in 0..<steps {
      let actions = (0..<vector.count).flatMap { _ in space.sample(using: &rng) }
      vector.step(actions, into: batch)
    }
  }
}
