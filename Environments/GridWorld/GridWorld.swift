public import RLCore
public import RLSupport

/// What a step in a grid world came from.
public struct GridWorldInfo: StepInfo, Equatable {
  /// The probability of the transition that was drawn, as Gymnasium's `info["prob"]`.
  public var probability = 1.0
  /// The information of a certain transition.
  public init() {}
}

/// A walk on a map: reach the goal, avoid the pits.
///
/// `frozenLake`, `frozenLake8x8` and `cliffWalking` are Gymnasium's environments, step for step. The
/// observation is the cell's number, row by row.
public struct GridWorld: TableEnvironment, Codable {
  /// How a grid world is made.
  public struct Configuration: Sendable, Equatable, Codable {
    /// The map.
    public var map: GridMap
    /// The direction of each action. Slips go to the sides in this order, if neighbours in it are a
    /// quarter turn apart: first to that of the action before, then to that of the action after.
    public var actions: [GridDirection] = [.left, .down, .right, .up]
    /// The probability of going where one wants; the rest goes to the two sides in equal parts.
    public var successProbability = 1.0
    /// Whether slips are possible at all; `false` makes one certain outcome an action.
    public var isSlippery = false
    /// The reward of every step that is not one of the others.
    public var stepReward = 0.0
    /// The reward of entering a goal.
    public var goalReward = 1.0
    /// The reward of entering a pit.
    public var pitReward = 0.0
    /// Whether a pit ends the episode; else it leads back to the first start cell.
    public var pitsEndEpisode = true
    /// Added in each step: how much closer to the nearest goal the step led, times this (Ng, Harada
    /// and Russell 1999); zero for a sparse reward.
    public var distanceReward = 0.0

    /// A certain, sparse walk on a map.
    public init(map: GridMap) { self.map = map }
  }

  /// How this world is made.
  public var configuration: Configuration {
    didSet { table = TransitionTable(configuration) }
  }
  /// Every transition.
  public private(set) var table: TransitionTable
  /// The cell the walker is in.
  public private(set) var cell = 0

  /// A world of the given kind.
  public init(_ configuration: Configuration) {
    self.configuration = configuration
    table = TransitionTable(configuration)
  }

  private enum CodingKeys: CodingKey { case configuration, cell }

  /// Reads a world and the walker's place.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(try container.decode(Configuration.self, forKey: .configuration))
    let cell = try container.decode(Int.self, forKey: .cell)
    guard configuration.map.cells.indices.contains(cell) else {
      throw DecodingError.dataCorruptedError(
        forKey: .cell, in: container, debugDescription: "cell \(cell) is not on the map")
    }
    self.cell = cell
  }

  /// The cell's number.
  public var state: Int {
    get { cell }
    set { cell = newValue }
  }

  /// Walks one cell.
  public mutating func step(_ action: Int, using rng: inout SeededGenerator) -> Step<
    Int, GridWorldInfo
  > {
    let outcome = table.step(from: cell, action, draw: rng.uniform())
    cell = outcome.next
    var info = GridWorldInfo()
    info.probability = outcome.probability
    return Step(
      observation: cell, reward: outcome.reward, terminated: outcome.isEnd, truncated: false,
      info: info)
  }
}

extension TransitionTable {
  /// The transitions of a grid world.
  init(_ c: GridWorld.Configuration) {
    let map = c.map
    let side = (1 - c.successProbability) / 2
    let starts = map.cells.indices.filter { map.cells[$0] == .start }
    let distances = Self.distances(map)
    // Directions of which neighbours are a quarter turn apart.
    let standard: [GridDirection] = [.left, .down, .right, .up]
    let places = c.actions.map { standard.firstIndex(of: $0) ?? 0 }
    let isCircle =
      places.count == 4 && Set(places).count == 4 && abs(places[0] - places[2]) == 2
    let circle = isCircle ? c.actions : standard
    let turns = c.isSlippery ? [3, 0, 1] : [0]
    self.init(
      states: map.cells.count, actions: c.actions.count,
      probabilities: c.isSlippery ? [side, c.successProbability, side] : [1], starts: starts
    ) { cell, action, outcome in
      if map.cells[cell] == .goal || (map.cells[cell] == .pit && c.pitsEndEpisode) {
        return (cell, 0, true)
      }
      let facing = circle.firstIndex(of: c.actions[action]) ?? 0
      let entered = map.neighbour(of: cell, circle[(facing + turns[outcome]) % 4])
      var reward = c.stepReward
      var target = entered
      var isEnd = false
      switch map.cells[entered] {
      case .goal:
        reward = c.goalReward
        isEnd = true
      case .pit:
        reward = c.pitReward
        isEnd = c.pitsEndEpisode
        if !isEnd { target = starts[0] }
      case .start, .free, .wall: break
      }
      reward += c.distanceReward * (distances[cell] - distances[target])
      return (target, reward, isEnd)
    }
  }

  /// The steps from each cell to the nearest goal.
  private static func distances(_ map: GridMap) -> [Double] {
    var distance = Array(repeating: Double(map.cells.count), count: map.cells.count)
    for (cell, kind) in map.cells.enumerated() where kind == .goal { distance[cell] = 0 }
    var isSettled = false
    while !isSettled {
      isSettled = true
      for cell in map.cells.indices where map.cells[cell] != .wall {
        for direction in GridDirection.allCases {
          let further = distance[map.neighbour(of: cell, direction)] + 1
          if further < distance[cell] {
            distance[cell] = further
            isSettled = false
          }
        }
      }
    }
    return distance
  }
}

extension GridWorld: Playable {
  /// The arrows walk.
  public var keyMap: KeyMap {
    KeyMap(
      configuration.actions.enumerated().map { i, direction in
        let key: Key =
          switch direction {
          case .left: .left
          case .right: .right
          case .up: .up
          case .down: .down
          }
        return .init(key, action: [Float(i)], direction.rawValue)
      })
  }
}
