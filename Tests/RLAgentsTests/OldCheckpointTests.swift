import Foundation
import RLAgents
import RLCore
import RLEnvironments
import RLSupport
import Testing

/// Checkpoints that version 0.1.0 wrote in the middle of short trainings.
@Suite struct OldCheckpointTests {
  /// Trains to the end from the old checkpoint, and from the same in the present format, and compares every bit. What
  /// 0.1.0 would have ended with differs by rounding: it added up gradients in another order.
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
    let folder = Bundle.module.bundleURL.appendingPathComponent("checkpoints-0.1.0/\(A.name)")
    let file = try Checkpoint.read(folder.path).agent
    let (resumed, other) = (try agent(), try agent())
    try resumed.restore(from: file)
    #expect(resumed.stepsDone > 0 && resumed.stepsDone < steps)
    let start = state(of: resumed)
    for (name, entry) in file.entries where name.hasPrefix("policy/") || name.hasPrefix("replay/") {
      #expect(start.entries[name] == entry, "\(name)")
    }
    for name in ["optimizer/first", "optimizer/critic.second"] where file.entries[name] != nil {
      #expect(start.entries[name] == file.entries[name])
    }
    try resumed.train { _ in .proceed }
    #expect(resumed.stepsDone >= steps)
    try other.restore(from: start)
    try other.train { _ in .proceed }
    #expect(state(of: resumed) == state(of: other))
    #expect(state(of: resumed) != start)
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
