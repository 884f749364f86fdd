internal import Foundation
internal import RLGym

/// What a finished run has to say, as `--json` prints it and `summary.json` keeps it.
struct RunSummary: Codable {
  static let file = "summary.json"

  struct Figures: Codable {
    var episodes: Int
    var mean: Double
    var std: Double
    var min: Double
    var max: Double
  }

  var algorithm: String
  var environment: String
  var steps: Int
  var seed: UInt64
  var wallSeconds: Double
  var stepsPerSecond: Double
  var evaluation: Figures
  @Nullable var solvedAtStep: Int?
  @Nullable var solvedAtSecond: Double?
  var run: String

  /// A value that JSON has as `null` where there is none, instead of leaving it out.
  @propertyWrapper struct Nullable<Value: Codable>: Codable {
    var wrappedValue: Value?

    init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }
    init(from decoder: any Decoder) throws { wrappedValue = try Value?(from: decoder) }
    func encode(to encoder: any Encoder) throws { try wrappedValue.encode(to: encoder) }
  }

  init(_ session: TrainingSession, _ result: Evaluation) {
    algorithm = session.plan.kind.name
    environment = session.plan.entry.id
    steps = session.stepsDone
    seed = session.plan.seed
    wallSeconds = session.wallSeconds
    stepsPerSecond = session.stepsPerSecond
    evaluation = Figures(
      episodes: result.returns.count, mean: result.mean, std: result.deviation,
      min: result.minimum, max: result.maximum)
    solvedAtStep = session.solvedAtStep
    solvedAtSecond = session.solvedAtSecond
    run = session.directory.path
  }

  /// Reads the summary of the run in a directory.
  init(reading run: String) throws {
    let path = run + "/" + Self.file
    let bytes = try FileStore.read(path)
    do {
      self = try JSONText.decode(bytes)
    } catch {
      throw FileError.damaged(path, reason: "it is no summary of a run")
    }
  }

  /// The text for people.
  static func text(_ session: TrainingSession, _ result: Evaluation) -> String {
    let path = session.directory.path
    var lines = [
      "",
      "Trained \(Format.count(session.stepsDone)) steps in \(Format.duration(session.wallSeconds)) (\(Format.count(Int(session.stepsPerSecond))) steps/s).",
      "Return over \(result.returns.count) episodes: \(Format.value(result.mean)) ± \(Format.value(result.halfInterval)) (95% interval), from \(Format.value(result.minimum)) to \(Format.value(result.maximum)).",
    ]
    if let threshold = session.threshold {
      if let step = session.solvedAtStep, let second = session.solvedAtSecond {
        lines.append(
          "Solved (mean of \(Format.value(threshold)) or more over 100 episodes) after \(Format.count(step)) steps and \(Format.duration(second))."
        )
      } else {
        lines.append("Not solved: no evaluation reached \(Format.value(threshold)).")
      }
    }
    lines += [
      "The run lies in \(path).", "", "Next:",
      "  \(Context.program) evaluate \(path)              play 100 episodes with the final model",
      "  \(Context.program) evaluate \(path)/best         the same with the best one",
    ]
    return lines.joined(separator: "\n")
  }
}
