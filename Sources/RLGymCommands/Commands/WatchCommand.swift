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
    help: "Replay this episode, from 0 on, of a rollout log that is given instead of a run.",
    transform: whole)
  var episode: Int?
  @Flag(help: "Show the worst of the 100 episodes that `evaluate` plays, from --seed on.")
  var worst = false
  @Flag(help: "Show pictures made of characters instead of a window.") var text = false
  @Option(
    help: "How many episodes (default: no end; as text that is not on a terminal, one).",
    transform: whole)
  var episodes: Int?
  @Option(
    help: "The seed of the first episode (default: one that training never used).", transform: whole
  )
  var seed: UInt64?
  @Option(help: "Steps a second (default: the environment's natural number).", transform: whole)
  var fps: Int?
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
    if worst {
      guard case .model(let model) = actor, !who.stochastic, episodes == nil else {
        throw ExperimentError.invalid(
          "--worst is an episode of a run with most likely actions: give a run, and leave out --stochastic and --episodes."
        )
      }
      return try worst(of: model)
    }
    let (player, first) = who.player(actor, seed: seed)
    let isEndless = !text || TextScreen().isTerminal
    return try show(
      player, in: actor.entry, seed: first, episodes: episodes ?? (isEndless ? nil : 1))
  }

  /// The episode with the lowest return, played again from its seed.
  private func worst(of model: TrainedPolicy) throws -> Show {
    let result = try model.evaluate(seed: seed)
    guard let number = result.worst().first else { throw ExitCode(1) }
    let seed = result.seed &+ UInt64(number)
    Output.note(
      "The worst of \(result.returns.count) episodes has the seed \(seed) and a return of \(Format.value(result.returns[number]))."
    )
    let (player, _) = who.player(.model(model), seed: seed)
    return try show(
      player, in: model.plan.environment, seed: seed, episodes: 1,
      stepLimit: result.lengths[number])
  }

  /// An episode of a rollout log.
  private func replay(_ number: Int) throws -> Show {
    guard let path = who.path, who.random == nil else {
      throw ExperimentError.invalid(
        "--episode is one of a rollout log: give its directory, and leave out --random.")
    }
    guard seed == nil, episodes == nil, !who.stochastic, who.made.envSet.isEmpty, !worst else {
      throw ExperimentError.invalid(
        "An episode of a log is what it was: leave out --seed, --episodes, --stochastic, --env-set and --worst."
      )
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
