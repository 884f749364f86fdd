import RLGym

/// Walk right through `length` cells; the last one ends the episode.
struct Corridor: DeterministicEnvironment, Codable {
  enum Move: CaseIterable { case left, right }

  var length = 10
  private var cell = 0

  init(length: Int = 10) { self.length = length }

  var actionSpace: Choice<Move> { Choice() }
  var observationSpace: Box<1> { Box(0...1) }

  mutating func reset(using rng: inout SeededGenerator) -> Observation {
    cell = rng.integer(below: length / 2)
    return observation
  }

  mutating func step(_ action: Move) -> Step<Observation, Info> {
    cell = max(0, action == .right ? cell + 1 : cell - 1)
    return cell == length - 1
      ? .terminal(observation, reward: 1) : .next(observation, reward: -0.01)
  }

  private var observation: Observation { [Float(cell) / Float(length - 1)] }
}

var registry = EnvironmentRegistry.builtIn
try registry.register("Corridor", maxSteps: 100) { Corridor(length: 12) }
var configuration = PPOSettings()
configuration.rolloutSteps = 128
let agent = try PPO(
  configuration, environments: registry.make("Corridor", count: 8), seed: 1, steps: 1024, threads: 1
)
try agent.train { _ in .proceed }
print("Corridor: \(agent.stepsDone) steps")
