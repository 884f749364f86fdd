internal import Foundation
internal import RLGym

/// What a finished run has to say.
struct RunSummary: Encodable {
  struct Figures: Encodable {
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
  var solvedAtStep: Int?
  var solvedAtSecond: Double?
  var run: String

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

  private enum CodingKeys: CodingKey {
    case algorithm, environment, steps, seed, wallSeconds, stepsPerSecond, evaluation, solvedAtStep
    case solvedAtSecond, run
  }

  /// Writes `null` where the task was not solved.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(algorithm, forKey: .algorithm)
    try container.encode(environment, forKey: .environment)
    try container.encode(steps, forKey: .steps)
    try container.encode(seed, forKey: .seed)
    try container.encode(wallSeconds, forKey: .wallSeconds)
    try container.encode(stepsPerSecond, forKey: .stepsPerSecond)
    try container.encode(evaluation, forKey: .evaluation)
    try container.encode(solvedAtStep, forKey: .solvedAtStep)
    try container.encode(solvedAtSecond, forKey: .solvedAtSecond)
    try container.encode(run, forKey: .run)
  }

  /// One JSON object.
  var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }

  /// The same for people.
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
