import CAllocationCounter
import RLAgents
import RLCore
import RLEnvironments
import RLTensor
import Testing

#if canImport(Glibc)
  /// How often the calling thread asks for memory while the closure runs.
  private func countAllocations(_ body: () throws -> Void) rethrows -> Int {
    let before = allocations_of_this_thread()
    try body()
    return allocations_of_this_thread() - before
  }

  @Suite struct AllocationTests {
    @Test func theCounterCounts() {
      var kept: [[Int]] = []
      kept.reserveCapacity(100)
      let count = countAllocations {
        for i in 0..<100 { kept.append(Array(0..<i + 1)) }
      }
      #expect(count == 100 && kept.count == 100)
    }

    @Test(arguments: ["CartPole", "Pendulum", "FrozenLake", "CliffWalking", "GridWorld"])
    func steppingAllocatesNothing(_ id: String) throws {
      var vector = try EnvironmentRegistry.builtIn.make(id, count: 32)
      let batch = StepBatch(count: 32, for: vector.spec)
      let actions = [Float](repeating: 1, count: 32 * vector.spec.actionSpace.rowWidth)
      vector.reset(seed: 1, into: batch)
      actions.withUnsafeBufferPointer { actions in
        for _ in 0..<10 { vector.step(actions, into: batch) }
        let count = countAllocations {
          for _ in 0..<2_000 { vector.step(actions, into: batch) }
        }
        #expect(count == 0)
      }
    }

    /// Allocations of each round of training on one thread, reports included.
    private func allocations<A: Agent>(
      _ type: A.Type, _ configuration: A.Configuration, in id: String, steps: Int
    ) throws -> [Int] {
      let environments = try EnvironmentRegistry.builtIn.make(id, count: 4)
      let agent = try A(
        configuration, environments: environments, seed: 1, steps: steps, threads: 1)
      var counts: [Int] = []
      var isDone = false
      while !isDone {
        let count = try countAllocations {
          try agent.train { report in
            isDone = report.stepsDone >= steps
            return .stop
          }
        }
        counts.append(count)
      }
      return counts
    }

    @Test(arguments: ["CartPole", "Pendulum"])
    func aRoundOfPPOAllocatesOnlyItsReport(_ id: String) throws {
      var configuration = PPOConfiguration()
      configuration.environments = 4
      configuration.rolloutSteps = 512
      // A round has 2,048 steps and 320 updates; its report a list of episodes and one of metrics.
      let counts = try allocations(PPO.self, configuration, in: id, steps: 5 * 2048)
      #expect(counts.count == 5)
      for count in counts.dropFirst() { #expect(count < 40, "\(counts)") }
    }
  }
#endif
