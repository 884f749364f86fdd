internal import RLCore
internal import RLSupport

extension EnvironmentRegistry {
  mutating func registerGridWorlds() throws(RegistryError) {
    try registerGridWorld(
      "FrozenLake-v1", GridWorld.frozenLake, maxSteps: 100, rewardThreshold: 0.70,
      summary: "Cross a slippery lake of 4 x 4 cells without falling into a hole.",
      documentation: frozenLakeSheet, presets: frozenLakePresets)
    try registerGridWorld(
      "FrozenLake8x8-v1", GridWorld.frozenLake8x8, maxSteps: 200, rewardThreshold: 0.85,
      summary: "Cross a slippery lake of 8 x 8 cells without falling into a hole.",
      documentation: frozenLakeSheet, presets: frozenLake8x8Presets)
    try registerGridWorld(
      "CliffWalking-v1", GridWorld.cliffWalking, maxSteps: nil, rewardThreshold: nil,
      summary: "Walk along a cliff to the goal; falling off leads back to the start.",
      documentation: cliffWalkingSheet, presets: cliffWalkingPresets)
    try registerGridWorld(
      "GridWorld-v0", GridWorld.rooms, maxSteps: 100, rewardThreshold: 0.9,
      summary: "Find the door between two rooms with pits and slips.",
      documentation: gridWorldSheet, presets: gridWorldPresets)
  }

  private mutating func registerGridWorld(
    _ id: String, _ world: GridWorld, maxSteps: Int?, rewardThreshold: Double?, summary: String,
    documentation: String, presets: [String: Preset]
  ) throws(RegistryError) {
    try register(
      id, maxSteps: maxSteps, rewardThreshold: rewardThreshold, summary: summary,
      documentation: documentation, tags: ["grid-world", "discrete-actions"], presets: presets,
      vector: { GridWorldBatch(world, $0, count: $1) }
    ) { world }
  }
}

// Without hidden layers PPO's networks are tables: a logit for each cell and action, a value for each cell.

private let frozenLakePresets: [String: Preset] = [
  "ppo": Preset(
    steps: 50_000,
    [
      "environments": 16, "rolloutSteps": 32, "batchSize": 512, "epochs": 15, "gaeLambda": 0.8,
      "discount": 0.999, "learningRate": 0.01, "entropyCoefficient": 0.02, "policyWidths": [],
      "valueWidths": [],
    ]),
  "dqn": .dqn(
    steps: 60_000,
    ["returnSteps": 1, "normalizeLayers": false, "explorationFraction": 0.3]),
]

private let frozenLake8x8Presets: [String: Preset] = [
  "ppo": Preset(
    steps: 400_000,
    [
      "environments": 64, "rolloutSteps": 64, "batchSize": 512, "epochs": 15, "gaeLambda": 0.85,
      "discount": 0.99, "learningRate": 0.01, "entropyCoefficient": 0.1, "policyWidths": [],
      "valueWidths": [],
    ]),
  "dqn": .dqn(
    steps: 150_000,
    ["returnSteps": 1, "normalizeLayers": false, "explorationFraction": 0.5]),
]

private let cliffWalkingPresets: [String: Preset] = [
  "ppo": Preset(
    steps: 40_000,
    [
      "environments": 16, "rolloutSteps": 16, "batchSize": 256, "epochs": 6, "gaeLambda": 0.7,
      "discount": 1, "learningRate": "linear(0.05)", "clipRange": 0.1, "entropyCoefficient": 0.03,
      "normalizeAdvantage": false, "normalizeRewards": true, "maxGradientNorm": 100,
      "policyWidths": [], "valueWidths": [],
    ]),
  "dqn": .dqn(
    steps: 20_000,
    ["returnSteps": 1, "explorationFraction": 0.3]),
]

private let gridWorldPresets: [String: Preset] = [
  "ppo": Preset(
    steps: 50_000,
    [
      "environments": 16, "rolloutSteps": 64, "batchSize": 256, "epochs": 4, "gaeLambda": 0.85,
      "discount": 0.99, "learningRate": "linear(0.05)", "entropyCoefficient": 0.02,
      "normalizeRewards": true, "policyWidths": [], "valueWidths": [],
    ]),
  "dqn": .dqn(
    steps: 60_000,
    ["explorationFraction": 0.3]),
]

private let frozenLakeSheet = """
  A walker crosses a frozen lake from the upper left to the lower right corner. The ice is slippery:
  the walker goes where it wants with probability 1/3, and to each side of that with 1/3.

    SFFF
    FHFH     S start, F frozen, H hole, G goal; the 8 x 8 lake has 10 holes
    FFFH
    HFFG

  Action: Discrete(4): 0 left, 1 down, 2 right, 3 up.

  Observation: Discrete(16) or Discrete(64): row * columns + column.

  Reward: 1 for reaching the goal, else 0.

  Start: in the cell S.

  End: terminated in a hole or at the goal; truncated after 100 steps (8x8: 200).

  Versions: v1. The best policy reaches the goal in 0.74 of the episodes (8x8: 0.91).
  """

private let cliffWalkingSheet = """
  A walker goes from the lower left to the lower right corner of 4 x 12 cells; the cells between them
  are a cliff (Sutton and Barto, Reinforcement Learning, example 6.6).

  Action: Discrete(4): 0 up, 1 right, 2 down, 3 left.

  Observation: Discrete(48): row * 12 + column.

  Reward: -1 a step; -100 for a step off the cliff, which leads back to the start.

  Start: cell 36.

  End: terminated at the goal, cell 47; there is no time limit.

  Versions: v1. The best return is -13.
  """

private let gridWorldSheet = """
  A walker looks for the goal behind a wall with one door, past pits, slipping aside in one step of
  ten. Any other map, reward and slip probability is a `GridWorld.Configuration` away.

  Action: Discrete(4): 0 left, 1 down, 2 right, 3 up.

  Observation: Discrete(64): row * 8 + column.

  Reward: 1 for reaching the goal, -0.5 for a pit, -0.01 for any other step; each step also pays 0.02
  for every cell it leads closer to the goal, and costs as much for leading away.

  Start: in the upper left corner.

  End: terminated in a pit or at the goal; truncated after 100 steps.

  Versions: v0.
  """
