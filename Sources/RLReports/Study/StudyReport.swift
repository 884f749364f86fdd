internal import Foundation
public import RLExperiments
internal import RLSupport

/// The results of a study as one HTML page that needs nothing else, the file `report.html`.
///
/// The page is also well-formed XML. The same results give the same bytes.
///
/// ```swift
/// try StudyReport(reading: "study/results.json").write(to: "study")
/// ```
public struct StudyReport {
  let results: StudyResults
  /// The agents by the names they have in the study, each with its colour and symbol.
  let names: [String]
  let environments: [String]

  /// The report of a study's results.
  public init(_ results: StudyResults) {
    self.results = results
    names = results.names
    environments = results.environments
  }

  /// Reads the file `results.json` of a study.
  ///
  /// - Throws: `FileError` if it cannot be read or holds no results of a study.
  public init(reading path: String) throws {
    self.init(try StudyResults(reading: path))
  }

  func style(_ name: String) -> SeriesStyle { SeriesStyle(names.firstIndex(of: name) ?? 0) }

  func tasks(in environment: String) -> [StudyResults.Task] {
    results.tasks.filter { $0.environment == environment }
  }

  /// What the study is called.
  var title: String {
    let agents = names.count > 4 ? "\(names.count) agents" : Self.list(names)
    let places =
      environments.count > 4 ? "\(environments.count) environments" : Self.list(environments)
    return "\(agents) in \(places)"
  }

  /// Writes the page as `report.html` into a directory that is there.
  public func write(to directory: String) throws {
    try FileStore.write(Array(html.utf8), to: directory + "/report.html", isShared: true)
  }

  /// The page.
  public var html: String {
    let scores = scoresSection
    var contents = environments.indices.map { (id: "env-\($0)", title: environments[$0]) }
    if !scores.isEmpty { contents.append(("scores", "All together")) }
    contents += [("settings", "Hyperparameters"), ("origin", "How it was made")]
    let body =
      environments.indices.map(environmentSection).joined(separator: "\n") + "\n" + scores
      + failuresSection + settingsSection + originSection
    return ReportPage(
      title: title, subtitle: subtitle, notes: notes, controls: controls,
      navigation: contents, body: body
    ).html
  }

  private var subtitle: String {
    let origin = results.origin
    let runs = results.tasks.map(\.runs.count)
    let least = runs.min() ?? 0
    let most = runs.max() ?? 0
    let seeds = least == most ? "\(most)" : "\(least) to \(most)"
    return [
      Self.counted(names.count, "agent"), Self.counted(environments.count, "environment"),
      "\(seeds) \(most == 1 ? "run" : "runs") each", Self.day(origin.date),
      "rlgym \(origin.rlgym)",
    ].joined(separator: " · ")
  }

  /// What a reader must know before the figures.
  private var notes: [String] {
    var notes: [String] = []
    let least = results.tasks.map(\.runs.count).min() ?? 0
    if least < 10 {
      notes.append(
        "<strong>Preliminary.</strong> With \(least == 1 ? "one run" : "\(least) runs") an agent, fewer than 10, \(least == 1 ? "there are no intervals" : "intervals are wide") and orders may change with more seeds."
      )
    }
    let missing = results.tasks.reduce(0) { $0 + max(0, results.origin.seeds - $1.runs.count) }
    if missing > 0 {
      notes.append(
        "<strong>Incomplete.</strong> \(missing) of \(results.origin.seeds * results.tasks.count) runs are not over yet and are not part of any figure here."
      )
    }
    let failures = results.tasks.flatMap(\.runs).count { $0.problem != nil }
    if failures > 0 {
      notes.append(
        "<strong>\(failures == 1 ? "One run" : "\(failures) runs") failed.</strong> Failed runs count with the return of random actions; <a href=\"#failures\">they are listed below</a>."
      )
    }
    return notes
  }

  /// The legend, and what to show.
  private var controls: String {
    [
      ReportPage.keys(names.map { ($0, style($0)) }), ReportPage.overControl(),
      ReportPage.runsControl(),
    ].joined(separator: "\n")
  }

  // MARK: Words

  /// `a, b and c`
  static func list(_ words: [String]) -> String {
    guard words.count > 1, let last = words.last else { return words.first ?? "nothing" }
    return words.dropLast().joined(separator: ", ") + " and " + last
  }

  static func counted(_ count: Int, _ word: String) -> String {
    "\(count) \(word)\(count == 1 ? "" : "s")"
  }

  /// `2026-11-21T11:40:34Z` as `2026-11-21 11:40 UTC`.
  static func day(_ date: String) -> String {
    guard date.count == 20, date.hasSuffix("Z") else { return date }
    return date.prefix(10) + " " + date.dropFirst(11).prefix(5) + " UTC"
  }
}
