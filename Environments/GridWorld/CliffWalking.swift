internal import RLSupport

extension GridWorld {
  /// Gymnasium's `CliffWalking-v1`: actions up, right, down, left; the cliff leads back to the start.
  public static var cliffWalking: GridWorld {
    let free = String(repeating: "F", count: 12)
    var configuration = Configuration(
      map: .known([free, free, free, "S" + String(repeating: "H", count: 10) + "G"]))
    configuration.actions = [.up, .right, .down, .left]
    configuration.stepReward = -1
    configuration.goalReward = -1
    configuration.pitReward = -100
    configuration.pitsEndEpisode = false
    configuration.successProbability = 1.0 / 3.0
    return GridWorld(configuration)
  }

  /// Gymnasium's `CliffWalkingSlippery-v1`: one goes where one wants, or to a side of it, with 1/3 each.
  public static var slipperyCliffWalking: GridWorld {
    var world = cliffWalking
    world.configuration.isSlippery = true
    return world
  }

  /// Gymnasium's arguments.
  static let cliffWalkingArguments = SettingsTable<GridWorld> {
    Setting(
      \.configuration.isSlippery, "is_slippery",
      "whether the walker goes to each side of where it wants with probability 1/3")
  }

  static let cliffWalkingSheet = """
    A walker goes from the lower left to the lower right corner of 4 x 12 cells; the cells between them
    are a cliff (Sutton and Barto, Reinforcement Learning, example 6.6).

    Action: Discrete(4): 0 up, 1 right, 2 down, 3 left.

    Observation: Discrete(48): row * 12 + column.

    Reward: -1 a step; -100 for a step off the cliff, which leads back to the start.

    Start: cell 36.

    End: terminated at the goal, cell 47; there is no time limit.

    Versions: v1. The best return is -13.
    """
}
