import RLGym
import RLGymCommands

// The whole command line, with an agent of one's own: train, evaluate, watch, record, benchmark, tune.
var agents = AgentRegistry.builtIn
try agents.register(Reinforce.self)

RLGymCommand.main(agents: agents)
