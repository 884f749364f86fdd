internal import RLGym

extension RunSummary {
  /// The text for people.
  static func text(_ session: TrainingSession, _ result: Evaluation) -> String {
    let path = session.path
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
      "  \(Invocation.program) evaluate \(path)              play 100 episodes with the final model",
      "  \(Invocation.program) evaluate \(path)/best         the same with the best one",
    ]
    return lines.joined(separator: "\n")
  }
}
