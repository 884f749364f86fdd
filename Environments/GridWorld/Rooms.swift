extension GridWorld {
  /// Two rooms behind a wall with a door, pits on the short way, and slips now and then.
  public static var rooms: GridWorld {
    var configuration = Configuration(
      map: .known([
        "S...#...", "....#...", "....#.H.", "..H.....", "....#...", ".H..#.H.", "....#...",
        "....#..G",
      ]))
    configuration.isSlippery = true
    configuration.successProbability = 0.9
    configuration.stepReward = -0.01
    configuration.pitReward = -0.5
    configuration.distanceReward = 0.02
    return GridWorld(configuration)
  }

  static let roomsSheet = """
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
}
