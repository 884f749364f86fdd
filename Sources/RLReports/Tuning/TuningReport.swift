internal import Foundation
public import RLExperiments
internal import RLSupport

/// A search as one HTML page that needs nothing else, the file `overview.html`.
///
/// The page is also well-formed XML. The same results give the same bytes, but for date and machine.
///
/// ```swift
/// if let results = try plan.run(in: "search") { try TuningReport(results).write(to: "search") }
/// ```
public struct TuningReport {
  let results: TuningResults
  /// How much each hyperparameter matters, in the order of the space.
  let importance: [Double?]

  /// What trials are, each with a colour and a symbol.
  enum Role: Int, CaseIterable {
    case best, start, complete, pruned

    var style: SeriesStyle { SeriesStyle(rawValue) }
  }

  /// The report of a search that is over.
  public init(_ results: TuningResults) {
    self.results = results
    importance = Self.importance(results)
  }

  var plan: TuningPlan { results.plan }
  var trials: [Trial] { results.search.trials }

  func value(_ trial: Trial) -> Double? {
    trial.value(plan.objective).flatMap { $0.isFinite ? $0 : nil }
  }

  func role(_ trial: Trial) -> Role {
    if trial.number == 0 { return .start }
    if trial.number == results.best.trial.number { return .best }
    return trial.state == .complete ? .complete : .pruned
  }

  func name(_ role: Role) -> String {
    switch role {
    case .best: "the best, trial \(results.best.trial.number)"
    case .start: "\(results.startName), trial 0"
    case .complete: "complete"
    case .pruned: "cut off"
    }
  }

  /// The roles that trials have.
  var roles: [Role] { Role.allCases.filter { role in trials.contains { self.role($0) == role } } }

  /// Writes the page as `overview.html` into a directory that is there.
  public func write(to directory: String) throws {
    try FileStore.write(Array(html.utf8), to: directory + "/overview.html")
  }

  /// The page.
  public var html: String {
    ReportPage(
      title: "\(plan.agent) in \(plan.environment): search for hyperparameters",
      subtitle: subtitle, notes: notes,
      controls: ReportPage.keys(roles.map { (name($0), $0.style) }),
      navigation: [
        ("result", "Result"), ("history", "History"), ("slices", "Hyperparameters"),
        ("trials", "Trials"), ("origin", "How it was made"),
      ],
      body: [resultSection, historySection, slicesSection, trialsSection, originSection]
        .joined(separator: "\n")
    ).html
  }

  private var subtitle: String {
    [
      StudyReport.counted(trials.count, "trial"),
      "\(StudyReport.counted(plan.seedsPerTrial, "seed")) each",
      "\(NumberText.count(Double(plan.steps))) steps", "rlgym \(rlgymVersion)",
    ].joined(separator: " · ")
  }

  private var notes: [String] {
    var notes: [String] = []
    if plan.confirm == 0 {
      notes.append(
        "<strong>Not confirmed.</strong> Values are those of the seeds that chose the best; with new seeds it is likely to be worse."
      )
    } else if plan.confirm < 10 {
      notes.append(
        "<strong>Preliminary.</strong> With \(plan.confirm) new seeds, fewer than 10, intervals are wide, and small differences cannot be told."
      )
    }
    if plan.seedsPerTrial == 1 {
      notes.append(
        "<strong>One seed a trial.</strong> Trials may be good by luck; more seeds each choose better."
      )
    }
    return notes
  }

  // MARK: Importance

  /// Completed trials below which nothing is said about importance.
  static let enough = 8

  /// The absolute rank correlation of each hyperparameter with the value over the completed trials; `nil`
  /// for more than two choices without an order, and where there are too few trials.
  private static func importance(_ results: TuningResults) -> [Double?] {
    let known = results.search.trials.compactMap { trial -> ([Double], Double)? in
      guard trial.state == .complete, let coordinates = trial.coordinates,
        let value = trial.value(results.plan.objective), value.isFinite
      else { return nil }
      return (coordinates, value)
    }
    return results.plan.space.dimensions.enumerated().map { i, dimension in
      guard known.count >= enough else { return nil }
      if case .choices(let values) = dimension.range, values.count > 2 { return nil }
      return rankCorrelation(known.map { $0.0[i] }, known.map(\.1)).map { abs($0) }
    }
  }
}

/// Spearman's rank correlation: 1 where both grow together, -1 where one falls as the other grows; `nil` where
/// one of them is constant.
package func rankCorrelation(_ x: [Double], _ y: [Double]) -> Double? {
  func ranks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Double](repeating: 0, count: values.count)
    var first = 0
    while first < order.count {
      var last = first
      while last + 1 < order.count, values[order[last + 1]] == values[order[first]] { last += 1 }
      // Equal values share their ranks.
      for i in first...last { ranks[order[i]] = Double(first + last) / 2 }
      first = last + 1
    }
    let mean = Double(values.count - 1) / 2
    return ranks.map { $0 - mean }
  }
  let (a, b) = (ranks(x), ranks(y))
  func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
  let size = (product(a, a) * product(b, b)).squareRoot()
  return size > 0 ? product(a, b) / size : nil
}
