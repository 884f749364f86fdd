extension GridWorld {
  private static func known(_ lines: [String]) -> GridMap {
    do { return try GridMap(lines) } catch { preconditionFailure("\(error)") }
  }

  /// Gymnasium's `FrozenLake-v1` on the given map: actions left, down, right, up; one goes where one
  /// wants with the success rate only.
  public static func frozenLake(
    map: GridMap, isSlippery: Bool = true, successRate: Double = 1.0 / 3.0
  ) -> GridWorld {
    var configuration = Configuration(map: map)
    configuration.isSlippery = isSlippery
    configuration.successProbability = successRate
    return GridWorld(configuration)
  }

  /// Gymnasium's `FrozenLake-v1`.
  public static var frozenLake: GridWorld {
    frozenLake(map: known(["SFFF", "FHFH", "FFFH", "HFFG"]))
  }

  /// Gymnasium's `FrozenLake8x8-v1`.
  public static var frozenLake8x8: GridWorld {
    frozenLake(
      map: known([
        "SFFFFFFF", "FFFFFFFF", "FFFHFFFF", "FFFFFHFF", "FFFHFFFF", "FHHFFFHF", "FHFFHFHF",
        "FFFHFFFG",
      ]))
  }

  /// Gymnasium's `CliffWalking-v1`: actions up, right, down, left; the cliff leads back to the start.
  public static var cliffWalking: GridWorld {
    let free = String(repeating: "F", count: 12)
    var configuration = Configuration(
      map: known([free, free, free, "S" + String(repeating: "H", count: 10) + "G"]))
    configuration.actions = [.up, .right, .down, .left]
    configuration.stepReward = -1
    configuration.goalReward = -1
    configuration.pitReward = -100
    configuration.pitsEndEpisode = false
    return GridWorld(configuration)
  }

  /// Two rooms behind a wall with a door, pits on the short way, and slips now and then.
  public static var rooms: GridWorld {
    var configuration = Configuration(
      map: known([
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
}
