public import RLCore

/// An episode as a rollout log keeps it: rows of numbers as vector environments write them.
public struct LoggedEpisode: Sendable, Equatable {
  /// The place of an episode in the run of one environment, whose random stream goes on from episode to
  /// episode.
  public struct Origin: Sendable, Equatable {
    /// The seed of the `reset(seed:)` that the run began with.
    public var seed: UInt64
    /// How many episodes of the run came before.
    public var index: Int

    /// A place in a run.
    public init(seed: UInt64, index: Int) {
      self.seed = seed
      self.index = index
    }
  }

  /// The seed, where the episode began with a `reset(seed:)`.
  public var seed: UInt64?
  /// The place in the environment's run, if that is known.
  public var origin: Origin?
  /// Observations `[length + 1, width]`: the one of the reset, and the one after each step.
  public var observations: [Float]
  /// Actions `[length, width]` as environments take them.
  public var actions: [Float]
  /// Rewards `[length]`.
  public var rewards: [Double]
  /// Whether the last step terminated.
  public var terminated: Bool
  /// Whether the last step truncated.
  public var truncated: Bool
  /// Whether the recording, not the environment, ended the episode; it then counts as truncated.
  public var isUnfinished: Bool
  /// log π of each action when it was taken, `[length]`; empty if the agent has none.
  public var logProbabilities: [Float]
  /// V of each observation that was acted on, `[length]`; empty if the agent has none.
  public var values: [Float]
  /// Which choices each observation allows, 0 or 1, `[length + 1, width]`; empty without action masks.
  public var actionMasks: [UInt8]

  /// The number of steps.
  public var length: Int { rewards.count }
  /// The sum of the rewards.
  public var episodicReturn: Double { rewards.reduce(0, +) }

  /// An episode with every field given.
  public init(
    seed: UInt64? = nil, origin: Origin? = nil, observations: [Float] = [], actions: [Float] = [],
    rewards: [Double] = [], terminated: Bool = false, truncated: Bool = false,
    isUnfinished: Bool = false, logProbabilities: [Float] = [], values: [Float] = [],
    actionMasks: [UInt8] = []
  ) {
    self.seed = seed
    self.origin = origin
    self.observations = observations
    self.actions = actions
    self.rewards = rewards
    self.terminated = terminated
    self.truncated = truncated
    self.isUnfinished = isUnfinished
    self.logProbabilities = logProbabilities
    self.values = values
    self.actionMasks = actionMasks
  }

  /// The bytes that its numbers take.
  var byteCount: Int {
    4 * (observations.count + actions.count + logProbabilities.count + values.count)
      + 8 * rewards.count + actionMasks.count + 256
  }
}

extension LoggedEpisode {
  /// One step of an episode in the environment's own types.
  public struct Transition<Observation: Sendable, Action: Sendable>: Sendable {
    /// What the agent saw.
    public var observation: Observation
    /// What it did.
    public var action: Action
    /// What it got.
    public var reward: Double
    /// What it saw then; the true last observation where the episode ended.
    public var nextObservation: Observation
    /// Whether the decision process ended.
    public var terminated: Bool
    /// Whether the episode was cut.
    public var truncated: Bool
  }

  /// The observations, `length + 1` of them, in the environment's own type.
  ///
  /// - Parameter space: The environment's space, whose rows the numbers must be; a log that was opened for
  ///   the same space is checked already.
  public func observations<S: Space>(in space: S) -> [S.Element] { Self.rows(observations, space) }

  /// The actions in the environment's own type.
  public func actions<S: Space>(in space: S) -> [S.Element] { Self.rows(actions, space) }

  /// The steps in the environment's own types.
  public func transitions<O: Space, A: Space>(observations: O, actions: A) -> [Transition<
    O.Element, A.Element
  >] {
    let seen = self.observations(in: observations)
    let taken = self.actions(in: actions)
    return taken.indices.map { i in
      let isLast = i == taken.count - 1
      return Transition(
        observation: seen[i], action: taken[i], reward: rewards[i], nextObservation: seen[i + 1],
        terminated: isLast && terminated, truncated: isLast && truncated)
    }
  }

  private static func rows<S: Space>(_ numbers: [Float], _ space: S) -> [S.Element] {
    let width = space.spec.rowWidth
    precondition(
      width > 0 && numbers.count % width == 0,
      "LoggedEpisode: \(numbers.count) numbers are no rows of \(space.spec)")
    return numbers.withUnsafeBufferPointer { numbers in
      stride(from: 0, to: numbers.count, by: width).map {
        space.decode(UnsafeBufferPointer(rebasing: numbers[$0..<$0 + width]))
      }
    }
  }
}
