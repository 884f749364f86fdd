/// Every transition of an environment with few states, computed once.
public struct TransitionTable: Sendable {
  /// The number of states.
  public let states: Int
  /// The number of actions.
  public let actions: Int
  /// How many outcomes an action can have.
  public let outcomes: Int
  /// Cumulative probabilities of the outcomes, the same for every state and action.
  let cumulative: [Double]
  /// By state, action and outcome.
  let next: [Int32]
  let rewards: [Double]
  let ends: [Bool]
  /// The states that episodes start in, each with the same probability.
  let starts: [Int32]
  private let startCumulative: [Double]
  /// Which actions can change each state, `[states, actions]`.
  let masks: [Bool]

  /// Tabulates what `transition` says of a state, an action and the number of an outcome.
  ///
  /// - Parameters:
  ///   - states: The number of states.
  ///   - actions: The number of actions.
  ///   - probabilities: One an outcome, for every state and action; their sum is 1.
  ///   - starts: The states that episodes start in, each with the same probability.
  ///   - transition: The next state, the reward, and whether it ends the episode.
  public init(
    states: Int, actions: Int, probabilities: [Double] = [1], starts: [Int],
    transition: (_ state: Int, _ action: Int, _ outcome: Int) -> (
      next: Int, reward: Double, isEnd: Bool
    )
  ) {
    precondition(
      !probabilities.isEmpty && !starts.isEmpty && starts.allSatisfy { (0..<states).contains($0) },
      "TransitionTable: needs an outcome for each action, and starts among \(states) states")
    self.states = states
    self.actions = actions
    outcomes = probabilities.count
    var total = 0.0
    cumulative = probabilities.map { probability in
      total += probability
      return total
    }
    self.starts = starts.map(Int32.init)
    let share = 1 / Double(starts.count)
    var sum = 0.0
    startCumulative = starts.map { _ in
      sum += share
      return sum
    }
    var next: [Int32] = []
    var rewards: [Double] = []
    var ends: [Bool] = []
    var masks: [Bool] = []
    for state in 0..<states {
      for action in 0..<actions {
        var isAllowed = false
        for outcome in probabilities.indices {
          let result = transition(state, action, outcome)
          precondition(
            (0..<states).contains(result.next),
            "TransitionTable: action \(action) leads from state \(state) to \(result.next), which is not among \(states) states"
          )
          next.append(Int32(result.next))
          rewards.append(result.reward)
          ends.append(result.isEnd)
          isAllowed = isAllowed || result.next != state
        }
        masks.append(isAllowed)
      }
    }
    self.next = next
    self.rewards = rewards
    self.ends = ends
    self.masks = masks
  }

  /// Draws the outcome of an action: the first whose cumulative probability exceeds a uniform number.
  ///
  /// - Returns: The next state, the reward, whether it ends the episode, and the outcome's probability.
  public func step(from state: Int, _ action: Int, draw: Double) -> (
    next: Int, reward: Double, isEnd: Bool, probability: Double
  ) {
    var i = 0
    while i < outcomes - 1 && cumulative[i] <= draw { i += 1 }
    let outcome = (state * actions + action) * outcomes + i
    let probability = i == 0 ? cumulative[0] : cumulative[i] - cumulative[i - 1]
    return (Int(next[outcome]), rewards[outcome], ends[outcome], probability)
  }

  /// The start that a uniform number picks: the first whose cumulative probability exceeds it.
  public func start(draw: Double) -> Int {
    if starts.count == 1 { return Int(starts[0]) }
    // Equal shares lie where the number itself points, up to the rounding of their sum.
    var i = min(Int(draw * Double(starts.count)), starts.count - 1)
    while i > 0 && startCumulative[i - 1] > draw { i -= 1 }
    while i < starts.count - 1 && startCumulative[i] <= draw { i += 1 }
    return Int(starts[i])
  }

  /// Whether an action can change a state.
  public func allows(_ action: Int, in state: Int) -> Bool { masks[state * actions + action] }
}
