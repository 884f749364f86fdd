internal import RLGym

extension RunSummary {
  /// The text for people.
  static func text(_ run: TrainingRun, _ result: Evaluation) -> String {
    let path = run.path
    var lines = [
      "",
      "Trained \(Format.count(run.stepsDone)) steps in \(Format.duration(run.wallSeconds)) (\(Format.count(Int(clamping: run.stepsPerSecond))) steps/s).",
      "Return over \(result.returns.count) episodes: \(result.meanText), from \(Format.value(result.minimum)) to \(Format.value(result.maximum)).",
    ]
    let infos = result.meanInfos.sorted { $0.key < $1.key }
      .map { "\($0.key) \(Format.value($0.value))" }
    if let cut = Evaluation.cutText(result) { lines.append(cut) }
    if !infos.isEmpty { lines.append("Means of the episodes: \(infos.joined(separator: ", ")).") }
    if let threshold = run.threshold {
      if let step = run.solvedAtStep, let second = run.solvedAtSecond {
        lines.append(
          "Solved (mean of \(Format.value(threshold)) or more over 100 episodes) after \(Format.count(step)) steps and \(Format.duration(second))."
        )
      } else {
        lines.append(
          "Not solved: no evaluation of 100 episodes reached \(Format.value(threshold)).")
      }
    }
    lines += [
      "The run lies in \(path).", "", "Next:",
      "  \(Invocation.program) evaluate \(Invocation.quoted(path))              play 100 episodes with the final model",
      "  \(Invocation.program) evaluate \(Invocation.quoted(path + "/best"))         the same with the best one",
    ]
    return lines.joined(separator: "\n")
  }
}

extension Evaluation {
  /// What is to be said of episodes that were cut, if there are any.
  static func cutText(_ result: Evaluation) -> String? {
    guard result.cutEpisodes > 0 else { return nil }
    let length = zip(result.lengths, result.isCut).filter { $1 }.map(\.0).max() ?? 0
    return
      "\(result.cutEpisodes) of \(result.returns.count) episodes were cut after \(Format.count(length)) steps, as the environment has no time limit; their returns are not those of whole episodes."
  }
}
