internal import Foundation
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
    let worse = rows.count(where: \.isWorse)
    let better = rows.count(where: \.isBetter)
    lines.append(
      worse > 0
        ? "The second study is worse in \(worse) of \(rows.count) tasks, beyond the 95% interval."
        : better > 0
          ? "The second study is better in \(better) of \(rows.count) tasks and worse in none."
          : "No task shows a difference beyond its 95% interval.")
    if rows.count > 2 {
      let chance = 1 - pow(0.975, Double(2 * rows.count))
      lines.append(
        "Of two equal studies, up to \(Int((100 * chance).rounded()))% look worse somewhere by chance, as each of \(2 * rows.count) intervals errs so in 2.5% of cases."
      )
    }
    return lines.joined(separator: "\n")
  }
}
