public import RLCore

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
public struct GridWorld: Environment, Codable {
  /// How a grid world is made.
  public struct Configuration: Sendable, Equatable, Codable {
    /// The map.
    public var map: GridMap
    /// The direction of each action.
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

  /// How this world was made.
  public let configuration: Configuration
  let table: TransitionTable
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
  public var observationSpace: Discrete { Discrete(configuration.map.cells.count) }
  /// One action a direction.
  public var actionSpace: Discrete { Discrete(configuration.actions.count) }

  /// Starts in one of the start cells, each being equally likely.
  public mutating func reset(using rng: inout SeededGenerator) -> Int {
    cell = table.start(rng.uniform())
    return cell
  }

  /// Walks one cell.
  public mutating func step(_ action: Int, using rng: inout SeededGenerator) -> Step<
    Int, GridWorldInfo
  > {
    let outcome = table.outcome(cell, action, rng.uniform())
    cell = Int(table.next[outcome])
    var info = GridWorldInfo()
    info.probability = table.probability(outcome)
    return Step(
      observation: cell, reward: table.rewards[outcome], terminated: table.ends[outcome],
      truncated: false, info: info)
  }
}

/// Every transition of a grid world, computed once.
struct TransitionTable: Sendable {
  let actions: Int
  /// Outcomes an action: 1, or 3 where one may slip.
  let outcomes: Int
  /// Cumulative probabilities of the outcomes, the same for every cell and action.
  let cumulative: [Double]
  /// By cell, action and outcome.
  let next: [Int32]
  let rewards: [Double]
  let ends: [Bool]
  let starts: [Int32]
  let startCumulative: [Double]

  init(_ c: GridWorld.Configuration) {
    let map = c.map
    actions = c.actions.count
    outcomes = c.isSlippery ? 3 : 1
    let side = (1 - c.successProbability) / 2
    let probabilities = c.isSlippery ? [side, c.successProbability, side] : [1]
    var total = 0.0
    cumulative = probabilities.map { probability in
      total += probability
      return total
    }
    starts = map.cells.indices.filter { map.cells[$0] == .start }.map(Int32.init)
    let share = 1 / Double(starts.count)
    var sum = 0.0
    startCumulative = starts.map { _ in
      sum += share
      return sum
    }
    let distances = Self.distances(map)
    // Directions in the order left, down, right, up, in which neighbours are a quarter turn apart.
    let circle: [GridDirection] = [.left, .down, .right, .up]
    var next: [Int32] = []
    var rewards: [Double] = []
    var ends: [Bool] = []
    for cell in map.cells.indices {
      for action in c.actions {
        let facing = circle.firstIndex(of: action) ?? 0
        for turn in c.isSlippery ? [3, 0, 1] : [0] {
          if map.cells[cell] == .goal || (map.cells[cell] == .pit && c.pitsEndEpisode) {
            next.append(Int32(cell))
            rewards.append(0)
            ends.append(true)
            continue
          }
          let entered = map.neighbour(of: cell, circle[(facing + turn) % 4])
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
            if !isEnd { target = Int(starts[0]) }
          case .start, .free, .wall: break
          }
          reward += c.distanceReward * (distances[cell] - distances[target])
          next.append(Int32(target))
          rewards.append(reward)
          ends.append(isEnd)
        }
      }
    }
    self.next = next
    self.rewards = rewards
    self.ends = ends
  }

  /// The steps from each cell to the nearest goal.
  private static func distances(_ map: GridMap) -> [Double] {
    var distance = Array(repeating: Double(map.cells.count), count: map.cells.count)
    for (cell, kind) in map.cells.enumerated() where kind == .goal { distance[cell] = 0 }
    for _ in map.cells {
      for cell in map.cells.indices where map.cells[cell] != .wall {
        for direction in GridDirection.allCases {
          distance[cell] = min(distance[cell], distance[map.neighbour(of: cell, direction)] + 1)
        }
      }
    }
    return distance
  }

  /// The index of the outcome that a uniform number picks: the first whose cumulative probability exceeds it.
  @inline(__always)
  func outcome(_ cell: Int, _ action: Int, _ draw: Double) -> Int {
    var i = 0
    while i < outcomes - 1 && cumulative[i] <= draw { i += 1 }
    return (cell * actions + action) * outcomes + i
  }

  func probability(_ outcome: Int) -> Double {
    let i = outcome % outcomes
    return i == 0 ? cumulative[0] : cumulative[i] - cumulative[i - 1]
  }

  @inline(__always)
  func start(_ draw: Double) -> Int {
    var i = 0
    while i < starts.count - 1 && startCumulative[i] <= draw { i += 1 }
    return Int(starts[i])
  }
}
