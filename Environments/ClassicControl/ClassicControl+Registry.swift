internal import RLCore
internal import RLSupport

extension EnvironmentRegistry {
  mutating func registerClassicControl() throws(RegistryError) {
    for (id, steps, threshold) in [("CartPole-v0", 200, 195.0), ("CartPole-v1", 500, 475.0)] {
      try register(
        id, maxSteps: steps, rewardThreshold: threshold,
        summary: "Balance a pole on a cart by pushing left or right.",
        documentation: cartPoleSheet, tags: ["classic-control", "discrete-actions"],
        presets: cartPolePresets, vector: { CartPoleBatch(CartPole(), $0, count: $1) }
      ) { CartPole() }
    }
    try register(
      "Pendulum-v1", maxSteps: 200,
      summary: "Swing a pendulum up and hold it there with little torque.",
      documentation: pendulumSheet, tags: ["classic-control", "continuous-actions"],
      presets: pendulumPresets, vector: { PendulumBatch(Pendulum(), $0, count: $1) }
    ) { Pendulum() }
    try register(
      "MountainCar-v0", maxSteps: 200, rewardThreshold: -110,
      summary: "Drive a weak car up a hill by swinging.",
      documentation: mountainCarSheet, tags: ["classic-control", "discrete-actions"],
      presets: mountainCarPresets, vector: { MountainCarBatch(MountainCar(), $0, count: $1) }
    ) { MountainCar() }
    try register(
      "MountainCarContinuous-v0", maxSteps: 999, rewardThreshold: 90,
      summary: "Drive a weak car up a hill by swinging, with little fuel.",
      documentation: mountainCarContinuousSheet, tags: ["classic-control", "continuous-actions"],
      presets: mountainCarContinuousPresets,
      vector: { MountainCarContinuousBatch(MountainCarContinuous(), $0, count: $1) }
    ) { MountainCarContinuous() }
    try register(
      "Acrobot-v1", maxSteps: 500, rewardThreshold: -100,
      summary: "Swing the tip of a double pendulum up by its middle joint.",
      documentation: acrobotSheet, tags: ["classic-control", "discrete-actions"],
      presets: acrobotPresets, vector: { AcrobotBatch(Acrobot(), $0, count: $1) }
    ) { Acrobot() }
  }
}

private let cartPolePresets: [String: Preset] = [
  "ppo": Preset(
    steps: 40_000,
    [
      "environments": 4, "rolloutSteps": 128, "batchSize": 64, "epochs": 10, "gaeLambda": 0.9,
      "discount": 0.98, "learningRate": "linear(1.5e-3)",
    ]),
  "dqn": .dqn(
    steps: 50_000,
    ["returnSteps": 8, "tau": 0.005, "explorationFraction": 0.06, "maxGradientNorm": 1]),
]

private let pendulumPresets: [String: Preset] = [
  "ppo": Preset(
    steps: 50_000,
    [
      "environments": 4, "rolloutSteps": 512, "batchSize": 64, "epochs": 10, "gaeLambda": 0.9,
      "discount": 0.93, "learningRate": "linear(2e-3)", "activation": "relu",
      "initialLogDeviation": 0.6, "maxGradientNorm": 5, "normalizeRewards": true,
    ]),
  "sac": Preset(
    steps: 6_000,
    [
      "actorWidths": [64, 64], "criticWidths": [64, 64], "normalizeLayers": true,
      "learningRate": 3e-3, "tau": 0.02, "discount": 0.98,
    ]),
  "td3": Preset(
    steps: 10_000,
    [
      "actorWidths": [64, 64], "criticWidths": [64, 64], "normalizeLayers": true,
      "learningRate": "linear(2e-3)", "tau": 0.01, "discount": 0.97, "learningStarts": 500,
      "explorationNoise": "linear(0.6, 0.1)", "preactivationPenalty": 1e-3,
    ]),
]

private let mountainCarPresets: [String: Preset] = [
  "ppo": Preset(
    steps: 400_000,
    [
      "environments": 32, "rolloutSteps": 128, "batchSize": 256, "epochs": 10, "gaeLambda": 0.98,
      "discount": 0.98, "learningRate": "linear(3e-3)", "entropyCoefficient": 0.01,
      "normalizeObservations": true, "normalizeRewards": true,
    ]),
  "dqn": .dqn(
    steps: 120_000,
    ["environments": 4, "gradientSteps": 4, "explorationFraction": 0.3]),
]

private let mountainCarContinuousPresets: [String: Preset] = [
  "ppo": Preset(
    steps: 20_000,
    [
      "environments": 4, "rolloutSteps": 256, "batchSize": 128, "epochs": 5, "gaeLambda": 0.98,
      "discount": 0.995, "learningRate": "linear(5e-4)", "clipRange": 0.3,
      "stateDependentExploration": true, "explorationInterval": 64, "initialLogDeviation": 0.5,
      "normalizeObservations": true, "normalizeRewards": true,
    ]),
  "sac": Preset(
    steps: 50_000,
    [
      "actorWidths": [64, 64], "criticWidths": [64, 64], "learningRate": "linear(1e-3)",
      "discount": 0.9999, "tau": 0.02, "learningStarts": 0, "bufferSize": 50_000,
      "trainFrequency": 32, "gradientSteps": 32, "entropyCoefficient": 0.1,
      "stateDependentExploration": true, "initialLogDeviation": -3.67,
    ]),
  "td3": Preset(
    steps: 50_000,
    [
      "actorWidths": [64, 64], "criticWidths": [64, 64], "tau": 0.01, "returnSteps": 5,
      "explorationNoise": 0.5, "noiseProcess": "ornsteinUhlenbeck",
    ]),
]

private let acrobotPresets: [String: Preset] = [
  "ppo": Preset(
    steps: 400_000,
    [
      "environments": 16, "rolloutSteps": 128, "batchSize": 256, "epochs": 10, "gaeLambda": 0.95,
      "discount": 0.99, "learningRate": "linear(3e-3)", "normalizeObservations": true,
      "normalizeRewards": true,
    ]),
  "dqn": .dqn(
    steps: 100_000,
    ["bufferSize": 100_000, "batchSize": 128, "tau": 0.005, "explorationFraction": 0.1]),
]

private let cartPoleSheet = """
  A pole is hinged to a cart on a track without friction. It starts upright; the cart is pushed to
  keep it from falling (Barto, Sutton and Anderson 1983).

  Action: Discrete(2): 0 pushes left, 1 pushes right, with 10 N.

  Observation: Box(4)
    0  cart position          -4.8 ... 4.8 m
    1  cart velocity          unbounded, m/s
    2  pole angle             -0.419 ... 0.419 rad
    3  pole angular velocity  unbounded, rad/s

  Reward: 1 for every step, the last one included.

  Start: every number uniform in -0.05 ... 0.05.

  End: terminated when the pole leans more than 12 degrees (0.2095 rad) or the cart is more than
  2.4 m from the centre; truncated after 500 steps (v1) or 200 steps (v0).

  Versions: v1 has 500 steps and the threshold 475; v0 has 200 steps and the threshold 195.
  """

private let pendulumSheet = """
  A pendulum hangs from a hinge with a motor that is too weak to lift it in one go. It is to be swung
  up and held upright.

  Action: Box(1): the torque, -2 ... 2 N m; stronger ones are clipped.

  Observation: Box(3)
    0  cosine of the angle from upright  -1 ... 1
    1  sine of the angle                 -1 ... 1
    2  angular velocity                  -8 ... 8 rad/s

  Reward: -(angle^2 + 0.1 velocity^2 + 0.001 torque^2), the angle taken in -pi ... pi before the
  step; between -16.27 and 0.

  Start: the angle uniform in -pi ... pi, the velocity in -1 ... 1.

  End: never terminated; truncated after 200 steps. There is no reward threshold; good policies
  reach about -150.

  Versions: v1.
  """

private let mountainCarSheet = """
  A car stands in a valley between two hills. Its engine is too weak to climb the right one, so it
  has to gain speed by driving to and fro (Moore 1990).

  Action: Discrete(3): 0 drives left, 1 rolls, 2 drives right, with 0.001 a step.

  Observation: Box(2)
    0  position  -1.2 ... 0.6
    1  velocity  -0.07 ... 0.07 a step

  Reward: -1 for every step, the last one included.

  Start: the position uniform in -0.6 ... -0.4, at rest.

  End: terminated at the flag, position 0.5 or more, with the goal velocity (0) or more; truncated
  after 200 steps. The wall at -1.2 stops the car.

  Versions: v0.
  """

private let mountainCarContinuousSheet = """
  The car of MountainCar with a throttle, whose use costs fuel.

  Action: Box(1): the throttle, -1 ... 1, times 0.0015 a step; stronger ones are clipped, but cost
  what they are.

  Observation: Box(2)
    0  position  -1.2 ... 0.6
    1  velocity  -0.07 ... 0.07 a step

  Reward: -0.1 throttle^2 for every step, and 100 for reaching the flag.

  Start: the position uniform in -0.6 ... -0.4, at rest.

  End: terminated at the flag, position 0.45 or more, with the goal velocity (0) or more; truncated
  after 999 steps. The wall at -1.2 stops the car.

  Versions: v0.
  """

private let acrobotSheet = """
  Two links hang from a fixed joint; a motor turns the joint between them. The tip is to be swung
  above a line one link's length over the fixed joint (Sutton 1996).

  Action: Discrete(3): a torque of 0: -1, 1: 0, 2: 1 N m.

  Observation: Box(6)
    0  cosine of the first angle, 0 hanging down    -1 ... 1
    1  sine of the first angle                      -1 ... 1
    2  cosine of the second angle from the first    -1 ... 1
    3  sine of the second angle                     -1 ... 1
    4  angular velocity of the first link           -12.567 ... 12.567 rad/s
    5  angular velocity of the second link          -28.274 ... 28.274 rad/s

  Reward: -1 for every step, 0 for the one that reaches the line.

  Start: both angles and both velocities uniform in -0.1 ... 0.1.

  End: terminated when -cos(first) - cos(first + second) > 1; truncated after 500 steps.

  Versions: v1 has 500 steps and cosines and sines in the observation; v0, with 200 steps and the
  angles themselves, is not offered, nor is it by Gymnasium.
  """
