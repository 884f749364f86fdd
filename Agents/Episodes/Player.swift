public import RLCore
internal import RLSupport

/// Who chooses the actions of the episodes in an ``EpisodeLoop``.
public protocol Player {
  /// Who it is, for the title of a window.
  var name: String { get }
  /// Begins episodes in the environments of a vector; by default it is reset with the seed.
  ///
  /// - Parameters:
  ///   - vector: The environments.
  ///   - rows: Their rows in the loop.
  ///   - seed: Of the episode in the first row; the others count up.
  ///   - batch: Then holds the first observations, in the vector's rows.
  mutating func begin(
    _ vector: inout any VectorEnvironment, rows: Range<Int>, seed: UInt64, into batch: StepBatch)
  /// Chooses an action for each row.
  ///
  /// - Parameters:
  ///   - loop: What is played; `batch` has the observations. Rows whose episode is over may be stepped on, so
  ///     they get valid actions, too.
  ///   - actions: Rows `[rows, action width]`, with numbers of before.
  mutating func act(in loop: EpisodeLoop, into actions: inout [Float])
  /// A player like this one for other episodes, on another thread; `nil`, the default, if what it does in an episode
  /// depends on those before or beside it.
  func copy() -> (any Player)?
  /// What the player thinks that the present state of a row is worth; by default nothing.
  func value(of row: Int, in loop: EpisodeLoop) -> Double?
}

extension Player {
  /// Resets the vector with the seed.
  public mutating func begin(
    _ vector: inout any VectorEnvironment, rows: Range<Int>, seed: UInt64, into batch: StepBatch
  ) {
    vector.reset(seed: seed, into: batch)
  }

  /// None.
  public func copy() -> (any Player)? { nil }

  /// Nothing.
  public func value(of row: Int, in loop: EpisodeLoop) -> Double? { nil }
}

/// Acts as a policy does, a trained or a random one.
public struct PolicyPlayer: Player {
  /// Who it is, for the title of a window.
  public let name: String
  private let policy: any Policy
  private var rng: SeededGenerator?
  /// What the policy remembers of the episodes, a row each.
  private var memory: [Float] = []

  /// Acts as a policy does.
  ///
  /// - Parameters:
  ///   - policy: The policy.
  ///   - name: Who it is, for the title of a window.
  ///   - seed: For actions at random, which all rows draw from one stream; `nil` for the most likely ones.
  ///   - stream: Tells the stream apart from others of the same seed.
  public init(
    _ policy: any Policy, name: String = "policy", seed: UInt64? = nil,
    stream: UInt32 = 0x504C_4159
  ) {
    self.policy = policy
    self.name = name
    rng = seed.map { SeededGenerator(SeedSequence($0, spawnKey: [stream])) }
  }

  /// Takes random actions.
  public init(randomIn spec: EnvironmentSpec, seed: UInt64) {
    self.init(RandomPolicy(spec), name: "random actions", seed: seed)
  }

  /// Resets the vector, and forgets what was played in its rows.
  public mutating func begin(
    _ vector: inout any VectorEnvironment, rows: Range<Int>, seed: UInt64, into batch: StepBatch
  ) {
    vector.reset(seed: seed, into: batch)
    reach(rows.upperBound)
    let width = policy.memoryWidth
    for i in rows.lowerBound * width..<rows.upperBound * width { memory[i] = 0 }
  }

  private mutating func reach(_ rows: Int) {
    let missing = rows * policy.memoryWidth - memory.count
    if missing > 0 { memory += Array(repeating: 0, count: missing) }
  }

  /// The actions that the policy chooses.
  public mutating func act(in loop: EpisodeLoop, into actions: inout [Float]) {
    let (observations, masks) = (loop.batch.observations, loop.batch.actionMasks)
    // In the last rows there may never have been an episode, and there may have been more rows.
    reach(loop.rows.count)
    memory.removeLast(memory.count - loop.rows.count * policy.memoryWidth)
    var kept: [Float] = []
    swap(&kept, &memory)
    var rows = actions.mutableSpan
    var remembered = kept.mutableSpan
    policy.act(
      on: observations.span, masks: masks.span, memory: &remembered, using: &rng, into: &rows)
    swap(&kept, &memory)
  }

  /// The policy's copy; `nil` for actions at random, which are drawn from one stream for all episodes.
  public func copy() -> (any Player)? {
    rng == nil ? policy.copy().map { PolicyPlayer($0, name: name) } : nil
  }

  /// The value of the state, where the policy has a network for it.
  public func value(of row: Int, in loop: EpisodeLoop) -> Double? {
    (policy as? any StateValuing)?.value(
      of: loop.observation(of: row), mask: loop.actionMask(of: row))
  }
}

/// Takes each allowed action as likely as any other; what it does in an episode follows from the seed of the
/// episode alone.
public struct RandomPlayer: Player {
  /// Who it is.
  public let name = "random actions"
  private var generators: [SeededGenerator] = []

  /// Takes random actions.
  public init() {}

  /// Resets the vector and the random streams of its rows.
  public mutating func begin(
    _ vector: inout any VectorEnvironment, rows: Range<Int>, seed: UInt64, into batch: StepBatch
  ) {
    vector.reset(seed: seed, into: batch)
    while generators.count < rows.upperBound { generators.append(SeededGenerator(seed: 0)) }
    for (i, row) in rows.enumerated() {
      let sequence = SeedSequence(seed &+ UInt64(i), spawnKey: [0x434f_4c4c])
      generators[row] = SeededGenerator(sequence)
    }
  }

  /// A player of other episodes.
  public func copy() -> (any Player)? { RandomPlayer() }

  /// An action for each row, drawn from the row's own stream.
  public mutating func act(in loop: EpisodeLoop, into actions: inout [Float]) {
    let space = RowSpace(loop.spec.actionSpace)
    let (width, masks) = (space.spec.rowWidth, loop.batch.maskWidth)
    // In the last rows there may never have been an episode.
    for row in loop.rows.indices.prefix(generators.count) {
      let mask = Array(loop.batch.actionMasks[row * masks..<(row + 1) * masks])
      let action = space.sample(mask: mask, using: &generators[row])
      for (i, value) in action.enumerated() { actions[row * width + i] = value }
    }
  }
}
