internal import RLGym

extension TuningResults {
  /// What people read in a terminal.
  var text: String {
    var rows = [["", "value", "new seeds (mean, 95%)", "against the start"]]
    for candidate in candidates {
      rows.append([
        name(candidate.trial), candidate.trial.value(plan.objective).map(Format.value) ?? "-",
        candidate.mean?.text ?? "-", candidate.advantage?.text ?? "",
      ])
    }
    let counts = ["complete", "pruned", "paused", "failed"].compactMap { word -> String? in
      let count = search.trials.count { Self.word($0.state) == word }
      return count == 0 ? nil : "\(count) \(word)"
    }
    var changed = best.trial.settings.sorted { $0.key < $1.key }
    changed = changed.filter { plan.space.start[$0.key]?.word != $0.value.word }
    return """
      \(plan.agent) in \(plan.environment): \(search.trials.count) trials, \(counts.joined(separator: ", "))
      \(StudyTable.columns(rows))

      \(verdict)
      \(changed.map { "  \($0.key)=\($0.value.word)" }.joined(separator: "\n"))
      """
  }
}
