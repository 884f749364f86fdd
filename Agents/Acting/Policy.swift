public import RLCore
public import RLSupport

/// A finished policy: maps observation rows to action rows.
public protocol Policy: AnyObject {
  /// What the policy was trained for.
  var spec: EnvironmentSpec { get }
  /// Chooses an action for each row of observations.
  ///
  /// - Parameters:
  ///   - observations: Rows `[count, observation width]` as vector environments write them.
  ///   - masks: Rows `[count, mask width]`, true for allowed choices; empty without masks.
  ///   - rng: Randomness for sampled actions; `nil` for the most likely ones.
  ///   - actions: Rows `[count, action width]`, ready for a vector environment.
  func act(
    on observations: Span<Float>, masks: Span<Bool>, using rng: inout SeededGenerator?,
    into actions: inout MutableSpan<Float>)
  /// The same policy for another thread; `nil`, the default, if only one thread at a time can use it, or if an
  /// action depends on those before it. `Agent.policy` makes policies that have copies.
  func copy() -> (any Policy)?
}

extension Policy {
  /// None.
  public func copy() -> (any Policy)? { nil }

  /// The most likely action for an observation, both as rows of numbers.
  ///
  /// ```swift
  /// let action = policy.action(for: [0, 0.1, 0, -0.1])
  /// ```
  ///
  /// - Parameters:
  ///   - observation: `observation width` numbers as vector environments write them.
  ///   - mask: True for allowed choices; empty without masks.
  /// - Returns: `action width` numbers as vector environments take them.
  public func action(for observation: [Float], mask: [Bool] = []) -> [Float] {
    actions(for: observation, masks: mask)
  }

  /// The most likely action for each row of observations.
  ///
  /// - Parameters:
  ///   - observations: Rows `[count, observation width]`.
  ///   - masks: Rows `[count, mask width]`, true for allowed choices; empty without masks.
  /// - Returns: Rows `[count, action width]`.
  public func actions(for observations: [Float], masks: [Bool] = []) -> [Float] {
    var rng: SeededGenerator?
    return actions(for: observations, masks: masks, using: &rng)
  }

  /// An action for each row of observations.
  ///
  /// - Parameters:
  ///   - observations: Rows `[count, observation width]`.
  ///   - masks: Rows `[count, mask width]`, true for allowed choices; empty without masks.
  ///   - rng: Randomness for sampled actions; `nil` for the most likely ones.
  /// - Returns: Rows `[count, action width]`.
  public func actions(
    for observations: [Float], masks: [Bool] = [], using rng: inout SeededGenerator?
  ) -> [Float] {
    let count = observations.count / max(1, spec.observationSpace.rowWidth)
    var rows = [Float](repeating: 0, count: count * spec.actionSpace.rowWidth)
    var actions = rows.mutableSpan
    act(on: observations.span, masks: masks.span, using: &rng, into: &actions)
    return rows
  }

  /// The most likely action for an observation, both in the types of an environment.
  ///
  /// - Parameters:
  ///   - observation: What the environment shows.
  ///   - environment: Of the kind that the policy was trained for; where it masks actions, in the state of the
  ///     observation.
  public func action<E: Environment>(for observation: E.Observation, in environment: E) -> E.Action
  {
    let row = environment.observationSpace.encoded(observation)
    return environment.actionSpace.decoded(action(for: row, mask: environment.actionMask))
  }
}

/// A policy that also knows what a state is worth to it.
public protocol StateValuing: Policy {
  /// The discounted return that the policy expects from a state on; `nil` if it was not learned.
  ///
  /// - Parameters:
  ///   - observation: A row as vector environments write it.
  ///   - mask: Which choices are valid; empty without masks.
  func value(of observation: [Float], mask: [Bool]) -> Double?
}
