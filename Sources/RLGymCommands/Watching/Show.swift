internal import RLGym

/// Episodes that are shown one after the other, and how fast: what windows and terminals have in common.
struct Show {
  private(set) var environment: SingleEnvironment
  private(set) var player: any Player
  /// The number of the present episode, from 1.
  private(set) var episode = 1
  /// How many episodes there are; `nil` for no end.
  let episodes: Int?
  /// The step that the last action was.
  private(set) var lastAction: [Float]?
  /// Whether time stands still.
  var isPaused = false
  /// How many times faster than natural.
  private(set) var speed: Double
  /// Steps a second at natural speed.
  let framesPerSecond: Int
  /// Of the first episode; `nil` if there is one episode only, which starts as the environment is.
  private let seed: UInt64?
  private var start: SingleEnvironment

  /// - Parameter seed: Of the first episode; the next ones have the seeds after it. `nil` for a single
  ///   episode that has started already.
  init(
    _ environment: SingleEnvironment, _ player: any Player, seed: UInt64?, episodes: Int?,
    framesPerSecond: Int, speed: Double
  ) {
    self.environment = environment
    self.player = player
    self.seed = seed
    self.episodes = seed == nil ? 1 : episodes
    self.framesPerSecond = framesPerSecond
    self.speed = speed
    if let seed { self.environment.reset(seed: seed) }
    start = self.environment
  }

  /// Whether the episode is over, or left by the player.
  var ended: Bool { environment.ended || player.hasLeft(environment) }

  /// Whether the last episode is over.
  var isOver: Bool { ended && episodes.map { episode >= $0 } ?? false }

  /// Seconds until the next step: the end of an episode stays for a while.
  var delay: Double {
    let step = 1 / (Double(framesPerSecond) * speed)
    return ended ? max(step, 0.8) : step
  }

  /// Takes the player's next step, or starts the next episode after an end.
  mutating func advance() {
    if ended {
      nextEpisode()
    } else {
      take(player.action(in: environment))
    }
  }

  /// Takes a step.
  mutating func take(_ action: [Float]) {
    guard !ended else { return }
    environment.step(action)
    lastAction = action
  }

  /// Starts the episode again.
  mutating func restart() {
    environment = start
    lastAction = nil
  }

  /// Leaves the episode for the next one; at the last one it starts anew.
  mutating func nextEpisode() {
    guard let seed else { return restart() }
    if episodes.map({ episode < $0 }) ?? true { episode += 1 }
    environment.reset(seed: seed &+ UInt64(episode - 1))
    start = environment
    lastAction = nil
  }

  /// Changes the speed by factors of 2, between 1/64 and 64.
  mutating func changeSpeed(by factor: Double) { speed = max(1 / 64, min(64, speed * factor)) }

  /// Return, step, action, reward and value.
  var figures: String {
    var words = [
      "return \(Format.value(environment.episodicReturn))", "step \(environment.length)",
    ]
    if let lastAction { words.append("action \(Self.text(lastAction))") }
    if environment.ended {
      words.append(environment.terminated ? "terminated" : "truncated")
    } else if let value = player.value(of: environment) {
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
