public import RLSupport

/// A single wrapped environment; observations and actions are rows of numbers.
///
/// It is a vector of one underneath, so that a wrapper is written once. Environments that are to be
/// fast are wrapped as vectors.
public struct Wrapped<Base: Environment, Wrapper: EnvironmentWrapper>: Environment {
  private var base: Base
  private var wrapper: Wrapper
  private let spec: EnvironmentSpec
  private let innerSpec: EnvironmentSpec
  private var rows: Rows

  /// Rows for one step, which hold nothing between steps. A copy of the environment that is stepped makes its own.
  private final class Rows: @unchecked Sendable {
    let inner: StepBatch
    let outer: StepBatch

    init(inner: EnvironmentSpec, outer: EnvironmentSpec) {
      self.outer = StepBatch(count: 1, for: outer)
      let width = inner.observationSpace.rowWidth
      self.inner =
        width == self.outer.observationWidth
        ? self.outer : self.outer.underlying(observationWidth: width)
    }
  }

  /// Wraps an environment.
  public init(_ base: Base, _ wrapper: Wrapper) {
    self.base = base
    self.wrapper = wrapper
    innerSpec = EnvironmentSpec(
      id: plainName(of: Base.self), observationSpace: base.observationSpace.spec,
      actionSpace: base.actionSpace.spec, masksActions: Base.masksActions,
      infos: Base.Info.fields)
    var spec = wrapper.wrap(innerSpec)
    spec.infos = innerSpec.infos
    self.spec = spec
    self.wrapper.prepare(innerSpec, count: 1)
    rows = Rows(inner: innerSpec, outer: spec)
  }

  /// Whether the environment beneath masks actions.
  public static var masksActions: Bool { Base.masksActions }
  /// Rows of observations.
  public var observationSpace: RowSpace { RowSpace(spec.observationSpace) }
  /// Rows of actions.
  public var actionSpace: RowSpace { RowSpace(spec.actionSpace) }

  /// The mask of the environment beneath.
  public func writeActionMask(into mask: inout MutableSpan<Bool>) {
    base.writeActionMask(into: &mask)
  }

  /// Why the environment beneath could not compute its last step.
  public var failure: String? { base.failure }
  /// What was odd about the episode beneath.
  public var oddity: String? { base.oddity }

  private mutating func batches() -> (inner: StepBatch, outer: StepBatch) {
    if !isKnownUniquelyReferenced(&rows) { rows = Rows(inner: innerSpec, outer: spec) }
    return (rows.inner, rows.outer)
  }

  /// Starts a new episode.
  public mutating func reset(using rng: inout SeededGenerator) -> [Float] {
    let (inner, outer) = batches()
    var row = inner.observations.mutableSpan
    base.observationSpace.encode(base.reset(using: &rng), into: &row)
    if Wrapper.drawsRandomly { wrapper.drawAfterReset(0, using: &rng) }
    wrapper.didReset(0..<1, inner: inner, outer: outer)
    return Array(outer.observations)
  }

  /// Advances the episode by one action.
  public mutating func step(_ action: [Float], using rng: inout SeededGenerator) -> Step<
    [Float], Base.Info
  > {
    let (inner, outer) = batches()
    var row = action
    if Wrapper.drawsRandomly { wrapper.drawBeforeStep(0, using: &rng) }
    wrapper.changeActions(&row, count: 1)
    let step = base.step(base.actionSpace.decoded(row), using: &rng)
    var next = inner.observations.mutableSpan
    var last = inner.finalObservations.mutableSpan
    base.observationSpace.encode(step.observation, into: &next)
    base.observationSpace.encode(step.observation, into: &last)
    inner.rewards[0] = step.reward
    inner.terminated[0] = step.terminated
    inner.truncated[0] = step.truncated
    for (k, number) in Base.Info.numbers.enumerated() { inner.infos[k] = number.read(step.info) }
    // The last observation is there, and whoever steps this environment resets it.
    wrapper.didStep(inner: inner, outer: outer) { _ in }
    let ended = outer.terminated[0] || outer.truncated[0]
    return Step(
      observation: Array(ended ? outer.finalObservations : outer.observations),
      reward: outer.rewards[0], terminated: outer.terminated[0], truncated: outer.truncated[0],
      info: step.info)
  }
}

extension Wrapped: LearningEnvironment {
  var learningWrapper: String? {
    wrapper.isLearning ? plainName(of: Wrapper.self) : Self.learningWrapper(in: base)
  }
}

/// An environment that may have a wrapper around it that learns.
protocol LearningEnvironment {
  /// The outermost such wrapper.
  var learningWrapper: String? { get }
}

extension Environment {
  /// The outermost wrapper of an environment that goes on learning from episode to episode.
  @usableFromInline static func learningWrapper(in environment: some Environment) -> String? {
    (environment as? any LearningEnvironment)?.learningWrapper
  }
}

extension Wrapped: SavedInPlace {
  static var savesExactly: Bool { EnvironmentCoder(Base.self) != nil }

  func savedState() -> [UInt8] {
    var archive = StateArchive()
    wrapper.save(to: &archive)
    let base = EnvironmentCoder(Base.self)?.encode(base) ?? []
    let state = JSONValue.object([
      "base": .string(String(decoding: base, as: UTF8.self)),
      "wrapper": .array(Safetensors.encode(archive).map { .int(Int($0)) }),
    ])
    return Array(state.text().utf8)
  }

  mutating func restore(from bytes: [UInt8]) -> String? {
    let unlike = "it is not an encoded \(plainName(of: Self.self))"
    guard let state = JSONValue(text: bytes), let saved = state["base"]?.string,
      let numbers = state["wrapper"]?.array,
      let archive = try? Safetensors.decode(
        numbers.map { UInt8(truncatingIfNeeded: $0.int ?? 0) })
    else { return unlike }
    var copy = self
    guard let coder = EnvironmentCoder(Base.self) else { return unlike }
    if let problem = coder.restore(&copy.base, Array(saved.utf8)) { return problem }
    guard (try? copy.wrapper.restore(from: archive)) != nil else { return unlike }
    self = copy
    return nil
  }
}

extension Wrapped: Drawable where Base: Drawable {
  /// What the environment looks like beneath the wrapper.
  public func drawing() -> Drawing { base.drawing() }
  /// As fast as the environment beneath.
  public static var framesPerSecond: Int { Base.framesPerSecond }
}

extension Environment {
  /// The same environment behind a wrapper.
  public func wrapped<Wrapper: EnvironmentWrapper>(by wrapper: Wrapper) -> Wrapped<Self, Wrapper> {
    Wrapped(self, wrapper)
  }
}
