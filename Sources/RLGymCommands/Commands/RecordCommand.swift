internal import ArgumentParser
internal import Foundation
internal import RLGym

/// `rlgym record RUN --output FILE`
struct RecordCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "record", abstract: "Record episodes as a video.",
    discussion: """
      The name of the output says the format: .apng (or .png) and .gif need nothing else, .mp4 needs the \
      program ffmpeg, and a name without an ending is a folder of PNG files.
      """)

  @OptionGroup var who: ActorOptions
  @Option(
    name: .shortAndLong, help: "The file to write.",
    completion: .file(extensions: ["apng", "png", "gif", "mp4"]))
  var output: String
  @Option(help: "How many episodes, one after the other.", transform: whole) var episodes: Int = 1
  @Option(
    help: "The seed of the first episode (default: one that training never used).", transform: whole
  )
  var seed: UInt64?
  @Option(help: "Frames a second (default: the environment's natural number).", transform: whole)
  var fps: Int?
  @Option(
    help:
      "Steps after which an episode is cut (default: 10000, or the environment's time limit if that is longer).",
    transform: whole)
  var maxSteps: Int?
  @Option(help: "Pixels a point of the environment's drawings, up to 8.") var scale = 1.0

  func run() throws {
    try requirePositive(episodes, "--episodes")
    try requirePositive(maxSteps, "--max-steps")
    guard scale > 0, scale <= 8 else {
      throw ExperimentError.invalid("--scale must be more than 0 and at most 8, not \(scale).")
    }
    try requireOutput(output)
    let format = try RecordingFormat(path: output)
    if format == .pngFolder, fps != nil {
      throw ExperimentError.invalid(
        "A folder of pictures has no frames a second; leave out --fps, or give a name that ends in .apng, .gif or .mp4."
      )
    }
    let recording = try recording()
    Interruption.install()
    let display = RecordingProgress(episodes: episodes)
    let result = try recording.record(to: output, format) {
      display.show($0)
      return Interruption.signalNumber == nil
    }
    display.clear()
    guard let result else {
      Output.note("Stopped; nothing was recorded.")
      throw ExitCode(128 + (Interruption.signalNumber ?? SIGINT))
    }
    if let remark = result.remark { Output.warn(remark.remarkText) }
    if result.cutEpisodes > 0 {
      Output.warn(
        "\(result.cutEpisodes) of \(result.returns.count) episodes went on after \(Format.count(recording.stepLimit)) steps and are cut there; --max-steps says where."
      )
    }
    try Output.result(
      Self.summary(recording, result, bytes: FileStore.byteCount(of: output), output))
  }

  private func recording() throws -> EpisodeRecording {
    let actor = try who.actor(example: "record --random CartPole --output video.apng")
    let (player, first) = who.player(actor, seed: seed)
    var recording = EpisodeRecording(
      entry: actor.entry, player: player, seed: first, episodes: episodes, framesPerSecond: fps,
      scale: scale)
    recording.stepLimit = maxSteps ?? recording.stepLimit
    return recording
  }

  private static func summary(
    _ recording: EpisodeRecording, _ result: EpisodeRecording.Result, bytes: Int, _ output: String
  ) -> String {
    let episodes = "\(result.returns.count) episode\(result.returns.count == 1 ? "" : "s")"
    let mean = mean(of: result.returns)
    let seconds = Double(result.frames) / Double(result.framesPerSecond)
    return """
      \(episodes) of \(recording.entry.id), \(result.returns.count == 1 ? "" : "mean ")return \(Format.value(mean))
      \(output): \(Format.count(result.frames)) frames of \(result.width)x\(result.height), \(Format.duration(seconds)) at \(result.framesPerSecond) frames/s, \(Format.bytes(bytes))
      """
  }
}

/// Shows how far a recording is, if it takes long.
private final class RecordingProgress {
  private let episodes: Int
  private var next = ContinuousClock.now + .seconds(1)
  private var isShown = false

  init(episodes: Int) { self.episodes = episodes }

  func show(_ result: EpisodeRecording.Result) {
    guard ContinuousClock.now >= next else { return }
    let text =
      "episode \(result.returns.count + 1)/\(episodes)  \(Format.count(result.frames)) frames"
    if Output.isTerminal {
      Output.draw("\r\u{1b}[2K" + text)
      isShown = true
      next = .now + .milliseconds(100)
    } else {
      Output.note(text)
      next = .now + .seconds(5)
    }
  }

  func clear() {
    if isShown { Output.draw("\r\u{1b}[2K") }
  }
}
