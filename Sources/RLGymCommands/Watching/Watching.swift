internal import Foundation
internal import RLGym

/// What `watch` and `play` have in common.
enum Watching {
  /// How many frames a second there are, or why there are none.
  static func framesPerSecond(
    of entry: EnvironmentRegistry.Entry, wanted: Int?, speed: Double
  ) throws -> Int {
    let frames = try entry.framesPerSecond(wanted: wanted)
    guard speed >= 1.0 / 64, speed <= 64 else {
      throw ExperimentError.invalid("--speed must be 1/64 to 64, not \(speed).")
    }
    return frames
  }

  /// What to do where no window opens.
  static func explained(_ error: any Error, alternatives: [String]) -> any Error {
    guard let error = error as? RenderingError else { return error }
    return ExperimentError.failed(
      "\(error)\n" + alternatives.map { "  try: \($0)" }.joined(separator: "\n"))
  }

  /// Waits, in slices that a signal ends.
  static func sleep(_ seconds: Double) throws {
    let end = ContinuousClock.now + .seconds(seconds)
    while Interruption.signalNumber == nil, ContinuousClock.now < end {
      Thread.sleep(
        forTimeInterval: min(0.05, max(0, ContinuousClock.now.duration(to: end) / .seconds(1))))
    }
  }

  /// One line on how it ended, on standard error.
  static func summarize(_ show: Show) {
    let row = show.row
    let end = row.terminated ? "terminated" : row.truncated ? "truncated" : "left"
    Output.note(
      "episode \(show.episode): return \(Format.value(row.episodicReturn)) in \(row.length) steps, \(end)"
    )
  }
}
