internal import RLGym

/// Episodes that are shown one after the other, and how fast: what windows and terminals have in common.
struct Show {
  /// The episode that is shown is in its only row.
  let loop: EpisodeLoop
  /// The number of the present episode, from 1.
  private(set) var episode = 1
  /// How many episodes there are; `nil` for no end.
  let episodes: Int?
  /// Whether time stands still.
  var isPaused = false
  /// How many times faster than natural.
  private(set) var speed: Double
  /// Steps a second at natural speed.
  let framesPerSecond: Int

  /// - Parameter loop: Of one environment.
  init(_ loop: EpisodeLoop, episodes: Int?, framesPerSecond: Int, speed: Double) {
    self.loop = loop
    self.episodes = episodes
    self.framesPerSecond = framesPerSecond
    self.speed = speed
    loop.begin(0)
  }

  /// How far the episode is.
  var row: EpisodeLoop.Row { loop.rows[0] }

  /// What the environment looks like.
  ///
  /// - Throws: `ExperimentError` if it cannot be drawn, and `EnvironmentFault` for what it did that nobody can act on.
  func drawing() throws -> Drawing {
    if let fault = loop.fault { throw fault }
    guard let drawing = loop.drawing(of: 0) else {
      throw ExperimentError.undrawable(loop.spec.id)
    }
    return drawing
  }

  /// The action of the last step.
  var lastAction: [Float]? { row.length == 0 ? nil : Array(loop.action(of: 0)) }

  /// Whether the last episode is over.
  var isOver: Bool { row.isOver && episodes.map { episode >= $0 } ?? false }

  /// Seconds until the next step: the end of an episode stays for a while.
  var delay: Double {
    let step = 1 / (Double(framesPerSecond) * speed)
    return row.isOver ? max(step, 0.8) : step
  }

  /// Takes the player's next step, or starts the next episode after an end.
  mutating func advance() {
    if row.isOver { nextEpisode() } else { loop.step() }
  }

  /// Takes a step.
  func take(_ action: [Float]) {
    if !row.isOver { loop.step(action) }
  }

  /// Starts the episode again.
  func restart() { loop.begin(episode - 1) }

  /// Leaves the episode for the next one; at the last one it starts anew.
  mutating func nextEpisode() {
    if episodes.map({ episode < $0 }) ?? true { episode += 1 }
    restart()
  }

  /// Changes the speed by factors of 2, between 1/64 and 64.
  mutating func changeSpeed(by factor: Double) { speed = max(1 / 64, min(64, speed * factor)) }

  /// Return, step, action, reward and value.
  var figures: String {
    var words = ["return \(Format.value(row.episodicReturn))", "step \(row.length)"]
    if let lastAction { words.append("action \(Self.text(lastAction))") }
    if row.terminated || row.truncated {
      words.append(row.terminated ? "terminated" : "truncated")
    } else if let value = loop.player.value(of: 0, in: loop) {
      words.append("value \(Format.value(value))")
    }
    return words.joined(separator: "  ")
  }

  /// Episode, speed, and whether time stands still.
  var situation: String {
    var words = ["episode \(episode)" + (episodes.map { " of \($0)" } ?? "")]
    if speed != 1 {
      words.append(
        "speed \(speed >= 1 ? "\(Format.decimal(speed, speed < 2 ? 2 : 0))x" : "1/\(Format.decimal(1 / speed, 0))")"
      )
    }
    if isPaused { words.append("paused") }
    return words.joined(separator: "  ")
  }

  private static func text(_ action: [Float]) -> String {
    action.map { x in
      x == x.rounded() && abs(x) < 1e6 ? "\(Int(x))" : Format.decimal(Double(x), 2)
    }.joined(separator: " ")
  }
}
