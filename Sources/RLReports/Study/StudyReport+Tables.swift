internal import RLExperiments
internal import RLStatistics

extension StudyReport {
  typealias Cell = ReportPage.Cell

  /// Everything that was measured in an environment.
  func figuresTable(_ environment: String) -> String {
    let tasks = tasks(in: environment)
    var head = ["Steps", "Runs", "Final return", "Mean", "Range", "Over budget"]
    let hasThreshold = tasks.contains { $0.stepsToThreshold != nil }
    if hasThreshold { head += ["Reached", "Steps to it", "Time to it"] }
    let infos = Set(tasks.flatMap { $0.infos.map(\.name) }).sorted()
    head += infos
    let rows = tasks.map { task in
      let finals = task.runs.map(\.final)
      let speeds = task.runs.compactMap(\.stepsPerSecond)
      var row = [
        Cell(html: ReportPage.swatch(style(task.name)) + SVG.escaped(task.name)),
        number(
          NumberText.count(Double(task.steps)),
          speeds.isEmpty ? "" : "\(NumberText.count(median(speeds)))/s"),
        number("\(task.runs.count)"),
        number(estimate: task.final),
        number(NumberText.value(task.mean), NumberText.deviation(task.deviation)),
        number(
          NumberText.value(finals.max() ?? .nan), "from \(NumberText.value(finals.min() ?? .nan))"),
        number(estimate: task.area),
      ]
      if hasThreshold {
        let reached = task.stepsToThreshold
        row.append(number(reached.map { "\($0.count) of \($0.of)" } ?? NumberText.unknown))
        row += [
          number(reached, NumberText.count), number(task.secondsToThreshold, NumberText.duration),
        ]
      }
      row += infos.map { name in
        task.infos.first { $0.name == name }.map {
          number(NumberText.value($0.mean), NumberText.deviation($0.deviation))
        } ?? number(NumberText.unknown)
      }
      return row
    }
    let random = tasks.first.map(\.random)
    let reference = tasks.compactMap(\.reference).first
    var words: [String] = []
    if let threshold = tasks.compactMap(\.threshold).first {
      words.append("solved from \(NumberText.round(threshold))")
    }
    if let random { words.append("random actions \(NumberText.value(random))") }
    if let reference { words.append("reference \(NumberText.round(reference))") }
    let note =
      words.isEmpty
      ? ""
      : "<p class=\"small\">For comparison: \(words.joined(separator: ", ")). Final return and return over the budget are IQMs with 95% intervals, mean with the deviation between runs, steps and time medians with 95% intervals.</p>"
    return ReportPage.table(
      "Figures of \(environment)", [Cell("Agent")] + head.map { number($0) }, rows)
      + ([note] + tasks.compactMap(\.cutText).map { "<p class=\"small\">\(SVG.escaped($0))</p>" })
      .map { "\n" + $0 }.joined()
  }

  private func number(_ text: String) -> Cell { Cell(text, isNumber: true) }

  /// A figure above its interval.
  private func number(_ text: String, _ interval: String) -> Cell {
    var cell = Cell(html: "\(SVG.escaped(text))<br/><small>\(SVG.escaped(interval))</small>")
    cell.isNumber = true
    return cell
  }

  private func number(estimate x: StudyResults.Estimate) -> Cell {
    number(NumberText.value(x.value), NumberText.interval(x))
  }

  private func number(_ reached: StudyResults.Reached?, _ text: (Double) -> String) -> Cell {
    guard let reached, reached.count > 0 else { return number(NumberText.unknown) }
    let median = reached.median.map(text) ?? "> budget"
    guard let low = reached.low else { return number(median) }
    return number(median, "[\(text(low)), \(reached.high.map(text) ?? "> budget")]")
  }

  /// The hyperparameters of all agents, environment by environment.
  var settingsSection: String {
    let tables = environments.map { environment in
      """
      <details\(environments.count == 1 ? " open=\"open\"" : "")>
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
