internal import RLGym

/// A video of episodes that a policy plays in an environment of its own.
struct EpisodeRecording {
  var entry: EnvironmentRegistry.Entry
  var policy: any Policy
  /// Episode i starts with the seed `seed + i`.
  var seed: UInt64
  var episodes = 1
  /// Whether the most likely action is taken, instead of a random one.
  var isDeterministic = true
  /// `nil` for the environment's own speed.
  var framesPerSecond: Int?
  /// Pixels a point of the environment's drawings.
  var scale = 1.0
  /// Steps after which an episode of an environment without a time limit is cut.
  var stepLimit = 100_000

  /// What was recorded.
  struct Result {
    var returns: [Double] = []
    var frames = 0
    var width = 0
    var height = 0
    var framesPerSecond: Int
  }

  /// Plays and records.
  ///
  /// - Parameter proceed: Called before each step with what is recorded so far; `false` ends the
  ///   recording, of which nothing is left then.
  /// - Returns: `nil` if it was ended.
  func record(
    to path: String, _ format: RecordingFormat, proceed: (Result) -> Bool = { _ in true }
  ) throws -> Result? {
    guard let makeSingle = entry.makeSingle, let speed = entry.framesPerSecond else {
      throw RecordingError.notDrawable(entry.id)
    }
    var environment = makeSingle()
    let renderer = try FrameRenderer(scale: scale)
    var result = Result(framesPerSecond: framesPerSecond ?? speed)
    let sink = try format.makeSink(path: path, framesPerSecond: result.framesPerSecond)
    defer { sink.abandon() }
    var rng: SeededGenerator? =
      isDeterministic ? nil : SeededGenerator(SeedSequence(seed, spawnKey: [0x5649_4445]))
    var actions = Array(repeating: Float(0), count: entry.spec.actionSpace.rowWidth)
    var frame = Frame(width: 1, height: 1)
    func appendFrame() throws {
      guard let drawing = environment.drawing() else {
        throw RecordingError.notDrawable(entry.id)
      }
      try renderer.render(drawing, into: &frame)
      try sink.append(frame)
      (result.frames, result.width, result.height) = (sink.frameCount, frame.width, frame.height)
    }
    for episode in 0..<episodes {
      environment.reset(seed: seed &+ UInt64(episode))
      try appendFrame()
      while !environment.ended && environment.length < stepLimit {
        guard proceed(result) else { return nil }
        environment.observation.withUnsafeBufferPointer { observations in
          environment.actionMask.withUnsafeBufferPointer { masks in
            actions.withUnsafeMutableBufferPointer {
              policy.act(on: observations, masks: masks, count: 1, using: &rng, into: $0)
            }
          }
        }
        environment.step(actions)
        try appendFrame()
      }
      result.returns.append(environment.episodicReturn)
    }
    try sink.finish()
    return result
  }
}
