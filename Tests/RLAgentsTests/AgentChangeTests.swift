import RLAgents
import RLCore
import RLEnvironments
import RLSupport
import Testing

/// Observers that change settings, or stop, in training.
@Suite struct AgentChangeTests {
  private func rates<A: Agent>(
    _ agent: A, _ observe: (TrainingReport) throws -> TrainingDirective
  ) throws -> [Double] {
    var rates: [Double] = []
    try agent.train { report in
      rates += report.metrics.filter { $0.name == "learning_rate" }.map(\.value)
      return try observe(report)
    }
    return rates
  }

  private func ppo() throws -> PPO {
    var c = PPOSettings()
    c.rolloutSteps = 32
    c.policyWidths = [8]
    c.valueWidths = [8]
    return try PPO(
      c, environments: EnvironmentRegistry.builtIn.make("CartPole", count: 1), seed: 1, steps: 128,
      threads: 1)
  }

  private func dqn() throws -> DQN {
    var c = DQNSettings()
    c.widths = [8]
    c.bufferSize = 1_000
    return try DQN(
      c, environments: EnvironmentRegistry.builtIn.make("CartPole", count: 1), seed: 1, steps: 400,
      threads: 1)
  }

  @Test func schedulesChangeInTraining() throws {
    let agent = try ppo()
    #expect(
      try rates(agent) {
        if $0.stepsDone == 64 { try agent.change { $0.learningRate = 1e-4 } }
        return .proceed
      } == [3e-4, 3e-4, 1e-4, 1e-4])
    let other: any Agent = try dqn()
    #expect(
      try rates(other) {
        if $0.stepsDone == 200 { try other.change(to: ["learning_rate": 0.5]) }
        return .proceed
      } == [1e-4, 1e-4, 0.5, 0.5])
  }

  @Test func whatIsFixedIsRefusedByName() throws {
    let agent = try ppo()
    for change: (inout PPOSettings) -> Void in [
      { $0.policyWidths = [9] }, { $0.environments = 2 }, { $0.learningRate = -1.0 },
    ] {
      #expect(throws: SettingsError.self) { try agent.change(change) }
    }
    #expect(agent.configuration.policyWidths == [8] && agent.configuration.learningRate == 3e-4)
    do {
      try agent.change { $0.rolloutSteps = 3 }
      Issue.record("rolloutSteps changed")
    } catch {
      #expect(
        "\(error)".contains("'rolloutSteps' cannot be changed in training; these can: epochs"))
    }
  }

  @Test func anObserverStopsAndTheTrainingGoesOn() throws {
    let agent = try dqn()
    try agent.train { $0.stepsDone >= 200 ? .stop : .proceed }
    #expect(agent.stepsDone == 200)
    try agent.train { _ in .proceed }
    #expect(agent.stepsDone == 400)
  }
}
