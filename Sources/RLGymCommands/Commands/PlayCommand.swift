internal import ArgumentParser
internal import RLGym

/// `rlgym play ENV`
struct PlayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "play", abstract: "Play an environment with the keyboard.",
    discussion: """
      The window says which keys do what. Some environments go on while no key is held, others wait for one; \
      those can also be played in a terminal, with --text.
      """)

  @Argument(help: "The environment.", completion: .list(Context.catalog.environments.names))
  var name: String
  @OptionGroup var made: EnvironmentOptions
  @Flag(help: "Play in the terminal; for environments that wait for keys.") var text = false
  @Option(help: "How many episodes (default: no end).", transform: whole) var episodes: Int?
  @Option(help: "The seed of the first episode (default: a new one each time).", transform: whole)
  var seed: UInt64?
  @Option(help: "Steps a second (default: the environment's natural number).", transform: whole)
  var fps: Int?
  @Option(help: "How many times faster than that; 0.5 is half as fast.") var speed = 1.0

  func run() throws {
    try requirePositive(episodes, "--episodes")
    let entry = try Context.environment(name, made)
    guard let keyMap = entry.keyMap else {
      throw ExperimentError.invalid(
        "\(entry.id) has no keys for its actions. Let its type conform to Playable, which takes one property, keyMap."
      )
    }
    let frames = try Watching.framesPerSecond(of: entry, wanted: fps, speed: speed)
    if text && keyMap.idle != .wait {
      throw ExperimentError.invalid(
        "\(entry.id) goes on while no key is held, which a terminal cannot tell; play it in a window, without --text."
      )
    }
    if text, fps != nil || speed != 1 {
      throw ExperimentError.invalid(
        "In a terminal \(entry.id) waits for keys; leave out --fps and --speed.")
    }
    let first = seed ?? UInt64.random(in: 0..<1_000_000)
    let loop = EpisodeLoop(
      PolicyPlayer(randomIn: entry.spec, seed: first), in: try entry.requireDrawable(),
      seed: first, stepLimit: .max, drawnRow: 0)
    let show = Show(loop, episodes: episodes, framesPerSecond: frames, speed: speed)
    Interruption.install()
    if text {
      var shown = TextShow(show)
      Watching.summarize(try shown.play(keyMap))
      return
    }
    do {
      var shown = try WindowShow(show, title: "\(entry.id) - play", keyMap: keyMap)
      Watching.summarize(try shown.run())
    } catch {
      throw Watching.explained(
        error,
        alternatives: keyMap.idle == .wait ? ["\(Invocation.program) play \(entry.id) --text"] : [])
    }
  }
}
