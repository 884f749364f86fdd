public import RLSupport

/// A decision process that an agent acts in, one step at a time.
///
/// Conform a value type: a copy of it is a snapshot that can be stepped on independently. One random
/// stream per environment serves `reset` and `step` and runs on across episodes, as in Gymnasium.
/// An environment whose step draws no random numbers conforms to ``DeterministicEnvironment``.
///
/// ```swift
/// var rng = SeededGenerator(seed: 7)
/// var environment = CartPole()
/// let first = environment.reset(using: &rng)
/// let step = environment.step(1, using: &rng)
/// let snapshot = environment  // can be stepped on by itself
/// ```
public protocol Environment<Observation, Action>: Sendable {
  /// What the agent sees.
  associatedtype Observation: Sendable
  /// What the agent does.
  associatedtype Action: Sendable
  /// Typed diagnostics of a step, of which logs keep the numbers that have names; nothing by default.
  associatedtype Info: StepInfo = NoInfo
  /// The set of possible observations.
  associatedtype ObservationSpace: Space<Observation>
  /// The set of possible actions.
  associatedtype ActionSpace: Space<Action>

  /// The set of possible observations. Must not change during the environment's life.
  var observationSpace: ObservationSpace { get }
  /// The set of possible actions. Must not change during the environment's life.
  var actionSpace: ActionSpace { get }

  /// Starts a new episode.
  ///
  /// - Parameter rng: The environment's only source of randomness.
  /// - Returns: The first observation of the episode.
  mutating func reset(using rng: inout SeededGenerator) -> Observation

  /// Advances the episode by one action.
  ///
  /// Never called before the first `reset`, nor after a step that ended the episode.
  ///
  /// - Parameters:
  ///   - action: An element of `actionSpace`.
  ///   - rng: The environment's only source of randomness.
  /// - Returns: The next observation, the reward, and whether the episode ended.
  mutating func step(
    _ action: Action, using rng: inout SeededGenerator
  ) -> Step<Observation, Info>

  /// Whether some actions are invalid in some states; `false` by default.
  static var masksActions: Bool { get }

  /// Writes which choices are valid now, one flag a choice; by default all are.
  ///
  /// Only called when `masksActions`, for which the action space needs choices. A `Discrete(n)` action space has n of
  /// them, a `MultiDiscrete` the sum of its counts, one of several parts those of its parts in order
  /// (`SpaceSpec.choiceWidth`).
  func writeActionMask(into mask: inout MutableSpan<Bool>)

  /// Why the last step could not be computed, as of a simulation that broke down, which ends an evaluation or a
  /// training; `nil`, the default, if it was.
  var failure: String? { get }
  /// What was odd about the episode so far, but no failure; asked for where an episode ends; `nil`, the default, for
  /// nothing.
  var oddity: String? { get }
}

extension Environment {
  /// Every action is valid in every state.
  @inlinable public static var masksActions: Bool { false }

  /// Marks every choice as valid.
  @inlinable public func writeActionMask(into mask: inout MutableSpan<Bool>) {
    mask.update(repeating: true)
  }

  /// None.
  @inlinable public var failure: String? { nil }

  /// Nothing.
  @inlinable public var oddity: String? { nil }

  /// Which choices are valid now, one flag a choice; empty if the environment masks none.
  public var actionMask: [Bool] {
    guard Self.masksActions else { return [] }
    var mask = [Bool](repeating: true, count: actionSpace.spec.choiceWidth)
    var flags = mask.mutableSpan
    writeActionMask(into: &flags)
    return mask
  }
}

/// An environment whose steps draw no random numbers.
public protocol DeterministicEnvironment: Environment {
  /// Advances the episode by one action.
  mutating func step(_ action: Action) -> Step<Observation, Info>
}

extension DeterministicEnvironment {
  /// Advances the episode by one action; the generator stays untouched.
  @inlinable public mutating func step(
    _ action: Action, using rng: inout SeededGenerator
  ) -> Step<Observation, Info> {
    step(action)
  }
}
