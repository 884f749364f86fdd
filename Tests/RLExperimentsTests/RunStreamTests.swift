import RLAgents
import RLCore
import RLExperiments
import RLSupport
import TestSupport
import Testing

/// The random streams of whole runs: of training, and of every evaluation.
@Suite struct RunStreamTests {
  /// The streams of a run that reaches its threshold, and those of the policy's evaluation afterwards.
  private func streams(seed: UInt64, environments count: Int) throws -> Set<[UInt64]> {
    let streams = WitnessedStreams()
    var environments = EnvironmentRegistry()
    try environments.register("Witness", maxSteps: 10) { Witness(Discrete(2), in: streams) }
    let catalog = Catalog(environments)
    return try withFolder { folder in
      var options = TrainingRun.Options()
      (options.evaluateEvery, options.threshold) = (16 * count, 1)
      let run = try TrainingRun(
        PPO.self, in: "Witness", catalog: catalog, steps: 32 * count, seed: seed,
        directory: folder + "/a", options: options
      ) {
        ($0.environments, $0.rolloutSteps, $0.batchSize, $0.epochs) = (count, 8, 8 * count, 1)
      }
      #expect(try run.train() == .finished)
      #expect(run.summary?.solvedAtStep == 16 * count)
      let found = streams.all
      // 20 episodes choose the best model, 100 confirm the threshold, 100 end the run.
      #expect(found.count == count + 20 + 100 + 100, "a training shares streams with evaluations")
      _ = try TrainedPolicy(run: folder + "/a", catalog: catalog).evaluate()
      #expect(streams.all == found)
      return found
    }
  }

  @Test(arguments: [1, 4, 16, 64])
  func runsWithNeighbouringSeedsShareNoStream(environments: Int) throws {
    var all: Set<[UInt64]> = []
    for seed: UInt64 in [0, 1, 2] {
      let own = try streams(seed: seed, environments: environments)
      #expect(all.isDisjoint(with: own), "seed \(seed)")
      all.formUnion(own)
    }
  }
}
