internal import ArgumentParser
internal import RLGym

/// `rlgym watch RUN`
struct WatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Watch a trained model, an episode of a log, or random actions.",
    discussion: """
      Keys of the window: space pauses, n or the right arrow takes a single step, + and - change the speed, \
      r restarts the episode, e goes to the next one, esc quits.
      """)

  @OptionGroup var who: ActorOptions
  @Option(
    help: "Replay this episode, from 0 on, of a rollout log that is given instead of a run.")
  var episode: Int?
  @Flag(help: "Show pictures made of characters instead of a window.") var text = false
  @Option(help: "How many episodes (default: no end; as text that is not on a terminal, one).")
  var episodes: Int?
  @Option(help: "The seed of the first episode (default: one that training never used).")
  var seed: UInt64?
  @Option(help: "Steps a second (default: the environment's natural number).") var fps: Int?
  @Option(help: "How many times faster than that.") var speed = 1.0

  func run() throws {
    try requirePositive(episodes, "--episodes")
    let show = try episode.map { try replay($0) } ?? performance()
    Interruption.install()
    if text {
      var shown = TextShow(show)
      Watching.summarize(try shown.run())
      return
    }
    let id = show.loop.spec.id
    do {
      var shown = try WindowShow(show, title: "\(id) - \(show.loop.player.name)")
      Watching.summarize(try shown.run())
    } catch {
      let what = who.path.map(Invocation.quoted) ?? "--random \(id)"
      let place = episode.map { " --episode \($0)" } ?? ""
      var alternatives = ["\(Invocation.program) watch \(what)\(place) --text"]
      if episode == nil {
        alternatives.append("\(Invocation.program) record \(what) --output video.apng")
      }
      throw Watching.explained(error, alternatives: alternatives)
    }
  }

  /// Episodes that a model or chance plays.
  private func performance() throws -> Show {
    let actor = try who.actor(example: "watch --random CartPole")
    let (player, first) = who.player(actor, seed: seed)
    let isEndless = !text || TextScreen().isTerminal
    return try show(
      player, in: actor.entry, seed: first, episodes: episodes ?? (isEndless ? nil : 1))
  }

  /// An episode of a rollout log.
  private func replay(_ number: Int) throws -> Show {
    guard let path = who.path, who.random == nil else {
      throw ExperimentError.invalid(
        "--episode is one of a rollout log: give its directory, and leave out --random.")
    }
    guard seed == nil, episodes == nil, !who.stochastic else {
      throw ExperimentError.invalid(
        "An episode of a log is what it was: leave out --seed, --episodes and --stochastic.")
    }
    let log = try LogCommand.open(path)
    let entry = try LogCommand.environment(of: log)
    let replay = try EpisodeReplay(log, episode: number)
    return try show(
      ReplayPlayer(replay, number: number), in: entry, seed: replay.seed, episodes: 1,
      stepLimit: replay.episode.length)
  }

  private func show(
    _ player: any Player, in entry: EnvironmentRegistry.Entry, seed: UInt64, episodes: Int?,
    stepLimit: Int = .max
  ) throws -> Show {
    let frames = try Watching.framesPerSecond(of: entry, wanted: fps, speed: speed)
    let loop = EpisodeLoop(
      player, in: try entry.requireDrawable(), seed: seed, stepLimit: stepLimit, drawnRow: 0)
    return Show(loop, episodes: episodes, framesPerSecond: frames, speed: speed)
  }
}
