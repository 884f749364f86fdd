import RLGym
import Testing

/// The examples in the comments of agents and of their registry, run.
@Suite struct AgentSnippets {
  @Test func registryExample() throws {
    var agents = AgentRegistry.builtIn
    let preset = Preset<PPOSettings>(steps: 20_000) { $0.epochs = 4 }
    try agents.setPreset(preset, of: PPO.self, in: "Corridor-v0")
    #expect(try agents.named("ppo").presets["Corridor-v0"]?.steps == 20_000)
  }

  @Test func changeExample() throws {
    var settings = PPOSettings()
    settings.rolloutSteps = 3_000
    let agent = try PPO(
      settings, environments: EnvironmentRegistry.builtIn.make("CartPole", count: 1), seed: 1,
      steps: 9_000, threads: 1)
    try agent.train { report in
      if report.stepsDone > 5_000 { try agent.change { $0.learningRate = 1e-4 } }
      return .proceed
    }
    #expect(agent.configuration.learningRate == 1e-4)
  }

  @Test func stateOfAnAgentsOwn() throws {
    let (saved, restored) = (Own(), Own())
    saved.temperature = 2
    var visitor = StateVisitor(saving: StateArchive())
    try saved.visitOwn(&visitor)
    var reader = StateVisitor(restoring: visitor.archive)
    try restored.visitOwn(&reader)
    #expect(restored.temperature == 2)
  }

  /// What an agent declares in the article.
  private final class Own {
    var temperature = 1.0

    func visitOwn(_ state: inout StateVisitor) throws(StateError) {
      try state.number("temperature", &temperature)
    }
  }
}
