/// What an environment shows or pays that nobody can act on or learn from, or an action that it cannot take.
public struct EnvironmentFault: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong. Parts are named as leaves of a `SpaceLayout`; the name is empty where a space has no parts.
  public enum Problem: Sendable, Equatable {
    /// An observation, or a part of one, of another count of numbers than its space has.
    case observationCount(Int, expected: Int, part: String = "")
    /// A number of an observation, or of a part of one, that is not finite or outside of the space, and what it may be.
    case observation(number: Int, value: Float, allowed: String, part: String = "")
    /// A reward that is not finite, or too large to be learned from in single precision.
    case reward(Double)
    /// A state in which no choice is allowed, of a component of the action or of a part of it; 0 where there is only one.
    case mask(component: Int, of: Int, part: String = "")
    /// A number of an action, or of a part of one, that is no choice or not finite, and what it may be.
    case action(number: Int, value: Float, allowed: String, part: String = "")
    /// A step that the environment could not compute, and why.
    case failure(String)
    /// What was odd about an episode, but no failure.
    case oddity(String)
  }

  /// The environment's full name.
  public var environment: String
  /// The sub-environment, from 0 on.
  public var index: Int
  /// What is wrong.
  public var problem: Problem
  /// The step after which it was seen, from 1 on: of the training, over all sub-environments, or of an episode.
  public var step: Int?
  /// The seed of the episode, where each has one of its own.
  public var seed: UInt64?

  /// A fault with every field given.
  public init(
    environment: String, index: Int, problem: Problem, step: Int? = nil, seed: UInt64? = nil
  ) {
    self.environment = environment
    self.index = index
    self.problem = problem
    self.step = step
    self.seed = seed
  }

  /// Where it happened: environment, sub-environment or episode, step.
  public var place: String {
    let who = seed.map { "the episode from seed \($0)" } ?? "environment \(index)"
    return "\(environment), \(who)" + (step.map { ", step \($0)" } ?? "")
  }

  /// What happened, without the place.
  public var what: String {
    func of(_ part: String) -> String { part.isEmpty ? "" : " '\(part)'" }
    return switch problem {
    case .observationCount(let found, let expected, let part):
      "the observation\(of(part)) has \(found) numbers, and its space has \(expected)"
    case .observation(let number, let value, let allowed, let part):
      "observation\(of(part)) number \(number) is \(value), not \(allowed)"
    case .reward(let reward):
      reward.isFinite
        ? "the reward is \(reward), too large for losses in single precision"
        : "the reward is \(reward)"
    case .mask(let component, let count, let part):
      switch (count == 1, part.isEmpty) {
      case (true, true): "no action is allowed"
      case (true, false): "no choice is allowed in part\(of(part)) of the action"
      case (false, true): "no choice is allowed in component \(component) of the action"
      case (false, false):
        "no choice is allowed in component \(component) of part\(of(part)) of the action"
      }
    case .action(let number, let value, let allowed, let part):
      "action\(of(part)) number \(number) is \(value), not \(allowed)"
    case .failure(let problem): "the step could not be computed: \(problem)"
    case .oddity(let problem): problem
    }
  }

  /// What to do about it.
  public var remedy: String {
    switch problem {
    case .mask:
      "An action mask must leave a choice; end the episode, terminated or truncated, where there is none."
    case .action: "Give one of the environment's action space."
    case .oddity: "The episode went on."
    case .failure:
      "The state and the action before it are at fault, or what the environment is made of."
    case .reward, .observationCount, .observation:
      "`rlgym check` plays the environment and says which rules it breaks."
    }
  }

  /// Place, problem and remedy.
  public var description: String { "\(place): \(what). \(remedy)" }

  /// What is told once of something that is odd, but no fault.
  public var remarkText: String {
    "\(place): \(what). \(remedy) This is told once."
  }

  /// The same of another place.
  public func at(index: Int? = nil, step: Int? = nil, seed: UInt64? = nil) -> EnvironmentFault {
    var fault = self
    fault.index = index ?? self.index
    fault.step = step ?? self.step
    fault.seed = seed ?? self.seed
    return fault
  }
}

extension SpaceSpec {
  /// A state in which no value of a choice is allowed, in words of actions of this space.
  ///
  /// - Parameter choice: Which one, as ``choices`` counts them.
  package func starved(_ choice: Int) -> EnvironmentFault.Problem {
    var first = 0
    for leaf in layout.leaves {
      let count = leaf.space.choices.count
      if choice < first + count {
        return .mask(component: choice - first, of: count, part: leaf.name)
      }
      first += count
    }
    return .mask(component: choice, of: first)
  }
}

extension Float {
  /// Whether it is a whole number between bounds of at most 2^24.
  @inline(__always)
  func isWhole(within bounds: ClosedRange<Float>) -> Bool {
    bounds.contains(self) && Float(Int32(self)) == self
  }
}
