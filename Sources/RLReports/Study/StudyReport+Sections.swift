internal import RLExperiments

extension StudyReport {
  /// Curves, thresholds, final returns and the figures of an environment.
  func environmentSection(_ index: Int) -> String {
    let environment = environments[index]
    let id = "env-\(index)"
    let curves = RunPlot.Measure.allCases.map { measure in
      let chart = learningCurves(environment, over: measure)
      return ReportPage.curves(
        chart, id: "\(id)-\(measure)", classes: "over-\(measure)", at: measure.text)
    }
    let thresholds = RunPlot.Measure.allCases.compactMap { measure in
      thresholdChart(environment, over: measure).map {
        ReportPage.rows($0, id: "\(id)-threshold-\(measure)", classes: "over-\(measure)")
      }
    }
    var figures = [
      ReportPage.figure(
        "Final returns", "Every run as a dot; the IQM with its 95% interval.",
        ReportPage.rows(finalChart(environment), id: "\(id)-final"))
    ]
    if !thresholds.isEmpty {
      figures.insert(
        ReportPage.figure(
          "Experience to the threshold",
          "Every run as a dot, hollow arrows for runs that did not get there; the median with its 95% interval.",
          thresholds.joined(separator: "\n")), at: 0)
    }
    return """
      <section id="\(id)" aria-labelledby="\(id)-heading">
      <h2 id="\(id)-heading">\(SVG.escaped(environment))</h2>
      <p class="summary">\(summary(environment))</p>
      \(ReportPage.figure(
        "Learning curves", "The IQM over runs with a 95% band; dots on a curve only tell curves apart.",
        curves.joined(separator: "\n"), classes: "wide"))
      <div class="pair">
      \(figures.joined(separator: "\n"))
      </div>
      \(figuresTable(environment))
      </section>
      """
  }

  /// All environments together; empty where there is nothing to say.
  var scoresSection: String {
    var figures: [String] = []
    var words = ""
    if !results.aggregates.isEmpty {
      let places = results.commonEnvironments.map(SVG.escaped)
      words =
        "<p>Scores over \(Self.list(places)), from 0, as good as random actions, to 1, as good as the reference.</p>"
      figures.append(
        ReportPage.figure(
          "Performance profiles", "The share of runs above each score, with 95% bands.",
          ReportPage.curves(
            profileChart, id: "profile", at: { "score \(NumberText.value($0))" },
            value: NumberText.percent, isWide: false)))
    }
    if !results.improvements.isEmpty {
      let isOne = Set(results.improvements.map(\.environments)).count == 1
      let places = results.improvements.first.map { Self.list($0.environments.map(SVG.escaped)) }
      figures.append(
        ReportPage.figure(
          "Probability of improvement",
          isOne
            ? "Over \(places ?? ""); beyond 50% the first of a pair ends better."
            : "Over the environments that both are in; beyond 50% the first of a pair ends better.",
          ReportPage.rows(improvementChart, id: "improvement")))
    }
    let aggregates = aggregateCharts.enumerated().filter { !$0.element.rows.isEmpty }
    let small = aggregates.map { ReportPage.rows($0.element, id: "aggregate-\($0.offset)") }
    if figures.isEmpty && small.isEmpty { return "" }
    return """
      <section id="scores" aria-labelledby="scores-heading">
      <h2 id="scores-heading">All together</h2>
      \(words)
      <div class="pair">
      \(figures.joined(separator: "\n"))
      </div>
      \(small.isEmpty
        ? ""
        : ReportPage.figure(
          "Aggregate scores", "With 95% intervals.",
          "<div class=\"quad\">\n\(small.joined(separator: "\n"))\n</div>", classes: "wide"))
      </section>
      """
  }

  /// The runs that failed; empty if none did.
  var failuresSection: String {
    let rows = results.tasks.flatMap { task in
      task.runs.compactMap { run in
        run.problem.map { [task.name, task.environment, "\(run.seed)", $0] }
      }
    }
    if rows.isEmpty { return "" }
    return """

      <section id="failures" aria-labelledby="failures-heading">
      <h2 id="failures-heading">Failed runs</h2>
      <p>They count with the return of random actions and as runs that never reached the threshold.</p>
      \(ReportPage.table(
        "Failed runs", ["Agent", "Environment", "Seed", "Why"].map { ReportPage.Cell($0) },
        rows.map { $0.map { ReportPage.Cell($0) } }))
      </section>
      """
  }

  /// Where and how the study was made, and how to read it.
  var originSection: String {
    let origin = results.origin
    let facts = [
      ("Command", "<code>\(SVG.escaped(origin.command))</code>"),
      ("Date", SVG.escaped(Self.day(origin.date))),
      ("Version", "rlgym \(SVG.escaped(origin.rlgym))"),
      (
        "Machine",
        "\(SVG.escaped(origin.cpu)), \(Self.counted(origin.cores, "core")), \(SVG.escaped(origin.host))"
      ),
      ("System", SVG.escaped(origin.system)), ("Seeds", "\(origin.seeds)"),
      ("Evaluations", "\(origin.evaluations) over the budget"),
      (
        "Data",
        "<code>results.json</code> and <code>results.csv</code> lie beside this page in the study’s directory."
      ),
    ]
    return "\n" + ReportPage.origin(facts, protocolText)
  }
}
