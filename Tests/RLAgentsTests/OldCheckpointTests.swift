import Foundation
import RLAgents
import RLCore
import RLEnvironments
import RLSupport
import Testing

/// Checkpoints that version 0.1.0 wrote in the middle of short trainings.
@Suite struct OldCheckpointTests {
  /// Trains to the end from the old checkpoint and from the start, and compares every bit.
  private func check<A: Agent>(
    _: A.Type, in id: String, environments: Int, steps: Int,
    _ change: (inout A.Settings) -> Void
  ) throws {
    var c = A.Settings()
    change(&c)
    func agent() throws -> A {
      try A(
        c, environments: EnvironmentRegistry.builtIn.make(id, count: environments), seed: 7,
        steps: steps, threads: 1)
    }
    let (unbroken, resumed) = (try agent(), try agent())
    try unbroken.train { _ in .proceed }
    let folder = Bundle.module.bundleURL.appendingPathComponent("checkpoints-0.1.0/\(A.name)")
    try resumed.restore(from: Checkpoint.read(folder.path).agent)
    #expect(resumed.stepsDone > 0 && resumed.stepsDone < steps)
    try resumed.train { _ in .proceed }
    #expect(state(of: resumed) == state(of: unbroken))
  }

  @Test func dqnGoesOnFromAnOldCheckpoint() throws {
    try check(DQN.self, in: "CartPole", environments: 2, steps: 4_000) {
      ($0.environments, $0.widths, $0.batchSize, $0.bufferSize) = (2, [8], 16, 120)
      ($0.prioritizedReplay, $0.returnSteps, $0.trainFrequency) = (true, 3, 1)
    }
  }

  @Test func sacGoesOnFromAnOldCheckpoint() throws {
    try check(SAC.self, in: "Pendulum", environments: 2, steps: 1_500) {
      ($0.environments, $0.batchSize, $0.bufferSize) = (2, 16, 120)
      ($0.actorWidths, $0.criticWidths) = ([8], [8])
      ($0.stateDependentExploration, $0.normalizeObservations) = (true, true)
    }
  }

  @Test func td3GoesOnFromAnOldCheckpoint() throws {
    try check(TD3.self, in: "Pendulum", environments: 2, steps: 3_000) {
      ($0.environments, $0.batchSize, $0.bufferSize) = (2, 16, 120)
      ($0.actorWidths, $0.criticWidths) = ([8], [8])
      ($0.explorationNoise, $0.noiseProcess) = (0.1, .ornsteinUhlenbeck)
    }
  }

  @Test func ppoGoesOnFromAnOldCheckpoint() throws {
    try check(PPO.self, in: "Pendulum", environments: 4, steps: 12_000) {
      ($0.environments, $0.rolloutSteps) = (4, 64)
      ($0.policyWidths, $0.valueWidths) = ([8], [8])
      ($0.normalizeObservations, $0.normalizeRewards) = (true, true)
    }
  }
}
