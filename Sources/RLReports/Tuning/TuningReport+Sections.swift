internal import RLExperiments
internal import RLSupport

extension TuningReport {
  typealias Cell = ReportPage.Cell

  /// Whether the search found anything.
  var resultSection: String {
    var figures: [String] = []
    if plan.confirm > 0 {
      figures.append(
        ReportPage.figure(
          "With new seeds",
          "Every run as a dot; the mean with its 95% interval. None of these seeds took part in the search.",
          ReportPage.rows(confirmationChart, id: "confirmation")))
      if !advantageChart.rows.isEmpty {
        figures.append(
          ReportPage.figure(
            "Against \(results.startName)",
            "The median of the differences of all pairs of runs; the intervals hold for all rows together with 95%, as the best of several is chosen.",
            ReportPage.rows(advantageChart, id: "advantage")))
      }
    }
    return """
      <section id="result" aria-labelledby="result-heading">
      <h2 id="result-heading">Result</h2>
      <p class="summary">\(SVG.escaped(results.verdict))</p>
      <p>Values are \(plan.objective.meaning), averaged over seeds. The best configuration is in <code>best.yaml</code>.</p>
      <div class="pair">
      \(figures.joined(separator: "\n"))
      </div>
      \(bestTable)
      </section>
      """
  }

  /// The hyperparameters of the best and of the starting point.
  private var bestTable: String {
    let best = results.configuration(of: results.best.trial)
    let rows = plan.space.dimensions.flatMap { dimension in
      dimension.keys.map { key in
        let found = best.first { $0.name == key }?.value.word ?? NumberText.unknown
        let start = plan.space.start[key]?.word ?? NumberText.unknown
        return (key, found, start)
      }
    }
    let marked = Set(rows.indices.filter { rows[$0].1 != rows[$0].2 })
    return ReportPage.table(
      "Hyperparameters of the best", [Cell("Hyperparameter"), Cell("Best"), Cell("Start")],
      rows.map { [Cell($0.0), Cell($0.1), Cell($0.2)] }, marked: marked, classes: "settings")
  }

  var historySection: String {
    """
    <section id="history" aria-labelledby="history-heading">
    <h2 id="history-heading">History</h2>
    \(ReportPage.figure(
      "Trial by trial",
      "Filled where the trial is complete, hollow where it was cut off, with what was seen until then; the line is the best so far.",
      ReportPage.curves(historyChart, id: "history-chart", at: { "trial \(NumberText.count($0))" }),
      classes: "wide"))
    \(ReportPage.figure(
      "Learning curves",
      "The mean over seeds at each evaluation. Faint lines are the other trials; those that were cut off end early.",
      ReportPage.curves(
        curvesChart, id: "curves-chart", at: { "\(NumberText.count($0)) steps" }),
      classes: "wide"))
    </section>
    """
  }

  /// Each hyperparameter against the value, those that matter most first.
  var slicesSection: String {
    let order = plan.space.dimensions.indices.sorted { a, b in
      let (x, y) = (importance[a] ?? -1, importance[b] ?? -1)
      return x > y || (x == y && a < b)
    }
    let figures = order.map { i in
      let words =
        importance[i].map { "Absolute rank correlation with the value: \(Format.decimal($0, 2))." }
        ?? "No rank correlation is known."
      return ReportPage.figure(
        SVG.escaped(plan.space.dimensions[i].name), words,
        ReportPage.dots(slice(i), id: "slice-\(i)"))
    }
    return """
      <section id="slices" aria-labelledby="slices-heading">
      <h2 id="slices-heading">Hyperparameters</h2>
      <p>One dot a trial. The rank correlation (Spearman’s, over completed trials, from \(Self.enough) on) says how \
      steadily the value rises or falls along a hyperparameter by itself; it sees neither an optimum in the middle nor \
      what only matters together, and a search that draws good values more often bends it.</p>
      <div class="quad">
      \(figures.joined(separator: "\n"))
      </div>
      </section>
      """
  }

  var trialsSection: String {
    let names = plan.space.dimensions.map(\.name)
    let head =
      [Cell("Trial"), Cell("Chosen by"), Cell("State"), Cell("Value", isNumber: true)]
      + [Cell("Evaluations", isNumber: true)] + names.map { Cell($0) }
    let best = results.best.trial.number
    let rows = trials.map { trial in
      var state = TuningResults.word(trial.state)
      if case .failed(let problem) = trial.state { state += ": \(problem)" }
      return [
        Cell("\(trial.number)"), Cell(trial.origin.rawValue), Cell(state),
        Cell(value(trial).map { NumberText.value($0) } ?? NumberText.unknown, isNumber: true),
        Cell("\(trial.pointsSeen)", isNumber: true),
      ]
        + names.map { name in
          Cell((trial.settings[name] ?? plan.space.start[name])?.word ?? NumberText.unknown)
        }
    }
    return """
      <section id="trials" aria-labelledby="trials-heading">
      <h2 id="trials-heading">Trials</h2>
      \(ReportPage.table("Trials", head, rows, marked: Set(trials.indices.filter { trials[$0].number == best })))
      </section>
      """
  }

  var originSection: String {
    let machine = Machine()
    let facts = [
      ("Command", "<code>\(SVG.escaped(results.command))</code>"),
      ("Version", "rlgym \(SVG.escaped(rlgymVersion))"),
      (
        "Machine",
        "\(SVG.escaped(machine.cpu)), \(StudyReport.counted(machine.cores, "core")), \(SVG.escaped(machine.host))"
      ),
      ("Sampler", samplerWords), ("Pruner", prunerWords),
      (
        "Seeds",
        "\(plan.seedsPerTrial) a trial, \(plan.confirm) others to confirm; search \(plan.seed)"
      ),
      (
        "Data",
        "<code>trials.jsonl</code> and <code>results.csv</code> lie beside this page in the search’s directory."
      ),
    ]
    let words = """
      <p>A trial is a configuration, trained with the same seeds as every other; its value is \(plan.objective.meaning), \
      averaged over the seeds. \(plan.points) evaluations over the budget play 20 episodes each, in environments and with \
      start states of their own that training never sees. Since the best of many trials is also a lucky one, the \
      \(TuningPlan.confirmed) best and the starting point are trained again with seeds that took no part in the search, and \
      only these runs decide which is best (Eimer, Lindauer and Raileanu, “Hyperparameters in Reinforcement Learning and \
      How To Tune Them”, 2023). Runs that failed count with the return of random actions there; in the search a failed \
      trial is worse than all others. Intervals of means are from the bootstrap with \
      \(NumberText.count(Double(TuningResults.repetitions))) draws, as wide as the number of seeds needs; those of differences are of \
      Mann and Whitney’s test.</p>
      """
    return ReportPage.origin(facts, words)
  }

  private var samplerWords: String {
    plan.sampler == .random
      ? "random (Bergstra and Bengio 2012)"
      : "tree-structured Parzen estimator (Bergstra et al. 2011), multivariate, after \(Sampler.startupTrials) trials at random"
  }

  private var prunerWords: String {
    switch plan.pruner {
    case .none: "none"
    case .median:
      "median: a run is stopped when its best evaluation is below the median of the completed trials’ at the same place, after \(Pruner.startupTrials) trials and \(Pruner.warmup(plan.points)) evaluations"
    case .halving:
      "asynchronous successive halving (Li et al. 2020): of those at \(StudyReport.list(plan.pruner.rungs(plan.points).dropLast().map(String.init))) evaluations, one in \(Pruner.reduction) goes on"
    }
  }
}
