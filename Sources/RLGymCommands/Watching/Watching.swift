internal import Foundation
internal import RLGym

/// What `watch` and `play` have in common.
enum Watching {
  /// How many frames a second there are, or why there are none.
  static func framesPerSecond(
    of entry: EnvironmentRegistry.Entry, wanted: Int?, speed: Double
  ) throws -> Int {
    guard let natural = entry.framesPerSecond else { throw undrawable(entry.id) }
    if let wanted, !(1...1000).contains(wanted) {
      throw UsageError("--fps must be 1 to 1000, not \(wanted).")
    }
    guard speed >= 1.0 / 64, speed <= 64 else {
      throw UsageError("--speed must be 1/64 to 64, not \(speed).")
    }
    return wanted ?? natural
  }

  /// One environment of the kind.
  static func environment(_ entry: EnvironmentRegistry.Entry) throws -> SingleEnvironment {
    guard let make = entry.makeSingle, entry.framesPerSecond != nil else {
      throw undrawable(entry.id)
    }
    return make()
  }

  static func undrawable(_ id: String) -> UsageError {
    UsageError(
      "\(id) cannot be drawn. Let its type conform to Drawable, which takes one function, drawing()."
    )
  }

  /// What to do where no window opens.
  static func explained(_ error: any Error, alternatives: [String]) -> any Error {
    guard let error = error as? RenderingError else { return error }
    return RunError("\(error)\n" + alternatives.map { "  try: \($0)" }.joined(separator: "\n"))
  }

  /// Waits, in slices that a signal ends.
  static func sleep(_ seconds: Double) throws {
    let end = ContinuousClock.now + .seconds(seconds)
    while Interruption.signalNumber == nil, ContinuousClock.now < end {
      Thread.sleep(
        forTimeInterval: min(0.05, max(0, ContinuousClock.now.duration(to: end).seconds)))
    }
  }

  /// One line on how it ended, on standard error.
  static func summarize(_ show: Show) {
    let environment = show.environment
    let end = environment.ended ? environment.terminated ? "terminated" : "truncated" : "left"
    Output.note(
      "episode \(show.episode): return \(Format.value(environment.episodicReturn)) in \(environment.length) steps, \(end)"
    )
  }
}
