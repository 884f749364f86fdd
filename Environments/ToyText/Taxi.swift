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
public struct Taxi: Environment, Codable {
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

  /// How this taxi was made.
  public let configuration: Configuration
  let table: TransitionTable
  /// The state's number, which is the observation.
  public internal(set) var state: Int
  /// Whether the passenger will change its mind when it first moves in the taxi.
  private var changesMind = false

  /// A taxi of the given kind.
  public init(_ configuration: Configuration = Configuration()) {
    self.configuration = configuration
    table = TransitionTable(configuration)
    state = Int(table.starts[0])
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

  /// The state's number: `((row * 5 + column) * 5 + passenger) * 4 + destination`.
  public var observationSpace: Discrete { Discrete(table.states) }
  /// South, north, east, west, pick up, drop off.
  public var actionSpace: Discrete { Discrete(table.actions) }

  /// Starts anywhere, with a passenger who wants to go from one stand to another.
  public mutating func reset(using rng: inout SeededGenerator) -> Int {
    state = table.start(rng.uniform())
    changesMind =
      configuration.hasFicklePassenger && rng.uniform() < configuration.fickleProbability
    return state
  }

  /// Drives one cell, picks up or drops off.
  public mutating func step(_ action: Int, using rng: inout SeededGenerator) -> Step<
    Int, TaxiInfo
  > {
    let outcome = table.outcome(state, action, rng.uniform())
    var next = Int(table.next[outcome])
    if changesMind && passenger == Self.aboard && next / 20 != state / 20 {
      changesMind = false
      let other = rng.integer(below: 3)
      next += (other < destination ? other : other + 1) - destination
    }
    state = next
    var info = TaxiInfo()
    if action < 4 { info.probability = table.probability(outcome) }
    return Step(
      observation: state, reward: table.rewards[outcome], terminated: table.ends[outcome],
      truncated: false, info: info)
  }

  /// Some actions change nothing in some states.
  public static var masksActions: Bool { true }

  /// Marks the actions that can change the state.
  public func writeActionMask(into mask: UnsafeMutableBufferPointer<Bool>) {
    for action in mask.indices { mask[action] = table.allows(action, in: state) }
  }
}
