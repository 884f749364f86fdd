public import RLCore
public import RLSupport

/// What a step of a taxi came from.
public struct TaxiInfo: StepInfo, Equatable {
  /// The probability of the transition that was drawn, as Gymnasium's `info["prob"]`.
  public var probability = 1.0
  /// The information of a certain transition.
  public init() {}
}

/// Gymnasium's Taxi: fetch a passenger and bring it where it wants to go.
///
/// The same numbers as `Taxi-v4`, given the same seed and actions. The action mask allows what can
/// change the state, as Gymnasium's `info["action_mask"]`; the other actions may be taken and waste a
/// step.
public struct Taxi: TableEnvironment, Codable {
  /// How a taxi is made.
  public struct Configuration: Sendable, Equatable, Codable {
    /// Whether rain makes the taxi drift aside: Gymnasium's `is_rainy`.
    public var isRainy = false
    /// The probability of driving where one wants in the rain; the rest goes to both sides.
    public var rainyProbability = 0.8
    /// Whether passengers may change their mind in the taxi: Gymnasium's `fickle_passenger`.
    public var hasFicklePassenger = false
    /// The probability that the passenger of an episode does, on its first move in the taxi.
    public var fickleProbability = 0.3

    /// A dry day and a passenger who knows where to go.
    public init() {}
  }

  /// The corners where passengers wait and want to go: red, green, yellow, blue.
  public static let stands: [(row: Int, column: Int)] = [(0, 0), (0, 4), (4, 0), (4, 3)]
  /// The stand number of a passenger in the taxi.
  public static let aboard = 4
  /// The town: a taxi passes `:` and no `|`.
  public static let map = ["R: | : :G", " : | : : ", " : : : : ", " | : | : ", "Y| : |B: "]

  /// How this taxi is made.
  public var configuration: Configuration {
    didSet { table = TransitionTable(configuration) }
  }
  /// Every transition of a taxi whose passenger knows where to go.
  public private(set) var table: TransitionTable
  /// The state's number, which is the observation:
  /// `((row * 5 + column) * 5 + passenger) * 4 + destination`.
  public var state: Int
  /// Whether the passenger will change its mind when it first moves in the taxi.
  private var changesMind = false

  /// A taxi of the given kind.
  public init(_ configuration: Configuration = Configuration()) {
    self.configuration = configuration
    table = TransitionTable(configuration)
    state = table.start(draw: 0)
  }

  private enum CodingKeys: CodingKey { case configuration, state, changesMind }

  /// Reads a taxi and its state.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(try container.decode(Configuration.self, forKey: .configuration))
    let state = try container.decode(Int.self, forKey: .state)
    guard (0..<table.states).contains(state) else {
      throw DecodingError.dataCorruptedError(
        forKey: .state, in: container, debugDescription: "there is no state \(state)")
    }
    self.state = state
    changesMind = try container.decode(Bool.self, forKey: .changesMind)
  }

  /// The taxi's row, from the north.
  public var row: Int { state / 100 }
  /// The taxi's column, from the west.
  public var column: Int { state / 20 % 5 }
  /// The stand where the passenger is, or `aboard`.
  public var passenger: Int { state / 4 % 5 }
  /// The stand where the passenger wants to go.
  public var destination: Int { state % 4 }

  /// Starts anywhere, with a passenger who wants to go from one stand to another.
  public mutating func reset(using rng: inout SeededGenerator) -> Int {
    state = table.start(draw: rng.uniform())
    changesMind =
      configuration.hasFicklePassenger && rng.uniform() < configuration.fickleProbability
    return state
  }

  /// Drives one cell, picks up or drops off.
  public mutating func step(_ action: Int, using rng: inout SeededGenerator) -> Step<
    Int, TaxiInfo
  > {
    let outcome = table.step(from: state, action, draw: rng.uniform())
    var next = outcome.next
    if changesMind && passenger == Self.aboard && next / 20 != state / 20 {
      changesMind = false
      let other = rng.integer(below: 3)
      next += (other < destination ? other : other + 1) - destination
    }
    state = next
    var info = TaxiInfo()
    if action < 4 { info.probability = outcome.probability }
    return Step(
      observation: state, reward: outcome.reward, terminated: outcome.isEnd, truncated: false,
      info: info)
  }

  /// Some actions change nothing in some states.
  public static var masksActions: Bool { true }
}

extension Taxi {
  /// Many taxis; fickle passengers are not in the table.
  func vector(_ spec: EnvironmentSpec, count: Int) -> any VectorEnvironment {
    configuration.hasFicklePassenger
      ? BatchedEnvironments(spec, count: count) { self } : TableVector(self, spec, count: count)
  }
}

extension Taxi: Playable {
  /// The arrows drive.
  public var keyMap: KeyMap {
    KeyMap([
      .init(.down, action: [0], "south"), .init(.up, action: [1], "north"),
      .init(.right, action: [2], "east"), .init(.left, action: [3], "west"),
      .init(.character("p"), action: [4], "pick up"),
      .init(.character("d"), action: [5], "drop off"),
    ])
  }
}

extension Taxi {
  /// Gymnasium's arguments.
  static let arguments = SettingsTable<Taxi> {
    Setting(\.configuration.isRainy, "is_rainy", "whether rain makes the taxi drift aside")
    Setting(
      \.configuration.hasFicklePassenger, "fickle_passenger",
      "whether passengers may change their mind in the taxi")
    Setting(
      \.configuration.rainyProbability, "rainy_probability",
      "the probability of driving where one wants in the rain", in: .from(0, to: 1),
      onlyWith: .flag(\.configuration.isRainy))
    Setting(
      \.configuration.fickleProbability, "fickle_probability",
      "the probability that a passenger does", in: .from(0, to: 1),
      onlyWith: .flag(\.configuration.hasFicklePassenger))
  }

  static let sheet = """
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
}
