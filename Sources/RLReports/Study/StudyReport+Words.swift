internal import RLExperiments
internal import RLStatistics

extension StudyReport {
  /// What came out in an environment, in a sentence or two (HTML).
  func summary(_ environment: String) -> String {
    let tasks = tasks(in: environment)
    let ranked = tasks.sorted { ($0.final.value, $1.name) > ($1.final.value, $0.name) }
    guard let best = ranked.first else { return "" }
    func strong(_ name: String) -> String { "<strong>\(SVG.escaped(name))</strong>" }
    func named(_ tasks: some Sequence<StudyResults.Task>) -> String {
      Self.list(tasks.map { "\(strong($0.name)) (\(NumberText.value($0.final.value)))" })
    }
    let figures = "a return of \(NumberText.estimate(best.final))"
    guard tasks.count > 1 else {
      return
        "\(strong(best.name)) ends with \(figures) after \(NumberText.count(Double(best.steps))) steps. \(speed(tasks, strong))"
    }
    let others = ranked.dropFirst()
    let verdicts = others.map { ($0, shift(from: $0, to: best, among: tasks.count)) }
    let beaten = verdicts.filter(\.1.isUp).map(\.0)
    let rivals = verdicts.filter { !$0.1.isUp }.map(\.0)
    var sentence = "\(strong(best.name)) ends highest, with \(figures)"
    if !beaten.isEmpty { sentence += ", better than \(named(beaten))" }
    if !rivals.isEmpty {
      sentence += "\(beaten.isEmpty ? ", but is" : "; it is") not told apart from \(named(rivals))"
    }
    if verdicts.contains(where: { $0.1.interval == nil }) {
      sentence +=
        "; so few runs tell nothing apart, \(Shift.fewest(confidence: Self.confidence(among: tasks.count))) an agent would do"
    }
    return sentence + ". " + speed(tasks, strong)
  }

  /// How much higher the runs of one agent end than those of another, with intervals that hold for all pairs of so many
  /// agents together (Bonferroni 1936), since the best of them is compared.
  private func shift(
    from a: StudyResults.Task, to b: StudyResults.Task, among agents: Int
  ) -> Shift {
    Shift(
      from: a.runs.map(\.final), to: b.runs.map(\.final),
      confidence: Self.confidence(among: agents))
  }

  private static func confidence(among agents: Int) -> Double {
    1 - 0.05 / Double(max(1, agents * (agents - 1) / 2))
  }

  /// How probable it is that a run of one agent ends better than one of another in an environment; `nil`
  /// unless both have runs there.
  func improvement(of better: String, over than: String, in environment: String)
    -> StudyResults.Estimate?
  {
    let tasks = tasks(in: environment)
    guard let a = tasks.first(where: { $0.name == better }), !a.runs.isEmpty,
      let b = tasks.first(where: { $0.name == than }), !b.runs.isEmpty
    else { return nil }
    let (x, y) = (Scores([a.runs.map(\.final)]), Scores([b.runs.map(\.final)]))
    return StudyResults.Estimate(
      probabilityOfImprovement(x, over: y), improvementInterval(x, over: y))
  }

  private func speed(_ tasks: [StudyResults.Task], _ strong: (String) -> String) -> String {
    guard let threshold = tasks.compactMap(\.threshold).first else {
      return "There is no return that counts as solved."
    }
    let goal = "a return of \(NumberText.round(threshold))"
    let share = { (x: StudyResults.Reached) in "\(x.count) of \(x.of) runs" }
    let known = tasks.compactMap { task in
      task.stepsToThreshold.flatMap { reached in
        reached.median.map { (task: task, reached: reached, median: $0) }
      }
    }.sorted { ($0.median, $0.task.name) < ($1.median, $1.task.name) }
    guard let first = known.first else {
      let some = tasks.filter { ($0.stepsToThreshold?.count ?? 0) > 0 }
      if some.isEmpty { return "No run reaches \(goal) within its budget." }
      let shares = some.map { task in
        "\(task.stepsToThreshold.map(share) ?? "") of \(strong(task.name))"
      }
      return "Only \(Self.list(shares)) reach \(goal)."
    }
    var text =
      "\(strong(first.task.name)) reaches \(goal) after a median of \(NumberText.count(first.median)) steps (\(share(first.reached)))"
    let others = tasks.filter { $0.name != first.task.name }.map { task in
      guard let reached = task.stepsToThreshold else { return strong(task.name) + " in none" }
      return reached.median.map {
        "\(strong(task.name)) after \(NumberText.count($0)) (\(share(reached)))"
      } ?? "\(strong(task.name)) in \(share(reached))"
    }
    if !others.isEmpty { text += ", \(Self.list(others))" }
    return text + "."
  }

  /// How the figures were made and what they mean (HTML).
  var protocolText: String {
    let origin = results.origin
    return """
      <p>Every agent was trained in every environment with \(Self.counted(origin.seeds, "seed")); all else in a run follows \
      from its seed. \(Self.counted(origin.evaluations, "evaluation")) over the budget play 20 episodes each with the most likely \
      actions, in environments and with start states of their own that training never sees. The final return is the mean \
      of 100 further episodes with the final model. Seconds are seconds of training, without the evaluations. Runs that \
      failed are not left out: they count with the return of random actions and as runs that never reached the \
      threshold.</p>
      <h3>How to read it</h3>
      <dl class="words">
      <dt>IQM</dt><dd>The interquartile mean: the mean of the middle half of the runs. It does not hang on one lucky or \
      unlucky seed as the mean does, and uses more of the runs than the median.</dd>
      <dt>Intervals and bands</dt><dd>95% intervals from the stratified bootstrap with \
      \(NumberText.count(Double(origin.repetitions))) draws (2,000 for curves and profiles), widened as the number of runs \
      needs; with fewer than six runs by Student’s t. One run has none. If the study were made again, figures in this range \
      would be no surprise.</dd>
      <dt>Better, and not told apart</dt><dd>One agent is called better than another in an environment where Mann \
      and Whitney’s test tells their final returns apart. The tests of all pairs of agents in an environment hold \
      together: of a hundred such sets of equal agents, five at most have one that is called better.</dd>
      <dt>Steps to the threshold</dt><dd>The step at which five evaluations in a row first have a mean of at least the \
      threshold. Runs that do not get there are censored (hollow arrows): all that is known is that they need more than \
      the budget. The median's interval comes from order statistics and needs six runs; it is open where it reaches \
      beyond the budget.</dd>
      <dt>Score</dt><dd>The final return, scaled so that 0 is as good as random actions and 1 as good as the \
      reference, which is fixed for each environment. The optimality gap is how far scores stay below 1 on average.</dd>
      <dt>Performance profile</dt><dd>For each score, the share of runs that do better. A curve that lies higher \
      everywhere belongs to the better agent.</dd>
      <dt>Probability of improvement</dt><dd>How probable it is that a run of one agent ends better than a run of \
      another in the same environment; ties count half. An interval that holds 50% tells nothing (Newcombe 2006, method 5).</dd>
      </dl>
      <p>The statistics are those of Agarwal et al., “Deep Reinforcement Learning at the Edge of the Statistical \
      Precipice” (2021), as in the library rliable.</p>
      """
  }
}
