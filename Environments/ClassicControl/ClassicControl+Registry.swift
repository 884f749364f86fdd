internal import RLCore

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
  }
}

private let cartPolePresets: [String: Preset] = [
  "ppo": Preset(
    steps: 40_000,
    [
      "environments": 4, "rolloutSteps": 128, "batchSize": 64, "epochs": 10, "gaeLambda": 0.9,
      "discount": 0.98, "learningRate": "linear(1.5e-3)",
    ])
]

private let pendulumPresets: [String: Preset] = [
  "ppo": Preset(
    steps: 100_000,
    ["environments": 4, "rolloutSteps": 1024, "discount": 0.9, "learningRate": 1e-3])
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
