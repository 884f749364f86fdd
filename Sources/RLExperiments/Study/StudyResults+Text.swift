internal import RLCore
internal import RLSupport

extension StudyResults {
  /// One row an evaluation of each run; what environments say of episodes has columns at the end, and so have episodes that
  /// were cut, if there are any.
  var csv: String {
    let runs = tasks.flatMap(\.runs)
    let names = Set(runs.flatMap { ($0.infoValues ?? [:]).keys }).sorted()
    let hasCuts = runs.contains { $0.cutValues != nil }
    var rows = [
      (["name,agent,environment,seed,step,seconds,return,stochastic_return"]
        + names.map(InfoField.meanName) + (hasCuts ? ["cut_episodes"] : []))
        .joined(separator: ",")
    ]
    for task in tasks {
      for run in task.runs {
        for i in run.steps.indices {
          let stochastic =
            run.stochasticValues.indices.contains(i) ? "\(run.stochasticValues[i])" : ""
          let infos = names.map { name in run.infoValues?[name].map { ",\($0[i])" } ?? "," }
          let cut = hasCuts ? ",\(run.cutValues?[i] ?? 0)" : ""
          rows.append(
            "\(task.name),\(task.agent),\(task.environment),\(run.seed),\(run.steps[i]),\(run.seconds[i]),\(run.values[i]),\(stochastic)\(infos.joined())\(cut)"
          )
        }
      }
    }
    return rows.joined(separator: "\n") + "\n"
  }
}

extension StudyResults.Task {
  /// What is to be said of episodes that the step limit of evaluations cut, if there are any: how many of how many.
  public var cutText: String? {
    let whole = runs.filter { $0.problem == nil }
    let final = whole.reduce(0) { $0 + ($1.cutEpisodes ?? 0) }
    let training = whole.reduce(0) { $0 + ($1.cutValues ?? []).reduce(0, +) }
    if final + training == 0 { return nil }
    let finals = whole.count * TrainingRun.finalEpisodes
    let others = whole.reduce(0) { $0 + $1.values.count } * TrainingRun.choiceEpisodes
    func share(_ count: Int, _ all: Int) -> String {
      "\(Format.count(count)) of \(Format.count(all))"
    }
    return
      "\(name): \(share(final, finals)) episodes with the final models and \(share(training, others)) of the evaluations in training were cut, as the environment has no time limit; their returns are not those of whole episodes."
  }
}
