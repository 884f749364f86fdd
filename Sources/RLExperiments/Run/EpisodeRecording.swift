public import RLAgents
public import RLCore
public import RLRendering

/// A video of episodes that someone plays in an environment of their own.
public struct EpisodeRecording {
  /// The environment.
  public var entry: EnvironmentRegistry.Entry
  /// Who plays.
  public var player: any Player
  /// Episode i starts with the seed `seed + i`.
  public var seed: UInt64
  /// How many episodes, one after the other.
  public var episodes: Int
  /// `nil` for the environment's own speed.
  public var framesPerSecond: Int?
  /// Pixels a point of the environment's drawings.
  public var scale: Double
  /// Steps after which an episode is cut: 10,000, or the environment's time limit if that is longer.
  public var stepLimit: Int

  /// A video of episodes.
  ///
  /// - Parameters:
  ///   - entry: The environment, which must be `Drawable`.
  ///   - player: Who plays.
  ///   - seed: Episode i starts with the seed `seed + i`.
  ///   - episodes: How many episodes.
  ///   - framesPerSecond: The environment's own speed if `nil`.
  ///   - scale: Pixels a point of the environment's drawings.
  public init(
    entry: EnvironmentRegistry.Entry, player: any Player, seed: UInt64, episodes: Int = 1,
    framesPerSecond: Int? = nil, scale: Double = 1
  ) {
    self.entry = entry
    self.player = player
    self.seed = seed
    self.episodes = episodes
    self.framesPerSecond = framesPerSecond
    self.scale = scale
    stepLimit = max(10_000, entry.spec.maxEpisodeSteps ?? 0)
  }

  /// What was recorded.
  public struct Result {
    /// The return of each episode.
    public var returns: [Double] = []
    /// How many episodes were cut at ``EpisodeRecording/stepLimit``.
    public var cutEpisodes = 0
    /// The first observation outside of its bounds, or reward too large to be squared.
    public var remark: EnvironmentFault?
    /// How many frames there are.
    public var frames = 0
    /// The width of a frame in pixels.
    public var width = 0
    /// The height of a frame in pixels.
    public var height = 0
    /// Frames a second.
    public var framesPerSecond: Int
  }

  /// Plays and records.
  ///
  /// - Parameters:
  ///   - path: The file or folder.
  ///   - format: Its format.
  ///   - proceed: Called before each step with what is recorded so far; `false` ends the recording, of which
  ///     nothing is left then.
  /// - Returns: `nil` if it was ended.
  /// - Throws: `RecordingError`, and `EnvironmentFault` for what the environment did that nobody can act on.
  public func record(
    to path: String, _ format: RecordingFormat, proceed: (Result) -> Bool = { _ in true }
  ) throws -> Result? {
    let loop = EpisodeLoop(
      player, in: try entry.requireDrawable(), episodes: episodes, seed: seed,
      stepLimit: stepLimit, drawnRow: 0)
    let renderer = try FrameRenderer(scale: scale)
    var result = Result(
      framesPerSecond: try entry.framesPerSecond(wanted: framesPerSecond))
    let sink = try format.makeSink(path: path, framesPerSecond: result.framesPerSecond)
    defer { sink.abandon() }
    var frame = Frame(width: 1, height: 1)
    let isWhole = try loop.play { event in
      if case .ended(let row) = event {
        result.returns.append(loop.rows[row].episodicReturn)
        result.cutEpisodes += loop.rows[row].isCut ? 1 : 0
        return .proceed
      }
      guard let drawing = loop.drawing(of: 0) else { throw RecordingError.notDrawable(entry.id) }
      try renderer.render(drawing, into: &frame)
      try sink.append(frame)
      (result.frames, result.width, result.height) = (sink.frameCount, frame.width, frame.height)
      return loop.rows[0].isOver || proceed(result) ? .proceed : .stop
    }
    if let fault = loop.fault { throw fault }
    guard isWhole else { return nil }
    result.remark = loop.remark
    try sink.finish()
    return result
  }
}
