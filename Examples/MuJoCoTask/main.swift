import RLGym
import RLGymCommands

// The whole command line, with a task on a model of one's own: train, check, evaluate and the rest.
var registry = EnvironmentRegistry.builtIn
try registry.registerMuJoCo(
  "Pole-v0", maxSteps: 250, rewardThreshold: 235, summary: "Balance a pole on a cart.",
  arguments: SettingsTable {
    Setting(\.startNoise, "start_noise", "noise at the start", in: .atLeast(0))
  }
) { Pole() }

RLGymCommand.main(registry)
