public import RLSupport

/// An environment that is a table of transitions: the observation is the state's number.
///
/// `reset` and `step` follow from the table, where there is no more to an episode than its state;
/// ``TableVector`` steps many. An environment that draws more random numbers than these writes them itself
/// and is stepped by ``BatchedEnvironments``.
public protocol TableEnvironment: Environment<Int, Int> {
  /// Every transition.
  var table: TransitionTable { get }
  /// The number of the present state.
  var state: Int { get set }
}

extension TableEnvironment {
  /// Starts in one of the table's starts; draws one uniform number.
  public mutating func reset(using rng: inout SeededGenerator) -> Int {
    state = table.start(draw: rng.uniform())
    return state
  }

  /// The state's number.
  public var observationSpace: Discrete { Discrete(table.states) }
  /// The action's number.
  public var actionSpace: Discrete { Discrete(table.actions) }

  /// Marks the actions that can change the state.
  public func writeActionMask(into mask: inout MutableSpan<Bool>) {
    for action in mask.indices { mask[action] = table.allows(action, in: state) }
  }
}

extension TableEnvironment where Info == NoInfo {
  /// Draws the outcome of an action with one uniform number.
  public mutating func step(_ action: Int, using rng: inout SeededGenerator) -> Step<Int, NoInfo> {
    let outcome = table.step(from: state, action, draw: rng.uniform())
    state = outcome.next
    return outcome.isEnd
      ? .terminal(state, reward: outcome.reward) : .next(state, reward: outcome.reward)
  }
}

/// A vector of one kind of environment that is a table of transitions, with the bits of the environment
/// itself.
public struct TableVector<Base: TableEnvironment>: VectorEnvironment {
  private let environment: Base
  private var rows: TableRows

  /// `count` environments; the present state of the given one does not matter.
  ///
  /// - Parameters:
  ///   - environment: One of them.
  ///   - spec: What they are; `maxEpisodeSteps` is the time limit that truncates episodes.
  ///   - count: How many.
  public init(_ environment: Base, _ spec: EnvironmentSpec, count: Int) {
    precondition(count > 0, "\(spec.id): a vector needs at least one environment, not \(count)")
    precondition(
      environment.observationSpace.spec == Discrete(environment.table.states).spec
        && environment.actionSpace.spec == Discrete(environment.table.actions).spec,
      "\(spec.id): the spaces are not those of its table, which has \(environment.table.states) states and \(environment.table.actions) actions"
    )
    precondition(
      spec.infos.isEmpty,
      "\(spec.id): a TableVector writes no information of steps; leave it to BatchedEnvironments")
    self.environment = environment
    rows = TableRows(spec: spec, table: environment.table, count: count)
  }

  /// What the sub-environments are.
  public var spec: EnvironmentSpec { rows.spec }
  /// The number of sub-environments.
  public var count: Int { rows.cells.count }

  /// Starts new episodes everywhere, environment i with a new random stream of seed `seed + i`.
  public mutating func reset(seed: UInt64, into batch: StepBatch) {
    precondition(
      batch.count == count, "\(spec.id): the batch has \(batch.count) rows, not \(count)")
    rows.reset(seed: seed, into: batch)
  }

  /// Starts a new episode in one sub-environment, whose random stream goes on.
  public mutating func reset(index: Int, into batch: StepBatch) {
    rows.reset(index: index, into: batch)
  }

  /// Advances every sub-environment by one action.
  public mutating func step(_ actions: Span<Float>, into batch: StepBatch) {
    actions.withUnsafeBufferPointer { rows.step($0, into: batch) }
    if let i = batch.drawnIndex, !batch.hasFault, batch.terminated[i] || batch.truncated[i] {
      batch.finalDrawing = drawing(inState: Int(batch.finalObservations[i]))
    }
  }

  /// Hands out the random stream of a sub-environment.
  public mutating func withGenerator(of index: Int, _ body: (inout SeededGenerator) -> Void) {
    body(&rows.generators[index])
  }

  /// What a sub-environment looks like now; `nil` if it is not ``Drawable``.
  public func drawing(of index: Int) -> Drawing? { drawing(inState: Int(rows.cells[index])) }

  private func drawing(inState state: Int) -> Drawing? {
    var one = environment
    one.state = state
    return (one as? any Drawable)?.drawing()
  }

  /// Parts of consecutive sub-environments with their present state.
  public func split(into parts: Int) -> [any VectorEnvironment] {
    equalParts(count, parts).map { range in
      var part = self
      part.rows = rows.part(range)
      return part
    }
  }

  /// States, counters and random streams. Environments that were made with other parameters than the saved
  /// ones are refused, if they are `Codable`.
  public mutating func visit(_ state: inout StateVisitor) throws(StateError) {
    try EnvironmentCoder(Base.self)?.visit(made: environment, &state)
    try rows.visit(&state)
  }
}
