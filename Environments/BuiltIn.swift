public import RLCore

extension EnvironmentRegistry {
  /// Every environment that rlgym brings.
  public static let builtIn: EnvironmentRegistry = {
    var registry = EnvironmentRegistry()
    do {
      try registry.registerClassicControl()
      try registry.registerGridWorlds()
      try registry.registerToyText()
      try registry.registerLunarLander()
      try registry.registerMuJoCo()
    } catch {
      preconditionFailure("The built-in environments cannot be registered: \(error)")
    }
    return registry
  }()

  private mutating func registerClassicControl() throws(RegistryError) {
    for (id, steps, threshold) in [("CartPole-v0", 200, 195.0), ("CartPole-v1", 500, 475.0)] {
      try register(
        id, maxSteps: steps, rewardThreshold: threshold,
        summary: "Balance a pole on a cart by pushing left or right.",
        documentation: CartPole.sheet, tags: ["classic-control", "discrete-actions"],
        arguments: CartPole.arguments, vector: { LaneVector($0, $1, count: $2) }
      ) { CartPole() }
    }
    try register(
      "Pendulum-v1", maxSteps: 200,
      summary: "Swing a pendulum up and hold it there with little torque.",
      documentation: Pendulum.sheet, tags: ["classic-control", "continuous-actions"],
      arguments: Pendulum.arguments, vector: { LaneVector($0, $1, count: $2) }
    ) { Pendulum() }
    try register(
      "MountainCar-v0", maxSteps: 200, rewardThreshold: -110,
      summary: "Drive a weak car up a hill by swinging.",
      documentation: MountainCar.sheet, tags: ["classic-control", "discrete-actions"],
      arguments: MountainCar.arguments, vector: { LaneVector($0, $1, count: $2) }
    ) { MountainCar() }
    try register(
      "MountainCarContinuous-v0", maxSteps: 999, rewardThreshold: 90,
      summary: "Drive a weak car up a hill by swinging, with little fuel.",
      documentation: MountainCarContinuous.sheet, tags: ["classic-control", "continuous-actions"],
      arguments: MountainCarContinuous.arguments, vector: { LaneVector($0, $1, count: $2) }
    ) { MountainCarContinuous() }
    try register(
      "Acrobot-v1", maxSteps: 500, rewardThreshold: -100,
      summary: "Swing the tip of a double pendulum up by its middle joint.",
      documentation: Acrobot.sheet, tags: ["classic-control", "discrete-actions"],
      arguments: Acrobot.arguments, vector: { LaneVector($0, $1, count: $2) }
    ) { Acrobot() }
  }

  private mutating func registerGridWorlds() throws(RegistryError) {
    let tags = ["grid-world", "discrete-actions"]
    try register(
      "FrozenLake-v1", maxSteps: 100, rewardThreshold: 0.70,
      summary: "Cross a slippery lake of 4 x 4 cells without falling into a hole.",
      documentation: GridWorld.frozenLakeSheet, tags: tags,
      arguments: GridWorld.frozenLakeArguments,
      vector: { TableVector($0, $1, count: $2) }
    ) { GridWorld.frozenLake }
    try register(
      "FrozenLake8x8-v1", maxSteps: 200, rewardThreshold: 0.85,
      summary: "Cross a slippery lake of 8 x 8 cells without falling into a hole.",
      documentation: GridWorld.frozenLakeSheet, tags: tags,
      arguments: GridWorld.frozenLakeArguments,
      vector: { TableVector($0, $1, count: $2) }
    ) { GridWorld.frozenLake8x8 }
    try register(
      "CliffWalking-v1",
      summary: "Walk along a cliff to the goal; falling off leads back to the start.",
      documentation: GridWorld.cliffWalkingSheet, tags: tags,
      arguments: GridWorld.cliffWalkingArguments,
      vector: { TableVector($0, $1, count: $2) }
    ) { GridWorld.cliffWalking }
    try register(
      "CliffWalkingSlippery-v1",
      summary: "Walk along a cliff on slippery ground; falling off leads back to the start.",
      documentation: GridWorld.cliffWalkingSheet, tags: tags,
      arguments: GridWorld.cliffWalkingArguments, vector: { TableVector($0, $1, count: $2) }
    ) { GridWorld.slipperyCliffWalking }
    try register(
      "GridWorld-v0", maxSteps: 100, rewardThreshold: 0.9,
      summary: "Find the door between two rooms with pits and slips.",
      documentation: GridWorld.roomsSheet, tags: tags,
      vector: { TableVector($0, $1, count: $2) }
    ) { GridWorld.rooms }
  }

  private mutating func registerToyText() throws(RegistryError) {
    for id in ["Taxi-v3", "Taxi-v4"] {
      try register(
        id, maxSteps: 200, rewardThreshold: 8,
        summary: "Fetch a passenger and bring it to one of four stands.",
        documentation: Taxi.sheet, tags: ["toy-text", "discrete-actions", "action-masks"],
        arguments: Taxi.arguments, vector: { $0.vector($1, count: $2) }
      ) { Taxi() }
    }
    try register(
      "Blackjack-v1", summary: "Draw cards up to 21 and beat the dealer.",
      documentation: Blackjack.sheet, tags: ["toy-text", "discrete-actions"],
      arguments: Blackjack.arguments
    ) { Blackjack() }
  }

  /// The environments with rigid bodies, or, without the trait `Box2D`, how to get them.
  private mutating func registerLunarLander() throws(RegistryError) {
    #if Box2D
      try register(
        "LunarLander-v3", maxSteps: 1000, rewardThreshold: 200,
        summary: "Land on the moon with engines that are on or off.", documentation: lunarSheet,
        tags: ["box2d", "discrete-actions"], arguments: LunarLander.arguments
      ) { LunarLander() }
      try register(
        "LunarLanderContinuous-v3", maxSteps: 1000, rewardThreshold: 200,
        summary: "Land on the moon with throttles.", documentation: lunarContinuousSheet,
        tags: ["box2d", "continuous-actions"],
        arguments: LunarLanderContinuous.arguments
      ) { LunarLanderContinuous() }
    #else
      for (name, summary) in [
        ("LunarLander-v3", "Land on the moon with engines that are on or off."),
        ("LunarLanderContinuous-v3", "Land on the moon with throttles."),
      ] {
        setMissing(
          name, summary: summary,
          needs:
            "the trait Box2D: start once with `RLGYM_TRAITS=Box2D ./rlgym`, or `apt-get install libbox2d-dev` and build with `--traits default,Box2D`"
        )
      }
    #endif
  }
}
