import CAllocationCounter
import RLAgents
import RLCore
import RLEnvironments
import RLSupport
import RLTensor
import Testing

/// How often the calling thread asks for memory while the closure runs.
private func countAllocations(_ body: () throws -> Void) rethrows -> Int {
  let before = allocations_of_this_thread()
  try body()
  return allocations_of_this_thread() - before
}

@Suite(.enabled(if: allocations_are_counted() == 1, "a sanitizer has its own allocator"))
struct AllocationTests {
  @Test func theCounterCounts() {
    var kept: [[Int]] = []
    kept.reserveCapacity(100)
    let count = countAllocations {
      for i in 0..<100 { kept.append(Array(0..<i + 1)) }
    }
    #expect(count == 100 && kept.count == 100)
  }

  @Test(arguments: Operations.examples)
  func runningAProgramAllocatesNothing(_ example: OperationExample) throws {
    var layout = ParameterLayout()
    let weights = example.leaves.enumerated().filter { !$0.element.shape.areBytes }.map { i, leaf in
      layout.add("leaf\(i)", leaf.shape, .constant(leaf.isWhole ? 0 : 1))
    }
    var rng = SeededGenerator(seed: 1)
    let graph = Graph(
      parameters: Parameters(layout, using: &rng), sequenceLength: example.sequenceLength)
    let leaves = example.leaves.enumerated().map { i, leaf in
      weights.first { $0.name == "leaf\(i)" }.map { graph.parameter($0) }
        ?? graph.bytes(leaf.shape.rows, leaf.shape.columns)
    }
    let loss = example.trace(leaves).sum()
    let program = try Program(loss: loss)
    program.run()
    let count = countAllocations { for _ in 0..<10 { program.run() } }
    #expect(count == 0)
  }

  @Test(arguments: [
    "CartPole", "Pendulum", "MountainCar", "MountainCarContinuous", "Acrobot", "FrozenLake",
    "CliffWalking", "GridWorld", "Taxi", "Blackjack",
  ])
  func steppingAllocatesNothing(_ id: String) throws {
    var vector = try EnvironmentRegistry.builtIn.make(id, count: 32)
    let batch = StepBatch(count: 32, for: vector.spec)
    let actions = [Float](repeating: 1, count: 32 * vector.spec.actionSpace.rowWidth)
    vector.reset(seed: 1, into: batch)
    for _ in 0..<10 { vector.step(actions.span, into: batch) }
    let count = countAllocations {
      for _ in 0..<2_000 { vector.step(actions.span, into: batch) }
    }
    #expect(count == 0)
  }

  /// Allocations of each round of training on one thread, reports included.
  private func allocations<A: Agent>(
    _ type: A.Type, _ configuration: A.Settings, in id: String, steps: Int
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

  @Test(arguments: ["CartPole", "Pendulum"], [nil, .gru, .lstm] as [RecurrentKind?])
  func aRoundOfPPOAllocatesOnlyItsReport(_ id: String, _ memory: RecurrentKind?) throws {
    var configuration = PPOSettings()
    configuration.environments = 4
    configuration.rolloutSteps = 512
    (configuration.recurrent, configuration.recurrentWidth) = (memory, 16)
    // A round has 2,048 steps and 320 updates; its report a list of episodes and one of metrics.
    let counts = try allocations(PPO.self, configuration, in: id, steps: 5 * 2048)
    #expect(counts.count == 5)
    for count in counts.dropFirst() { #expect(count < 40, "\(counts)") }
  }

  @Test(arguments: [false, true])
  func aRoundOfDQNAllocatesOnlyItsReport(_ hasOptions: Bool) throws {
    var c = DQNSettings()
    (c.environments, c.trainFrequency, c.gradientSteps) = (4, 1, 16)
    (c.bufferSize, c.targetUpdateInterval, c.widths) = (1_000, 40, [32, 32])
    if hasOptions {
      (c.isDouble, c.isDueling, c.prioritizedReplay) = (true, true, true)
      (c.returnSteps, c.normalizeObservations) = (3, true)
    }
    expectFew(try allocations(DQN.self, c, in: hasOptions ? "Taxi" : "CartPole", steps: 600))
  }

  @Test(arguments: [false, true])
  func aRoundOfSACAllocatesOnlyItsReport(_ hasOptions: Bool) throws {
    var c = SACSettings()
    (c.environments, c.gradientSteps, c.bufferSize) = (4, 16, 1_000)
    (c.batchSize, c.actorWidths, c.criticWidths) = (32, [32, 32], [32, 32])
    if hasOptions {
      (c.stateDependentExploration, c.explorationInterval) = (true, 1)
      (c.returnSteps, c.normalizeObservations) = (3, true)
    }
    expectFew(try allocations(SAC.self, c, in: "Pendulum", steps: 600))
  }

  @Test func aRoundOfSACWithBatchNormalizationAllocatesOnlyItsReport() throws {
    var c = SACSettings()
    (c.environments, c.gradientSteps, c.bufferSize) = (4, 16, 1_000)
    (c.batchSize, c.actorWidths, c.criticWidths) = (32, [32, 32], [32, 32])
    (c.batchNormalization, c.targetCritics, c.policyDelay) = (true, false, 3)
    expectFew(try allocations(SAC.self, c, in: "Pendulum", steps: 600))
  }

  @Test(arguments: [false, true])
  func aRoundOfTD3AllocatesOnlyItsReport(_ hasOptions: Bool) throws {
    var c = TD3Settings()
    (c.environments, c.gradientSteps, c.bufferSize) = (4, 16, 1_000)
    (c.batchSize, c.actorWidths, c.criticWidths) = (32, [32, 32], [32, 32])
    c.explorationNoise = 0.1
    if hasOptions {
      (c.returnSteps, c.noiseProcess, c.criticCount) = (3, .ornsteinUhlenbeck, 3)
    }
    expectFew(try allocations(TD3.self, c, in: "Pendulum", steps: 600))
  }

  /// A report comes after 400 updates; it has a list of episodes and one of metrics.
  private func expectFew(_ counts: [Int], location: SourceLocation = #_sourceLocation) {
    #expect(counts.count == 6, sourceLocation: location)
    // The first round makes what all need, and in the second updates begin.
    for count in counts.dropFirst(2) {
      #expect(count < 40, "\(counts)", sourceLocation: location)
    }
  }
}
