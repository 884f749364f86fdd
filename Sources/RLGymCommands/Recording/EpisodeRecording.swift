internal import RLGym

/// A video of episodes that someone plays in an environment of their own.
struct EpisodeRecording {
  var entry: EnvironmentRegistry.Entry
  var player: any Player
  /// Episode i starts with the seed `seed + i`.
  var seed: UInt64
  var episodes = 1
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
    var environment = try Watching.environment(entry)
    var player = player
    let renderer = try FrameRenderer(scale: scale)
    var result = Result(
      framesPerSecond: try Watching.framesPerSecond(of: entry, wanted: framesPerSecond, speed: 1))
    let sink = try format.makeSink(path: path, framesPerSecond: result.framesPerSecond)
    defer { sink.abandon() }
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
        environment.step(player.action(in: environment))
        try appendFrame()
      }
      result.returns.append(environment.episodicReturn)
    }
    try sink.finish()
    return result
  }
}
