internal import RLCore
public import RLSupport

extension GridWorld {
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
    frozenLake(map: .known(["SFFF", "FHFH", "FFFH", "HFFG"]))
  }

  /// Gymnasium's `FrozenLake8x8-v1`.
  public static var frozenLake8x8: GridWorld {
    frozenLake(
      map: .known([
        "SFFFFFFF", "FFFFFFFF", "FFFHFFFF", "FFFFFHFF", "FFFHFFFF", "FHHFFFHF", "FHFFHFHF",
        "FFFHFFFG",
      ]))
  }

  /// Gymnasium's arguments.
  static let frozenLakeArguments = SettingsTable<GridWorld> {
    Setting(\.mapName, "map_name", "the map")
    Setting(\.configuration.map, "desc", "the map row by row, instead of `map_name`'s")
    Setting(\.configuration.isSlippery, "is_slippery", "whether slips are possible")
    Setting(
      \.configuration.successProbability, "success_rate",
      "the probability of going where one wants", in: .from(0, to: 1),
      onlyWith: .flag(\.configuration.isSlippery))
    Setting(\.rewards, "reward_schedule", "the rewards for the goal, a hole and any other cell")
  }

  /// The maps of Gymnasium's lakes.
  enum MapName: String, CaseIterable, SettingValue {
    case small = "4x4"
    case large = "8x8"
  }

  private var mapName: MapName? {
    get {
      MapName.allCases.first { Self.maps[$0] == configuration.map }
    }
    set {
      if let newValue, let map = Self.maps[newValue] { configuration.map = map }
    }
  }

  private static let maps: [MapName: GridMap] = [
    .small: frozenLake.configuration.map, .large: frozenLake8x8.configuration.map,
  ]

  /// The rewards for entering cells.
  struct Rewards: SettingValue {
    var goal, pit, other: Double

    static var expected: String { "a list of three numbers such as [1, 0, 0]" }

    init(goal: Double, pit: Double, other: Double) {
      (self.goal, self.pit, self.other) = (goal, pit, other)
    }

    init?(setting: JSONValue) {
      guard let numbers = [Double](setting: setting), numbers.count == 3,
        numbers.allSatisfy(\.isFinite)
      else { return nil }
      self.init(goal: numbers[0], pit: numbers[1], other: numbers[2])
    }

    var setting: JSONValue { [goal, pit, other].setting }
  }

  private var rewards: Rewards {
    get {
      Rewards(
        goal: configuration.goalReward, pit: configuration.pitReward,
        other: configuration.stepReward)
    }
    set {
      configuration.goalReward = newValue.goal
      configuration.pitReward = newValue.pit
      configuration.stepReward = newValue.other
    }
  }

  static let frozenLakeSheet = """
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
}

extension GridMap: SettingValue {
  /// What is expected.
  public static var expected: String {
    "a list of rows of S, F, H and G such as [SFF, FHG], equally long, with S and G"
  }

  /// Takes a list of rows.
  public init?(setting: JSONValue) {
    guard let rows = [String](setting: setting), let map = try? GridMap(rows) else { return nil }
    self = map
  }

  /// The rows.
  public var setting: JSONValue {
    .array(
      (0..<rows).map { row in
        .string(cells[row * columns..<(row + 1) * columns].map(\.rawValue).joined())
      })
  }
}
