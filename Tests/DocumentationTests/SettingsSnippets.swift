import RLGym
import Testing

struct Kettle {
  var power = 2_000.0
  var whistles = false

  static let table = SettingsTable<Kettle> {
    Setting(\.power, "power", "heat in W", in: .positive)
    Setting(\.whistles, "whistles", "a signal at the boil")
  }
}

/// The examples in the comments of settings and of the registry of agents, run.
@Suite struct SettingsSnippets {
  @Test func tableExample() throws {
    let kettle = try Kettle.table.overlaid(Kettle(), by: ["power": 500, "whistles": true])
    #expect(kettle.power == 500 && kettle.whistles)
  }

  @Test func settingExample() throws {
    let table = SettingsTable<PPOSettings> {
      Setting(
        \.gaeLambda, "gaeLambda", peers: ["gae_lambda"], symbol: "λ",
        "bias against variance of advantages", in: .from(0, to: 1),
        search: .numbers(0.8...0.999, .complement))
    }
    #expect(try table.translated(["gae_lambda": 0.9]).values == ["gaeLambda": 0.9])
  }

  @Test func registryExample() throws {
    var agents = AgentRegistry.builtIn
    let preset = Preset<PPOSettings>(steps: 20_000) { $0.epochs = 4 }
    try agents.setPreset(preset, of: PPO.self, in: "Corridor-v0")
    #expect(try agents.named("ppo").presets["Corridor-v0"]?.steps == 20_000)
  }
}
