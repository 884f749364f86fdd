internal import RLCore
internal import RLSupport

extension EnvironmentRegistry {
  mutating func registerToyText() throws(RegistryError) {
    let taxi = Taxi()
    for id in ["Taxi-v3", "Taxi-v4"] {
      try register(
        id, maxSteps: 200, rewardThreshold: 8,
        summary: "Fetch a passenger and bring it to one of four stands.",
        documentation: taxiSheet, tags: ["toy-text", "discrete-actions", "action-masks"],
        presets: taxiPresets, vector: { TaxiBatch(taxi, $0, count: $1) }
      ) { taxi }
    }
    try register(
      "Blackjack-v1", summary: "Draw cards up to 21 and beat the dealer.",
      documentation: blackjackSheet, tags: ["toy-text", "discrete-actions"],
      presets: blackjackPresets
    ) { Blackjack() }
  }
}

// Without hidden layers PPO's networks are tables, of states or of the parts of the observation.

private let taxiPresets: [String: Preset] = [
  "ppo": Preset(
    steps: 200_000,
    [
      "environments": 16, "rolloutSteps": 128, "batchSize": 128, "epochs": 10, "gaeLambda": 0.95,
      "discount": 0.95, "learningRate": "linear(0.01)", "entropyCoefficient": 0.05,
      "policyWidths": [], "valueWidths": [],
    ]),
  "dqn": .dqn(
    steps: 100_000,
    ["explorationFraction": 0.3]),
]

private let blackjackPresets: [String: Preset] = [
  "ppo": Preset(
    steps: 100_000,
    [
      "environments": 32, "rolloutSteps": 32, "batchSize": 512, "epochs": 8, "gaeLambda": 0.95,
      "discount": 1, "learningRate": "linear(0.1)", "entropyCoefficient": 0.03,
      "policyWidths": [], "valueWidths": [],
    ]),
  "dqn": .dqn(
    steps: 100_000,
    ["returnSteps": 1, "learningRate": "linear(5e-4)", "explorationFraction": 0.5]),
]

private let taxiSheet = """
  A taxi in a town of 5 x 5 cells fetches a passenger at one of four stands and brings it to another
  one (Dietterich 2000).

    R: | : :G
     : | : :      R, G, Y, B the stands: red, green, yellow, blue
     : : : :      : can be passed, | cannot
     | : | :
    Y| : |B:

  Action: Discrete(6): 0 south, 1 north, 2 east, 3 west, 4 picks up, 5 drops off. The mask allows the
  actions that change the state.

  Observation: Discrete(500): ((row * 5 + column) * 5 + passenger) * 4 + destination; the passenger
  0 to 3 at red, green, yellow, blue, or 4 in the taxi.

  Reward: 20 for dropping the passenger at its destination; -10 for picking up or dropping off where
  it cannot be done; -1 for any other step, such as dropping the passenger at another stand.

  Start: anywhere, the passenger at a stand that is not its destination; 300 states, equally likely.

  End: terminated at the destination; truncated after 200 steps.

  Versions: v4; v3 is the same here, since the versions differ in rain and fickle passengers only,
  which `Taxi.Configuration` has as v4 does.
  """

private let blackjackSheet = """
  A player draws cards from an endless deck to come closer to 21 than the dealer, but not above
  (Sutton and Barto 2018, example 5.1). Court cards count 10; an ace counts 11 where it can, else 1.

  Action: Discrete(2): 0 sticks, 1 hits.

  Observation: MultiDiscrete(32, 11, 2), Gymnasium's tuple of three discrete numbers
    0  sum of the player's cards       4 ... 31
    1  the dealer's open card          1 (ace) ... 10
    2  whether an ace counts 11        0, 1

  Reward: at the end 1 for a win, -1 for a loss, 0 for a draw. A natural, an ace and a ten dealt
  first, wins against everything but another natural; other rules are `Blackjack.Rules`.

  Start: two cards for each side.

  End: terminated when the player sticks, and the dealer has drawn up to 17 or more, or when the
  player passes 21. There is no time limit and no reward threshold.

  Versions: v1.
  """
