import RLAgents
import RLCore
import RLSupport

/// Five hours, one after the other, a reward of 1 each. After the last the episode terminates, or is
/// truncated where the first one follows.
///
/// Terminated: V(h) = 1 + γ + ... of the hours that are left. Truncated: V = 1 / (1 - γ) everywhere.
struct Clock<Actions: Space & Sendable>: Environment {
  let terminates: Bool
  let actionSpace: Actions
  private var hour = 0

  init(terminates: Bool, _ actionSpace: Actions) {
    (self.terminates, self.actionSpace) = (terminates, actionSpace)
  }

  var observationSpace: Discrete { Discrete(5) }
  mutating func reset(using rng: inout SeededGenerator) -> Int {
    hour = 0
    return hour
  }
  mutating func step(_ action: Actions.Element, using rng: inout SeededGenerator) -> Step<
    Int, NoInfo
  > {
    hour = (hour + 1) % 5
    if hour > 0 { return .next(hour, reward: 1) }
    return terminates ? .terminal(0, reward: 1) : .truncation(0, reward: 1)
  }
}

/// One step; the reward is 1 minus the squared distance of the action to 1 more than the observation, -1
/// or 1. With `isDelayed`, the first of two steps has no reward and the observation 0.
struct Aim: Environment, Codable {
  let isDelayed: Bool
  private var observation: Float = 0

  init(isDelayed: Bool = false) { self.isDelayed = isDelayed }

  var observationSpace: Box<1> { Box(-1...1) }
  /// Neither centred nor of unit size, as networks have it.
  var actionSpace: Box<1> { Box(-1...3) }

  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> {
    observation = isDelayed ? 0 : rng.integer(below: 2) == 0 ? -1 : 1
    return [observation]
  }

  mutating func step(_ action: InlineArray<1, Float>, using rng: inout SeededGenerator) -> Step<
    InlineArray<1, Float>, NoInfo
  > {
    if isDelayed && observation == 0 {
      observation = 1
      return .next([observation], reward: 0)
    }
    let miss = Double(action[0] - 1 - observation)
    return .terminal([observation], reward: 1 - miss * miss)
  }
}

/// The reward is 1 if the action is the observation.
struct Identity: Environment, Codable {
  private var target = 0
  var observationSpace: Discrete { Discrete(4) }
  var actionSpace: Discrete { Discrete(4) }
  mutating func reset(using rng: inout SeededGenerator) -> Int {
    target = rng.integer(below: 4)
    return target
  }
  mutating func step(_ action: Int, using rng: inout SeededGenerator) -> Step<Int, NoInfo> {
    .terminal(target, reward: action == target ? 1 : 0)
  }
}

/// The reward is 1 if every component of the action is within a tenth of the observation's.
struct IdentityBox: Environment, Codable {
  private var target: [Float] = [0, 0]
  var observationSpace: Box<2> { Box(-1...1) }
  var actionSpace: Box<2> { Box(-1...1) }
  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<2, Float> {
    target = [Float(rng.uniform(-0.8, 0.8)), Float(rng.uniform(-0.8, 0.8))]
    return [target[0], target[1]]
  }
  mutating func step(_ action: InlineArray<2, Float>, using rng: inout SeededGenerator) -> Step<
    InlineArray<2, Float>, NoInfo
  > {
    let misses = [abs(action[0] - target[0]), abs(action[1] - target[1])]
    let isNear = misses.allSatisfy { $0 < 0.1 }
    // Beyond that a slope, without which there is nothing to follow.
    let slope = Double(misses.reduce(0, +))
    return .terminal([target[0], target[1]], reward: isNear ? 1 : -slope)
  }
}

/// A coin that pays 1 in a fifth of its throws: Q = 0.2.
struct RareCoin: Environment, Codable {
  var observationSpace: Box<1> { Box(0...1) }
  var actionSpace: Discrete { Discrete(1) }
  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> { [0] }
  mutating func step(_ action: Int, using rng: inout SeededGenerator) -> Step<
    InlineArray<1, Float>, NoInfo
  > { .terminal([0], reward: rng.uniform() < 0.2 ? 1 : 0) }
}

/// A prize from -50 to 50; with `isDelayed` in the second step, the first one having neither reward nor choice.
struct Lottery: Environment, Codable {
  let isDelayed: Bool
  private var hasTicket = false

  init(isDelayed: Bool) { self.isDelayed = isDelayed }

  var observationSpace: Box<1> { Box(0...1) }
  var actionSpace: Discrete { Discrete(1) }
  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> {
    hasTicket = !isDelayed
    return [hasTicket ? 1 : 0]
  }
  mutating func step(_ action: Int, using rng: inout SeededGenerator) -> Step<
    InlineArray<1, Float>, NoInfo
  > {
    if hasTicket { return .terminal([1], reward: rng.uniform(-50, 50)) }
    hasTicket = true
    return .next([1], reward: 0)
  }
}

/// Five cells; an action goes left or right, and a fifth of them the wrong way. Off the right end there is a
/// reward of 1, off the left end one of 0.7, and a step between costs 0.1, all of it times `scale`.
struct SlipperyChain: Environment, Codable {
  static let cells = 5
  let scale: Double
  private var cell = 0

  init(scale: Double = 1) { self.scale = scale }

  var observationSpace: Discrete { Discrete(Self.cells) }
  var actionSpace: Discrete { Discrete(2) }

  /// Where a move leads; `nil` off the ends.
  static func outcome(_ cell: Int, movingRight: Bool) -> (next: Int?, reward: Double) {
    switch cell + (movingRight ? 1 : -1) {
    case cells: (nil, 1)
    case -1: (nil, 0.7)
    case let next: (next, -0.1)
    }
  }

  mutating func reset(using rng: inout SeededGenerator) -> Int {
    cell = rng.integer(below: Self.cells)
    return cell
  }
  mutating func step(_ action: Int, using rng: inout SeededGenerator) -> Step<Int, NoInfo> {
    let (next, reward) = Self.outcome(cell, movingRight: (action == 1) == (rng.uniform() < 0.8))
    guard let next else { return .terminal(cell, reward: scale * reward) }
    cell = next
    return .next(cell, reward: scale * reward)
  }

  /// The values of both actions in each cell, by iteration of Bellman's equation.
  static func values(discount: Double) -> [[Double]] {
    var values = Array(repeating: [0.0, 0.0], count: cells)
    for _ in 0..<1_000 {
      values = (0..<cells).map { cell in
        [false, true].map { wantsRight in
          [(wantsRight, 0.8), (!wantsRight, 0.2)].reduce(0.0) { sum, way in
            let (next, reward) = outcome(cell, movingRight: way.0)
            return sum + way.1
              * (reward + discount * (next.map { max(values[$0][0], values[$0][1]) } ?? 0))
          }
        }
      }
    }
    return values
  }
}

/// From 0 to 1 and off, at -1 a step; or from 2 off with 1. One action is allowed in each observation: the
/// first in 0 and 1, the last in 2, where it is worth much. A forbidden one costs 100.
struct OneWay: Environment, Codable {
  private var place = 0
  static var masksActions: Bool { true }
  var observationSpace: Discrete { Discrete(3) }
  var actionSpace: Discrete { Discrete(3) }
  mutating func reset(using rng: inout SeededGenerator) -> Int {
    place = rng.integer(below: 2) * 2
    return place
  }
  mutating func step(_ action: Int, using rng: inout SeededGenerator) -> Step<Int, NoInfo> {
    if action != (place == 2 ? 2 : 0) { return .terminal(place, reward: -100) }
    if place == 0 {
      place = 1
      return .next(1, reward: -1)
    }
    return .terminal(place, reward: place == 2 ? 1 : -1)
  }
  func writeActionMask(into mask: inout MutableSpan<Bool>) {
    for i in 0..<3 { mask[i] = i == (place == 2 ? 2 : 0) }
  }
}

/// An environment that cannot be saved.
struct Unsavable<Actions: Space & Sendable>: Environment {
  let actionSpace: Actions
  private var age = 0
  init(_ actionSpace: Actions) { self.actionSpace = actionSpace }
  var observationSpace: Box<1> { Box(-1...1) }
  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> {
    age = 0
    return [Float(rng.uniform(-1, 1))]
  }
  mutating func step(_ action: Actions.Element, using rng: inout SeededGenerator) -> Step<
    InlineArray<1, Float>, NoInfo
  > {
    age += 1
    let observation: InlineArray<1, Float> = [Float(rng.uniform(-1, 1))]
    return age == 7 ? .terminal(observation, reward: 1) : .next(observation, reward: 0.5)
  }
}
