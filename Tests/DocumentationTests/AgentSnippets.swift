import RLGym
import Testing

/// The example in the comment of the registry of agents, run.
@Suite struct AgentSnippets {
  @Test func registryExample() throws {
    var agents = AgentRegistry.builtIn
    let preset = Preset<PPOSettings>(steps: 20_000) { $0.epochs = 4 }
    try agents.setPreset(preset, of: PPO.self, in: "Corridor-v0")
    #expect(try agents.named("ppo").presets["Corridor-v0"]?.steps == 20_000)
  }
}
