public import RLSupport

/// Several copies of an environment, stepped together: the only form in which agents see environments.
///
/// Sub-environments are reset by themselves in the step that ends their episode (same-step
/// autoreset): `observations` then holds the first observation of the new episode and
/// `finalObservations` the true last one.
///
/// Its state, which `visit` declares, is saved by sub-environments: the parts of a vector, saved in turn, leave
/// what the whole would have left.
///
/// ```swift
/// var environments = try EnvironmentRegistry.builtIn.make("CartPole", count: 4)
/// let batch = StepBatch(count: 4, for: environments.spec)
/// environments.reset(seed: 7, into: batch)
/// environments.step([0, 1, 1, 0], into: batch)
/// ```
public protocol VectorEnvironment: Stateful, Sendable {
  /// What the sub-environments are.
  var spec: EnvironmentSpec { get }
  /// The number of sub-environments.
  var count: Int { get }

  /// Starts new episodes everywhere, environment i with a new random stream of seed `seed + i`.
  mutating func reset(seed: UInt64, into batch: StepBatch)

  /// Advances every sub-environment by one action.
  ///
  /// - Parameters:
  ///   - actions: Rows `[count, actionSpace.rowWidth]` as `Space.encode` writes them. Where one is impossible, no
  ///     choice or not finite, no environment takes a step: `batch.fault` names it, and the rewards are NaN.
  ///   - batch: Where the results go; `count` rows.
  mutating func step(_ actions: Span<Float>, into batch: StepBatch)

  /// Starts a new episode in one sub-environment, whose random stream goes on.
  mutating func reset(index: Int, into batch: StepBatch)

  /// Hands out the random stream of a sub-environment, from which wrappers draw as its resets and steps do.
  ///
  /// Only called for wrappers with `drawsRandomly`; the default is a precondition failure.
  mutating func withGenerator(of index: Int, _ body: (inout SeededGenerator) -> Void)

  /// Takes the environment apart into vectors of consecutive sub-environments that can be stepped by
  /// different threads; at most `parts`, as equal in size as can be.
  func split(into parts: Int) -> [any VectorEnvironment]

  /// How many parts `split(into:)` makes at most without making a step slower: fewer than sub-environments where
  /// these are stepped in groups, 1 where the vector cannot be taken apart.
  var mostParts: Int { get }

  /// What a sub-environment looks like now; `nil` if its kind cannot be drawn.
  ///
  /// After the step that ended an episode it is the first state of the next one.
  func drawing(of index: Int) -> Drawing?

  /// Whether `visit` shows everything; else a restored environment starts new episodes.
  ///
  /// Random streams that `visit` shows all the same go on; others begin with the episodes of the first start again.
  var savesExactly: Bool { get }
}

extension VectorEnvironment {
  /// None: vectors whose wrappers draw random numbers have to hand out their streams.
  public mutating func withGenerator(of index: Int, _ body: (inout SeededGenerator) -> Void) {
    preconditionFailure(
      "\(spec.id): \(Self.self) hands out no random streams; implement withGenerator(of:_:)")
  }

  /// One a sub-environment.
  public var mostParts: Int { count }

  /// Nothing to see.
  public func drawing(of index: Int) -> Drawing? { nil }

  /// Everything is kept.
  public var savesExactly: Bool { true }

  /// Advances every sub-environment by one action.
  @inlinable public mutating func step(_ actions: [Float], into batch: StepBatch) {
    precondition(
      actions.count == count * spec.actionSpace.rowWidth,
      "\(spec.id): \(actions.count) action numbers for \(count) environments of \(spec.actionSpace.rowWidth)"
    )
    step(actions.span, into: batch)
  }
}
