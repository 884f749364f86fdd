import RLGym
import RLGymCommands

// The whole command line, with an environment of one's own: train, check, evaluate and the rest.
var registry = EnvironmentRegistry.builtIn
try registry.register(
  "Corridor", maxSteps: 100, rewardThreshold: 0.9, summary: "Walk right through a corridor."
) { Corridor(length: 12) }

RLGymCommand.main(registry)
