extension StudyReport {
  typealias Cell = ReportPage.Cell

  /// Everything that was measured in an environment.
  func figuresTable(_ environment: String) -> String {
    let tasks = tasks(in: environment)
    var head = [
      Cell("Agent"), Cell("Steps", isNumber: true), Cell("Runs", isNumber: true),
      Cell("Final return, IQM [95%]", isNumber: true), Cell("Mean ± deviation", isNumber: true),
      Cell("Lowest, highest", isNumber: true), Cell("Over the budget, IQM [95%]", isNumber: true),
    ]
    let hasThreshold = tasks.contains { $0.stepsToThreshold != nil }
    if hasThreshold {
      head += [
        Cell("Steps to threshold", isNumber: true), Cell("Seconds to threshold", isNumber: true),
      ]
    }
    head.append(Cell("Steps a second", isNumber: true))
    let rows = tasks.map { task in
      let finals = task.runs.map(\.final)
      let speeds = task.runs.compactMap(\.stepsPerSecond).sorted()
      var row = [
        Cell(html: ReportPage.swatch(style(task.name)) + SVG.escaped(task.name)),
        number(NumberText.count(Double(task.steps))), number("\(task.runs.count)"),
        number(NumberText.estimate(task.final)),
        number("\(NumberText.value(task.mean)) ± \(NumberText.value(task.deviation))"),
        number(
          "\(NumberText.value(finals.min() ?? .nan)), \(NumberText.value(finals.max() ?? .nan))"),
        number(NumberText.estimate(task.area)),
      ]
      if hasThreshold {
        row += [
          number(reachedText(task.stepsToThreshold, .steps)),
          number(reachedText(task.secondsToThreshold, .seconds)),
        ]
      }
      row.append(number(speeds.isEmpty ? NumberText.unknown : NumberText.count(speeds[speeds.count / 2])))
      return row
    }
    let random = tasks.first.map(\.random)
    let reference = tasks.compactMap(\.reference).first
    var words: [String] = []
    if let random { words.append("random actions \(NumberText.value(random))") }
    if let reference { words.append("reference \(NumberText.value(reference))") }
    let note = words.isEmpty ? "" : "<p class=\"small\">For comparison: \(words.joined(separator: ", ")).</p>"
    return ReportPage.table("Figures of \(environment)", head, rows) + "\n" + note
  }

  private func number(_ text: String) -> Cell { Cell(text, isNumber: true) }

  /// The hyperparameters of all agents, environment by environment.
  var settingsSection: String {
    let tables = environments.enumerated().map { index, environment in
      """
      <details\(index == 0 ? " open=\"open\"" : "")>
      <summary>\(SVG.escaped(environment))</summary>
      \(settingsTable(environment))
      </details>
      """
    }
    return """

      <section id="settings" aria-labelledby="settings-heading">
      <h2 id="settings-heading">Hyperparameters</h2>
      <p>Rows in which agents differ are marked with ≠; agents without a hyperparameter have a dash.</p>
      <label class="switch"><input type="checkbox" id="differences"/><span>only differences</span></label>
      \(tables.joined(separator: "\n"))
      </section>
      """
  }

  private func settingsTable(_ environment: String) -> String {
    let tasks = tasks(in: environment)
    let keys = Set(tasks.flatMap { $0.settings.keys }).sorted()
    var rows: [[Cell]] = []
    var marked: Set<Int> = []
    // Of an agent's kind, unless they are all of one.
    if Set(tasks.map(\.agent)).count > 1 || tasks.contains(where: { $0.agent != $0.name }) {
      rows.append([Cell("agent")] + tasks.map { Cell($0.agent) })
    }
    rows.append([Cell("steps")] + tasks.map { Cell(NumberText.count(Double($0.steps))) })
    if Set(tasks.map(\.steps)).count > 1 { marked.insert(rows.count - 1) }
    for key in keys {
      let values = tasks.map { $0.settings[key] }
      if Set(values.compactMap { $0 }).count > 1 { marked.insert(rows.count) }
      rows.append([Cell(key)] + values.map { Cell($0 ?? NumberText.unknown) })
    }
    for row in marked {
      rows[row][0] = Cell(html: "<span class=\"differs\">≠</span> " + rows[row][0].html)
    }
    let head = [Cell("Hyperparameter")] + tasks.map { Cell($0.name) }
    return ReportPage.table(
      "Hyperparameters in \(environment)", head, rows, marked: marked, classes: "settings")
  }
}
