internal import RLGym

extension TuningResults {
  /// What people read in a terminal.
  var text: String {
    var rows = [["", "value", "new seeds (mean, 95%)", "against the start"]]
    for candidate in candidates {
      rows.append([
        name(candidate), candidate.value.map(Format.value) ?? "-", candidate.mean?.text ?? "-",
        candidate.advantage?.text ?? "",
      ])
    }
    let states = counts.states.map { "\($0.count) \($0.state)" }
    return """
      \(plan.agent) in \(plan.environment): \(counts.trials) trials, \(states.joined(separator: ", "))
      \(StudyTable.columns(rows))

      \(verdict)
      \(changes.map { "  \($0.name)=\($0.value.word)" }.joined(separator: "\n"))
      """
  }
}
