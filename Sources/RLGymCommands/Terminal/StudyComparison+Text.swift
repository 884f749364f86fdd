internal import RLGym

extension StudyComparison {
  /// A table and a sentence.
  var text: String {
    var lines = rows.map { row in
      let verdict = row.isWorse ? "worse" : row.isBetter ? "better" : "no difference shown"
      return """
        \(row.task): \(verdict)
          final return     \(Format.value(row.first)) -> \(Format.value(row.second)), difference \(row.final.text)
          over the budget  difference \(row.area.text)
        """
    }
    let few = rows.filter { !$0.hasInterval }
    if !few.isEmpty {
      let runs = Set(few.map { "\($0.firstRuns) and \($0.secondRuns)" }).sorted()
        .joined(separator: ", ")
      lines.append(
        "Too few seeds for a verdict (\(runs)): so few runs of equal studies often differ as much as these. With \(fewestRuns) seeds a study differences can be told, with 10 also smaller ones."
      )
      if few.count == rows.count { return lines.joined(separator: "\n") }
    }
    let worse = rows.count(where: \.isWorse)
    let better = rows.count(where: \.isBetter)
    lines.append(
      worse > 0
        ? "The second study is worse in \(worse) of \(rows.count) \(rows.count == 1 ? "task" : "tasks"), beyond the 95% interval."
        : better > 0
          ? "The second study is better in \(better) of \(rows.count) \(rows.count == 1 ? "task" : "tasks") and worse in none."
          : "No task shows a difference beyond its 95% interval.")
    lines.append(
      "The intervals hold together: of a hundred pairs of equal studies, five at most show a difference \(rows.count == 1 ? "in either measure" : "anywhere") by chance."
    )
    return lines.joined(separator: "\n")
  }
}
