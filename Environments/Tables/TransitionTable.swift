/// Every transition of an environment with few states, computed once.
struct TransitionTable: Sendable {
  let states: Int
  let actions: Int
  /// Outcomes an action: 1, or 3 where chance decides.
  let outcomes: Int
  /// Cumulative probabilities of the outcomes, the same for every state and action.
  let cumulative: [Double]
  /// By state, action and outcome.
  let next: [Int32]
  let rewards: [Double]
  let ends: [Bool]
  /// The states that episodes start in, each with the same probability.
  let starts: [Int32]
  let startCumulative: [Double]
  /// The actions that can change each state, one byte of 0 or 1 an action from the lowest byte on; of
  /// more than eight actions only the first ones.
  let masks: [UInt64]

  /// Tabulates what `transition` says of a state, an action and the number of an outcome.
  init(
    states: Int, actions: Int, probabilities: [Double], starts: [Int],
    transition: (_ state: Int, _ action: Int, _ outcome: Int) -> (
      next: Int, reward: Double, isEnd: Bool
    )
  ) {
    precondition(
      (probabilities.count == 1 || probabilities.count == 3) && !starts.isEmpty,
      "TransitionTable: needs 1 or 3 outcomes an action, and a start")
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
    var masks: [UInt64] = []
    for state in 0..<states {
      var mask: UInt64 = 0
      for action in 0..<actions {
        for outcome in probabilities.indices {
          let result = transition(state, action, outcome)
          next.append(Int32(result.next))
          rewards.append(result.reward)
          ends.append(result.isEnd)
          if result.next != state { mask |= 1 << (8 * action) }
        }
      }
      masks.append(mask)
    }
    self.next = next
    self.rewards = rewards
    self.ends = ends
    self.masks = masks
  }

  /// The index of the outcome that a uniform number picks: the first whose cumulative probability exceeds it.
  @inline(__always)
  func outcome(_ state: Int, _ action: Int, _ draw: Double) -> Int {
    var i = 0
    while i < outcomes - 1 && cumulative[i] <= draw { i += 1 }
    return (state * actions + action) * outcomes + i
  }

  func probability(_ outcome: Int) -> Double {
    let i = outcome % outcomes
    return i == 0 ? cumulative[0] : cumulative[i] - cumulative[i - 1]
  }

  /// The start that a uniform number picks: the first whose cumulative probability exceeds it.
  @inline(__always)
  func start(_ draw: Double) -> Int {
    if starts.count == 1 { return Int(starts[0]) }
    // Equal shares lie where the number itself points, up to the rounding of their sum.
    var i = min(Int(draw * Double(starts.count)), starts.count - 1)
    while i > 0 && startCumulative[i - 1] > draw { i -= 1 }
    while i < starts.count - 1 && startCumulative[i] <= draw { i += 1 }
    return Int(starts[i])
  }

  /// Whether an action can change a state.
  func allows(_ action: Int, in state: Int) -> Bool { masks[state] >> (8 * action) & 1 == 1 }
}
