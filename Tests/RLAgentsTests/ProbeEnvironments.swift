import RLCore
import RLSupport

/// Tiny environments whose values are known (A. Jones, "Debugging Reinforcement Learning Systems", 2021).
/// Each one fails for another reason than the one before.
struct Probe: Environment, Codable {
  enum Kind: String, Codable, CaseIterable, Sendable {
    /// One action, one step, reward 1: V = 1.
    case constantReward
    /// One action, one step, reward equal to the observation, -1 or 1.
    case observationReward
    /// One action, two steps, reward 1 at the end: V(0) = γ, V(1) = 1.
    case delayedReward
    /// Two actions, one step, reward 1 or -1 by the action.
    case actionReward
    /// Two actions, one step, reward 1 if the action matches the observation.
    case matchingReward
    /// Reward 1 for ever, cut every ten steps: V = 1 / (1 - γ).
    case endless
    /// Reward 1 a step, terminated after three steps that can be told apart: V = 1 + γ + γ², 1 + γ, 1.
    case finite
  }

  var kind: Kind
  private var observation: Float = 0
  private var age = 0

  init(_ kind: Kind) { self.kind = kind }

  var observationSpace: Box<1> { Box(-1...1) }
  var actionSpace: Discrete {
    kind == .actionReward || kind == .matchingReward ? Discrete(2) : Discrete(1)
  }

  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> {
    age = 0
    switch kind {
    case .observationReward, .matchingReward: observation = rng.integer(below: 2) == 0 ? -1 : 1
    default: observation = 0
    }
    return [observation]
  }

  mutating func step(_ action: Int, using rng: inout SeededGenerator) -> Step<
    InlineArray<1, Float>, NoInfo
  > {
    age += 1
    switch kind {
    case .constantReward: return .terminal([0], reward: 1)
    case .observationReward: return .terminal([observation], reward: Double(observation))
    case .delayedReward:
      observation = 1
      return age == 2 ? .terminal([1], reward: 1) : .next([1], reward: 0)
    case .actionReward: return .terminal([0], reward: action == 1 ? 1 : -1)
    case .matchingReward:
      return .terminal([observation], reward: (action == 1) == (observation > 0) ? 1 : -1)
    case .endless:
      return age == 10 ? .truncation([0], reward: 1) : .next([0], reward: 1)
    case .finite:
      observation = Float(age) / 2
      return age == 3 ? .terminal([1], reward: 1) : .next([observation], reward: 1)
    }
  }
}

/// One step; the closer the action to a target given by the observation, the better.
struct ContinuousProbe: Environment, Codable {
  private var observation: Float = 0
  var observationSpace: Box<1> { Box(-1...1) }
  var actionSpace: Box<1> { Box(-1...1) }

  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> {
    observation = rng.integer(below: 2) == 0 ? -1 : 1
    return [observation]
  }

  mutating func step(_ action: InlineArray<1, Float>, using rng: inout SeededGenerator) -> Step<
    InlineArray<1, Float>, NoInfo
  > {
    let miss = Double(action[0] - 0.5 * observation)
    return .terminal([observation], reward: -miss * miss)
  }
}

/// The reward is the share of components in which the action equals the observation.
struct IdentityMultiDiscrete: Environment, Codable {
  private var target = [0, 0]
  var observationSpace: MultiDiscrete { MultiDiscrete([2, 3]) }
  var actionSpace: MultiDiscrete { MultiDiscrete([2, 3]) }
  mutating func reset(using rng: inout SeededGenerator) -> [Int] {
    target = [rng.integer(below: 2), rng.integer(below: 3)]
    return target
  }
  mutating func step(_ action: [Int], using rng: inout SeededGenerator) -> Step<[Int], NoInfo> {
    let hits = zip(action, target).count { $0 == $1 }
    return .terminal(target, reward: Double(hits) / 2)
  }
}

/// The reward is the share of flags in which the action equals the observation.
struct IdentityMultiBinary: Environment, Codable {
  private var target = [false, false, false]
  var observationSpace: MultiBinary { MultiBinary(3) }
  var actionSpace: MultiBinary { MultiBinary(3) }
  mutating func reset(using rng: inout SeededGenerator) -> [Bool] {
    target = (0..<3).map { _ in rng.integer(below: 2) == 1 }
    return target
  }
  mutating func step(_ action: [Bool], using rng: inout SeededGenerator) -> Step<[Bool], NoInfo> {
    let hits = zip(action, target).count { $0 == $1 }
    return .terminal(target, reward: Double(hits) / 3)
  }
}

/// Four actions of which the mask allows two; a forbidden one is a failure of the agent.
struct MaskedBandit: Environment, Codable {
  private var first = 0
  static var masksActions: Bool { true }
  var observationSpace: Discrete { Discrete(2) }
  var actionSpace: Discrete { Discrete(4, start: 10) }
  mutating func reset(using rng: inout SeededGenerator) -> Int {
    first = rng.integer(below: 2)
    return first
  }
  mutating func step(_ action: Int, using rng: inout SeededGenerator) -> Step<Int, NoInfo> {
    let index = action - 10
    precondition(index / 2 == first, "the agent chose a forbidden action")
    return .terminal(first, reward: index % 2 == 1 ? 1 : 0)
  }
  func writeActionMask(into mask: inout MutableSpan<Bool>) {
    for i in 0..<4 { mask[i] = i / 2 == first }
  }
}

/// An environment with a broken reward after a while.
struct BrokenReward: DeterministicEnvironment {
  private var age = 0
  var observationSpace: Box<1> { Box(0...1) }
  var actionSpace: Discrete { Discrete(2) }
  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> {
    age = 0
    return [0]
  }
  mutating func step(_ action: Int) -> Step<InlineArray<1, Float>, NoInfo> {
    age += 1
    return .next([0], reward: age == 77 ? .nan : 0)
  }
}
