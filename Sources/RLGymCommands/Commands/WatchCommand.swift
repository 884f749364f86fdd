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

  @Argument(
    help: ArgumentHelp(
      "A run directory, or its best, final or a checkpoint; with --episode a rollout log.",
      valueName: "run"),
    completion: .directory)
  var path: String?
  @Option(help: "Replay this episode of a rollout log, from 0 on, without an agent.")
  var episode: Int?
  @Option(
    help: ArgumentHelp("Watch random actions in an environment instead.", valueName: "env"),
    completion: .list(Context.registry.names))
  var random: String?
  @Flag(help: "Show pictures made of characters instead of a window.") var text = false
  @Option(help: "How many episodes (default: no end; as text that is not on a terminal, one).")
  var episodes: Int?
  @Option(help: "The seed of the first episode (default: one that training never used).")
  var seed: UInt64?
  @Option(help: "Steps a second (default: the environment's natural number).") var fps: Int?
  @Option(help: "How many times faster than that.") var speed = 1.0
  @Flag(help: "Draw actions at random, as in training, instead of taking the most likely ones.")
  var stochastic = false

  func run() throws {
    if let episodes, episodes < 1 {
      throw UsageError("--episodes must be 1 or more, not \(episodes).")
    }
    let entry: EnvironmentRegistry.Entry
    let player: any Player
    let first: UInt64?
    var replayed: SingleEnvironment?
    switch (path, random) {
    case (let path?, nil) where episode != nil:
      guard seed == nil, episodes == nil, !stochastic else {
        throw UsageError(
          "An episode of a log is what it was: leave out --seed, --episodes and --stochastic.")
      }
      let log = try LogCommand.open(path)
      entry = try LogCommand.environment(of: log)
      let number = episode ?? 0
      let replay = ReplayPlayer(try EpisodeReplay(log, episode: number), number: number)
      var environment = try Watching.environment(entry)
      replay.prepare(&environment)
      (replayed, player, first) = (environment, replay, nil)
    case (let path?, nil):
      let model = try TrainedModel(path)
      entry = model.plan.entry
      let start = seed ?? TrainingSession.evaluationSeed(model.plan.seed, .final)
      first = start
      player = PolicyPlayer(
        model.policy, name: model.plan.kind.name, seed: stochastic ? start : nil)
    case (nil, let name?):
      let (found, warning) = try Context.registry.resolve(name)
      if let warning { Output.warn(warning) }
      entry = found
      let start = seed ?? UInt64.random(in: 0..<1_000_000)
      first = start
      player = PolicyPlayer(randomIn: entry.spec, seed: start)
    default:
      throw UsageError("Name either a run to watch or an environment: --random ENV.")
    }
    let frames = try Watching.framesPerSecond(of: entry, wanted: fps, speed: speed)
    let environment = try replayed ?? Watching.environment(entry)
    let isEndless = !text || TextScreen().isTerminal
    let show = Show(
      environment, player, seed: first, episodes: episodes ?? (isEndless ? nil : 1),
      framesPerSecond: frames, speed: speed)
    Interruption.install()
    if text {
      var shown = TextShow(show)
      Watching.summarize(try shown.run())
      return
    }
    do {
      var shown = try WindowShow(show, title: "\(entry.id) - \(player.name)")
      Watching.summarize(try shown.run())
    } catch {
      let what = path ?? "--random \(entry.id)"
      throw Watching.explained(
        error,
        alternatives: [
          "\(Context.program) watch \(what)\(episode.map { " --episode \($0)" } ?? "") --text",
          "\(Context.program) record \(what) --output video.apng",
        ].prefix(replayed == nil ? 2 : 1).map { $0 })
    }
  }
}
