public import RLSupport

/// A change to what goes into an environment or comes out of it, written once for one environment and for
/// vectors of any kind: it works on rows of numbers and keeps what it remembers by sub-environment.
///
/// What it does by chance it draws from the random streams of the sub-environments, as Gymnasium's wrappers do from
/// `np_random`: then episodes follow from their seeds, behind a wrapper, too.
public protocol EnvironmentWrapper: Stateful, Sendable {
  /// What the wrapped environment is; its `infos` stay those of the environment beneath.
  func wrap(_ spec: EnvironmentSpec) -> EnvironmentSpec
  /// Called once with what is wrapped, before anything else.
  mutating func prepare(_ spec: EnvironmentSpec, count: Int)
  /// Whether it draws random numbers, so that `drawAfterReset` and `drawBeforeStep` are called; `false` by default.
  static var drawsRandomly: Bool { get }
  /// Whether what it remembers goes on changing from one episode to the next and changes what an agent sees or
  /// gets, as running statistics do; `false` by default. An environment behind such a wrapper cannot be registered.
  var isLearning: Bool { get }
  /// Draws from the random stream of a sub-environment that was reset, before `didReset`, or before the `didStep`
  /// of the step that ended its episode.
  mutating func drawAfterReset(_ index: Int, using rng: inout SeededGenerator)
  /// Draws from the random stream of a sub-environment before `changeActions`.
  mutating func drawBeforeStep(_ index: Int, using rng: inout SeededGenerator)
  /// Changes the actions `[count, width]`, given for the wrapped environment, to what is beneath.
  mutating func changeActions(_ actions: inout [Float], count: Int)
  /// Changes the first observations of episodes in the rows of `range`, after these were reset.
  mutating func didReset(_ range: Range<Int>, inner: StepBatch, outer: StepBatch)
  /// Changes the results of a step.
  ///
  /// - Parameters:
  ///   - inner: What the environment beneath wrote.
  ///   - outer: What the wrapper hands out; the same batch unless it changes the observations' width.
  ///   - end: For wrappers that end episodes, after they set `terminated` or `truncated` of a sub-environment in
  ///     `inner` whose episode would go on: the row of `inner` becomes its last one, and the next episode begins.
  mutating func didStep(
    inner: StepBatch, outer: StepBatch, end: (Int) -> Void)
}

extension EnvironmentWrapper {
  /// The same spaces.
  public func wrap(_ spec: EnvironmentSpec) -> EnvironmentSpec { spec }
  /// Nothing to prepare.
  public mutating func prepare(_ spec: EnvironmentSpec, count: Int) {}
  /// Nothing is left to chance.
  public static var drawsRandomly: Bool { false }
  /// It forgets an episode with its end.
  public var isLearning: Bool { false }
  /// Nothing to draw.
  public mutating func drawAfterReset(_ index: Int, using rng: inout SeededGenerator) {}
  /// Nothing to draw.
  public mutating func drawBeforeStep(_ index: Int, using rng: inout SeededGenerator) {}
  /// The same actions.
  public mutating func changeActions(_ actions: inout [Float], count: Int) {}
  /// The same observations.
  public mutating func didReset(_ range: Range<Int>, inner: StepBatch, outer: StepBatch) {}
  /// The same results.
  public mutating func didStep(
    inner: StepBatch, outer: StepBatch, end: (Int) -> Void
  ) {}
  /// No state.
  public mutating func visit(_ state: inout StateVisitor) throws(StateError) {}
}
