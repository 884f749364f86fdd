public import RLCore
public import RLSupport

/// Records episodes of a vector's first environment, as Gymnasium's wrapper of that name does.
///
/// It works for every environment that is `Drawable`, and changes nothing of what the environment
/// does. An episode's video goes from its first state to its true last one; it is written while the
/// episode goes on, so that memory stays constant. Files are named `rl-video-episode-N` or
/// `rl-video-step-N`. A recording that fails ends there; the environment goes on, and whoever
/// wants to know is told once.
///
/// ```swift
/// var environments = RecordVideo(
///   try EnvironmentRegistry.builtIn.make("CartPole", count: 8), folder: folder)
/// ```
///
/// Copies of the wrapper share the recording; step one of them. The video of an episode that goes on
/// when the wrapper is released is dropped, unless `finish` is called before.
public struct RecordVideo: VectorEnvironment {
  /// The vector beneath.
  public private(set) var base: any VectorEnvironment
  private let recorder: VideoRecorder

  /// Gymnasium's choice of episodes: 0, 1, 8, 27 and all other cubes up to 1000, then each thousandth.
  public static let cubes: @Sendable (Int) -> Bool = { episode in
    episode < 1000 ? (0..<10).contains { $0 * $0 * $0 == episode } : episode % 1000 == 0
  }

  /// Wraps a vector.
  ///
  /// - Parameters:
  ///   - base: The environments, the first of which is recorded.
  ///   - folder: Where the videos go; made if it is missing.
  ///   - format: What they are.
  ///   - framesPerSecond: The speed of the videos, 1 to 1000.
  ///   - scale: Pixels a point of the environment's drawings, more than 0 and at most 8.
  ///   - namePrefix: What file names begin with.
  ///   - episodeTrigger: Takes the number of an episode, from zero on, and says whether it is
  ///     recorded; `cubes` if there is no trigger at all.
  ///   - stepTrigger: Takes the number of a step of the vector, from zero on, and says whether a
  ///     recording starts after it.
  ///   - length: The frames of a video, which may go on into the next episode; to the end of the
  ///     episode if `nil`.
  ///   - onFailure: Told of the first recording that fails; if `nil`, standard error is.
  public init(
    _ base: any VectorEnvironment, folder: String, format: RecordingFormat = .apng,
    framesPerSecond: Int = 30, scale: Double = 1, namePrefix: String = "rl-video",
    episodeTrigger: (@Sendable (Int) -> Bool)? = nil,
    stepTrigger: (@Sendable (Int) -> Bool)? = nil, length: Int? = nil,
    onFailure: (@Sendable (any Error) -> Void)? = nil
  ) {
    precondition(
      1...1000 ~= framesPerSecond && scale > 0 && scale <= 8 && length ?? 1 > 0,
      "RecordVideo: \(framesPerSecond) frames a second, scale \(scale), length \(length ?? 1)")
    self.base = base
    let never: @Sendable (Int) -> Bool = { _ in false }
    let episodes = episodeTrigger ?? (stepTrigger == nil ? Self.cubes : never)
    recorder = VideoRecorder(
      environment: base.spec.id, folder: folder, format: format,
      framesPerSecond: framesPerSecond, scale: scale, namePrefix: namePrefix,
      episodeTrigger: episodes, stepTrigger: stepTrigger ?? never, length: length,
      onFailure: onFailure)
  }

  /// Ends the recording that goes on, if there is one, and keeps it as it is.
  public func finish() { recorder.finish() }

  /// The files recorded so far, in order.
  public var files: [String] { recorder.files }

  /// What the sub-environments are.
  public var spec: EnvironmentSpec { base.spec }
  /// The number of sub-environments.
  public var count: Int { base.count }

  /// Starts new episodes everywhere; the first environment's may be recorded.
  public mutating func reset(seed: UInt64, into batch: StepBatch) {
    base.reset(seed: seed, into: batch)
    recorder.didReset(base)
  }

  /// Starts a new episode in one sub-environment, which is recorded if it is the first one.
  public mutating func reset(index: Int, into batch: StepBatch) {
    base.reset(index: index, into: batch)
    if index == 0 { recorder.didReset(base) }
  }

  /// Advances every sub-environment by one action, and records the first one.
  public mutating func step(_ actions: Span<Float>, into batch: StepBatch) {
    let drawnIndex = batch.drawnIndex
    batch.drawnIndex = 0
    batch.finalDrawing = nil
    base.step(actions, into: batch)
    batch.drawnIndex = drawnIndex
    if batch.fault != nil { return }
    recorder.didStep(
      base, ended: batch.terminated[0] || batch.truncated[0], finalDrawing: batch.finalDrawing)
  }

  /// Hands out the random stream of a sub-environment.
  public mutating func withGenerator(of index: Int, _ body: (inout SeededGenerator) -> Void) {
    base.withGenerator(of: index, body)
  }

  /// What a sub-environment looks like now.
  public func drawing(of index: Int) -> Drawing? { base.drawing(of: index) }

  /// The whole vector: one recorder serves it.
  public func split(into parts: Int) -> [any VectorEnvironment] { [self] }

  /// 1: it cannot be taken apart.
  public var mostParts: Int { 1 }

  /// Whether what is beneath can be saved.
  public var savesExactly: Bool { base.savesExactly }

  /// What is beneath, and the numbers of the episode and step; a recording that goes on is dropped.
  public mutating func visit(_ state: inout StateVisitor) throws(StateError) {
    try state.part("base.") { (state) throws(StateError) in try base.visit(&state) }
    var counters = recorder.counters
    try state.array("video", &counters, within: .counts)
    if state.isRestoring { recorder.restore(counters) }
  }
}
