package import RLCore
package import RLRendering

/// A video of episodes that someone plays in an environment of their own.
package struct EpisodeRecording {
  package var entry: EnvironmentRegistry.Entry
  package var player: any Player
  /// Episode i starts with the seed `seed + i`.
  package var seed: UInt64
  package var episodes: Int
  /// `nil` for the environment's own speed.
  package var framesPerSecond: Int?
  /// Pixels a point of the environment's drawings.
  package var scale: Double
  /// Steps after which an episode of an environment without a time limit is cut.
  package var stepLimit = 100_000

  package init(
    entry: EnvironmentRegistry.Entry, player: any Player, seed: UInt64, episodes: Int = 1,
    framesPerSecond: Int? = nil, scale: Double = 1
  ) {
    self.entry = entry
    self.player = player
    self.seed = seed
    self.episodes = episodes
    self.framesPerSecond = framesPerSecond
    self.scale = scale
  }

  /// What was recorded.
  package struct Result {
    package var returns: [Double] = []
    package var frames = 0
    package var width = 0
    package var height = 0
    package var framesPerSecond: Int
  }

  /// Plays and records.
  ///
  /// - Parameter proceed: Called before each step with what is recorded so far; `false` ends the
  ///   recording, of which nothing is left then.
  /// - Returns: `nil` if it was ended.
  package func record(
    to path: String, _ format: RecordingFormat, proceed: (Result) -> Bool = { _ in true }
  ) throws -> Result? {
    var environment = try entry.requireSingle()
    var player = player
    let renderer = try FrameRenderer(scale: scale)
    var result = Result(
      framesPerSecond: try entry.framesPerSecond(wanted: framesPerSecond))
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
