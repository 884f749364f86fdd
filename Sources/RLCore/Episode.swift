/// A whole episode: rows of numbers as vector environments write them.
public struct Episode: Sendable, Equatable {
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
  /// The numbers of each step's information, `[length, infos]` in the order of `EnvironmentSpec.infos`; empty
  /// if there are none.
  public var infos: [Double]

  /// The number of steps.
  public var length: Int { rewards.count }
  /// The sum of the rewards.
  public var episodicReturn: Double { rewards.reduce(0, +) }

  /// An episode with every field given.
  public init(
    seed: UInt64? = nil, origin: Origin? = nil, observations: [Float] = [], actions: [Float] = [],
    rewards: [Double] = [], terminated: Bool = false, truncated: Bool = false,
    isUnfinished: Bool = false, logProbabilities: [Float] = [], values: [Float] = [],
    actionMasks: [UInt8] = [], infos: [Double] = []
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
    self.infos = infos
  }

  /// What the steps' information says of the whole episode by name: the number of the last step, or the sum.
  ///
  /// - Parameter fields: The environment's.
  /// - Returns: Nothing if the episode has no information.
  public func infos(_ fields: [InfoField]) -> [String: Double] {
    guard !infos.isEmpty else { return [:] }
    precondition(
      infos.count == length * fields.count,
      "Episode: \(infos.count) numbers of information are no rows of \(fields.count)")
    let columns = fields.indices.map { k in
      stride(from: k, to: infos.count, by: fields.count).map { infos[$0] }
    }
    return Dictionary(
      zip(fields, columns).map {
        ($0.name, $0.isSummed ? $1.reduce(0, +) : $1.last ?? 0)
      }
    ) { $1 }
  }
}

extension Episode {
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
  /// - Parameter space: The environment's space, whose rows the numbers must be.
  public func observations<S: Space>(in space: S) -> [S.Element] { Self.rows(observations, space) }

  /// The actions in the environment's own type.
  public func actions<S: Space>(in space: S) -> [S.Element] { Self.rows(actions, space) }

  /// The steps in the environment's own types.
  public func transitions<O: Space, A: Space>(observations: O, actions: A) -> [Transition<
    O.Element, A.Element
  >] {
    (0..<length).map { transition($0, observations: observations, actions: actions) }
  }

  /// A step, from 0 on, in the environment's own types.
  public func transition<O: Space, A: Space>(_ step: Int, observations: O, actions: A)
    -> Transition<O.Element, A.Element>
  {
    let isLast = step == length - 1
    return Transition(
      observation: Self.row(step, of: self.observations, observations),
      action: Self.row(step, of: self.actions, actions), reward: rewards[step],
      nextObservation: Self.row(step + 1, of: self.observations, observations),
      terminated: isLast && terminated, truncated: isLast && truncated)
  }

  private static func rows<S: Space>(_ numbers: [Float], _ space: S) -> [S.Element] {
    let width = space.spec.rowWidth
    precondition(
      width > 0 && numbers.count % width == 0,
      "Episode: \(numbers.count) numbers are no rows of \(space.spec)")
    return (0..<numbers.count / width).map { row($0, of: numbers, space) }
  }

  private static func row<S: Space>(_ index: Int, of numbers: [Float], _ space: S) -> S.Element {
    let width = space.spec.rowWidth
    return space.decode(numbers.span.extracting(index * width..<(index + 1) * width))
  }
}
