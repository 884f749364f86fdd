internal import RLSupport

/// One environment of any type, stepped in rows of numbers: what showing, playing and recording need.
///
/// It takes the same random stream, time limit and rows as a vector of one, so it goes through the same
/// states, but an ended episode stays at its last state until `reset`. A copy is a snapshot.
public struct SingleEnvironment: Sendable {
  /// What the environment is.
  public let spec: EnvironmentSpec
  /// The present observation, as the space encodes it.
  public private(set) var observation: [Float]
  /// Which choices are valid now; empty without masks.
  public private(set) var actionMask: [Bool]
  /// The reward of the last step.
  public private(set) var reward = 0.0
  /// The sum of the episode's rewards.
  public private(set) var episodicReturn = 0.0
  /// The episode's steps.
  public private(set) var length = 0
  /// Whether the episode ended inside the decision process.
  public private(set) var terminated = false
  /// Whether the episode was cut from outside.
  public private(set) var truncated = false
  private var member: any Member
  private var rng = SeededGenerator(seed: 0)

  /// An environment before its first `reset`.
  public init(_ spec: EnvironmentSpec, _ environment: some Environment) {
    self.spec = spec
    observation = Array(repeating: 0, count: spec.observationSpace.rowWidth)
    actionMask = Array(
      repeating: true, count: spec.masksActions ? spec.actionSpace.flatWidth : 0)
    member = MemberOf(environment)
  }

  /// Whether the episode is over.
  public var ended: Bool { terminated || truncated }

  /// Starts an episode with a new random stream.
  public mutating func reset(seed: UInt64) {
    rng = SeededGenerator(seed: seed)
    reset()
  }

  /// Starts the next episode; the random stream goes on.
  public mutating func reset() {
    (reward, episodicReturn, length) = (0, 0, 0)
    (terminated, truncated) = (false, false)
    member.reset(using: &rng, into: &observation)
    if !actionMask.isEmpty { actionMask = member.actionMask }
  }

  /// Advances the episode by one action; not after its end.
  ///
  /// - Parameter action: A row as the action space encodes it.
  public mutating func step(_ action: [Float]) {
    precondition(
      !ended, "\(spec.id): the episode is over; reset the environment before stepping on")
    precondition(
      action.count == spec.actionSpace.rowWidth,
      "\(spec.id): \(action.count) action numbers, not \(spec.actionSpace.rowWidth)")
    let ends: (terminated: Bool, truncated: Bool)
    (reward, ends) = member.step(action, using: &rng, into: &observation)
    length += 1
    episodicReturn += reward
    terminated = ends.terminated
    truncated = ends.truncated || length == spec.maxEpisodeSteps
    if !actionMask.isEmpty { actionMask = member.actionMask }
  }

  /// What the environment looks like now; `nil` if it is not ``Drawable``.
  public func drawing() -> Drawing? { member.drawing() }
}

/// An environment without its type.
private protocol Member: Sendable {
  mutating func reset(using rng: inout SeededGenerator, into row: inout [Float])
  mutating func step(
    _ action: [Float], using rng: inout SeededGenerator, into row: inout [Float]
  ) -> (reward: Double, ends: (terminated: Bool, truncated: Bool))
  var actionMask: [Bool] { get }
  func drawing() -> Drawing?
}

private struct MemberOf<Base: Environment>: Member {
  var base: Base

  init(_ base: Base) { self.base = base }

  mutating func reset(using rng: inout SeededGenerator, into row: inout [Float]) {
    let observation = base.reset(using: &rng)
    var numbers = row.mutableSpan
    base.observationSpace.encode(observation, into: &numbers)
  }

  mutating func step(
    _ action: [Float], using rng: inout SeededGenerator, into row: inout [Float]
  ) -> (reward: Double, ends: (terminated: Bool, truncated: Bool)) {
    let step = base.step(base.actionSpace.decoded(action), using: &rng)
    var numbers = row.mutableSpan
    base.observationSpace.encode(step.observation, into: &numbers)
    return (step.reward, (step.terminated, step.truncated))
  }

  var actionMask: [Bool] { base.actionMask }
  func drawing() -> Drawing? { (base as? any Drawable)?.drawing() }
}
