internal import RLGym

extension RunComparison {
  /// A table with a column a side, and what it can say.
  var text: String {
    let sides = [first, second]
    func row(_ name: String, _ cell: (Side) -> String) -> [String] { [name] + sides.map(cell) }
    var rows = [
      [""] + sides.map(\.path), row("agent") { Self.unequal($0.runs.map(\.record.agent)) },
      row(sides.contains { $0.runs.count > 1 } ? "seeds" : "seed") {
        Self.list($0.runs.map { "\($0.record.seed)" }) ?? "\($0.runs.count) runs"
      },
      row("final return", Self.final),
    ]
    if sides.contains(where: { $0.runs.count > 1 }) {
      rows.append(
        row("run by run") { side in
          let finals = side.runs.map(\.summary.evaluation.mean).sorted()
          return Self.list(finals.map(Format.value))
            ?? "\(Format.value(finals[0])) to \(Format.value(finals[finals.count - 1]))"
        })
    }
    rows.append(row("steps") { Self.unequal($0.runs.map { Format.count($0.summary.steps) }) })
    if sides.contains(where: { $0.runs.contains { $0.summary.solvedAtStep != nil } }) {
      rows.append(
        row("steps to the threshold") { side in
          let steps = side.runs.map(\.summary.solvedAtStep)
          return Self.list(steps.map { $0.map(Format.count) ?? "not reached" })
            ?? "\(steps.count { $0 != nil }) of \(steps.count) reached it"
        })
    }
    rows.append(
      row("seconds of training") { side in
        let seconds = side.runs.map(\.summary.wallSeconds)
        return Self.list(seconds.map { Format.decimal($0) })
          ?? "\(Format.decimal(seconds.min() ?? 0)) to \(Format.decimal(seconds.max() ?? 0))"
      })
    rows += differences.map { one in
      [one.name] + [one.first, one.second].map { $0.isEmpty ? "-" : $0.joined(separator: " | ") }
    }
    return """
      \(first.runs[0].record.environment)
      \(StudyTable.columns(rows))

      \(evidence)
      No verdict and no interval; for these, train 10 seeds or more of each setting with: \(Invocation.program) benchmark --config study.yaml --output study
      """
  }

  /// A few words one after the other; `nil` for more of them.
  private static func list(_ words: [String]) -> String? {
    words.count > 5 ? nil : words.joined(separator: ", ")
  }

  /// Each word once.
  private static func unequal(_ words: [String]) -> String {
    Set(words).sorted().joined(separator: ", ")
  }

  /// Over the episodes of a single run, and between runs where there are several.
  private static func final(_ side: Side) -> String {
    guard let deviation = side.deviation else {
      let figures = side.runs[0].summary.evaluation
      return
        "\(Format.value(figures.mean)) \(Format.deviation(figures.std)) over \(figures.episodes) episodes"
    }
    return
      "\(Format.value(side.mean)) ± \(Format.value(deviation)) between \(side.runs.count) runs"
  }
}
