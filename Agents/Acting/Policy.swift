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
  /// How many numbers the policy remembers from step to step of an episode; 0, the default, if it acts on the present
  /// observation alone.
  var memoryWidth: Int { get }
  /// Chooses an action for each row of observations, and remembers them; without memory, the same as without rows of it.
  ///
  /// - Parameters:
  ///   - observations: Rows `[count, observation width]` as vector environments write them.
  ///   - masks: Rows `[count, mask width]`, true for allowed choices; empty without masks.
  ///   - memory: Rows `[count, memoryWidth]`, zeros before an episode's first step; changed.
  ///   - rng: Randomness for sampled actions; `nil` for the most likely ones.
  ///   - actions: Rows `[count, action width]`, ready for a vector environment.
  func act(
    on observations: Span<Float>, masks: Span<Bool>, memory: inout MutableSpan<Float>,
    using rng: inout SeededGenerator?, into actions: inout MutableSpan<Float>)
  /// The same policy for another thread; `nil`, the default, if only one thread at a time can use it, or if an
  /// action depends on those before it. `Agent.policy` makes policies that have copies.
  func copy() -> (any Policy)?
}

extension Policy {
  /// None.
  public func copy() -> (any Policy)? { nil }

  /// 0.
  public var memoryWidth: Int { 0 }

  /// Chooses an action for each row of observations.
  public func act(
    on observations: Span<Float>, masks: Span<Bool>, memory: inout MutableSpan<Float>,
    using rng: inout SeededGenerator?, into actions: inout MutableSpan<Float>
  ) {
    act(on: observations, masks: masks, using: &rng, into: &actions)
  }

  /// The most likely action for an observation in the middle of an episode, both as rows of numbers.
  ///
  /// - Parameters:
  ///   - observation: `observation width` numbers as vector environments write them.
  ///   - mask: True for allowed choices; empty without masks.
  ///   - memory: What the policy remembers of the episode: empty, or `memoryWidth` zeros, before its first step; changed.
  /// - Returns: `action width` numbers as vector environments take them.
  public func action(
    for observation: [Float], mask: [Bool] = [], memory: inout [Float]
  ) -> [Float] {
    if memory.isEmpty { memory = Array(repeating: 0, count: memoryWidth) }
    precondition(
      memory.count == memoryWidth,
      "\(spec.id): a memory of \(memory.count) numbers, not \(memoryWidth)")
    var row = [Float](repeating: 0, count: spec.actionSpace.rowWidth)
    var rng: SeededGenerator?
    var action = row.mutableSpan
    var remembered = memory.mutableSpan
    act(
      on: observation.span, masks: mask.span, memory: &remembered, using: &rng, into: &action)
    return row
  }

  /// The most likely action for an observation, both as rows of numbers; for a policy with memory, the first of an
  /// episode.
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
