internal import Foundation
internal import RLExperiments
internal import RLRendering
internal import RLSupport

/// Learning curves of training runs in one picture: of rlgym's runs and studies, and of Stable-Baselines3's logs.
///
/// ```swift
/// let plot = try RunPlot(["runs/ppo", "other=runs/dqn"], title: "CartPole")
/// try plot.write(to: "curves.svg")
/// ```
public struct RunPlot {
  /// The kinds of files that say how good a run was over time, the best first.
  public enum Source: String, CaseIterable, Sendable {
    /// `evaluations.npz` of rlgym and of Stable-Baselines3's `EvalCallback`.
    case evaluations
    /// `progress.csv` of rlgym and of Stable-Baselines3's logger.
    case progress
    /// `monitor.csv` of rlgym, one or several `*.monitor.csv` of Stable-Baselines3.
    case monitor

    /// What the values are.
    var label: String {
      switch self {
      case .evaluations: "Mean return of an evaluation"
      case .progress: "Mean return of the latest episodes of training"
      case .monitor: "Return of episodes of training"
      }
    }
  }

  /// What curves are over.
  public enum Measure: String, CaseIterable, Sendable {
    /// Environment steps.
    case steps
    /// Seconds of training.
    case seconds

    var kind: Axis.Kind { self == .steps ? .count : .seconds }
    var label: String { self == .steps ? "Environment steps" : "Training time" }

    func text(_ x: Double) -> String {
      self == .steps ? "\(NumberText.count(x)) steps" : NumberText.duration(x)
    }
  }

  var contenders: [PlotContender]
  private let title: String?
  private let showsRuns: Bool

  /// Reads the curves of runs.
  ///
  /// - Parameters:
  ///   - runs: Each a line, as `PATH` or `label=PATH`: a run's directory or one of its logs, a directory of runs,
  ///     which is drawn as their interquartile mean with its 95% band, or a study, a line for each agent.
  ///   - source: The kind of file to read; the best that is there if `nil`.
  ///   - title: What stands above the picture.
  ///   - smooth: How many of the latest values a point is the mean of; 1, and 100 for single episodes, if `nil`.
  ///   - showsRuns: Whether each run of several is drawn, too.
  /// - Throws: `ExperimentError` for a path without a log, `FileError` for a damaged one.
  public init(
    _ runs: [String], from source: Source? = nil, title: String? = nil, smooth: Int? = nil,
    showsRuns: Bool = false
  ) throws {
    guard !runs.isEmpty else { throw ExperimentError.invalid("Name the runs to draw.") }
    contenders = try runs.flatMap { try PlotContender.read($0, from: source) }
    for i in contenders.indices {
      contenders[i].runs = contenders[i].runs.map { run in
        run.smoothed(smooth ?? (run.source == .monitor ? 100 : 1)).thinned()
      }
    }
    (self.title, self.showsRuns) = (title, showsRuns)
    nameApart()
  }

  /// Lines with the same name get numbers.
  private mutating func nameApart() {
    var used: Set<String> = []
    for i in contenders.indices {
      let name = contenders[i].name
      var number = 2
      while !used.insert(contenders[i].name).inserted {
        contenders[i].name = "\(name) (\(number))"
        number += 1
      }
    }
  }

  private var sources: Set<Source> { Set(contenders.flatMap { $0.runs.map(\.source) }) }

  /// What the reader must know of values that are not of one kind; `nil` if they are.
  public var warning: String? {
    guard sources.count > 1 else { return nil }
    let words = Source.allCases.filter { sources.contains($0) }.map { source in
      let names = contenders.filter { $0.runs.contains { $0.source == source } }.map(\.name)
      return "\(StudyReport.list(names)) from \(source.rawValue)"
    }
    return
      "The curves are not of one kind: \(words.joined(separator: ", ")). Choose one with --from."
  }

  /// Whether a line stands for several runs.
  public var isAggregated: Bool { contenders.contains { $0.runs.count > 1 } }

  /// Whether all runs have times.
  private var hasSeconds: Bool {
    contenders.allSatisfy { $0.runs.allSatisfy { $0.seconds != nil } }
  }

  func chart(over measure: Measure) throws -> LineChart {
    let series = try contenders.enumerated().map {
      try $0.element.series(SeriesStyle($0.offset), over: measure)
    }
    let label = sources.count == 1 ? sources.first?.label : nil
    let ends = series.compactMap { one in
      one.curve.points.last.map { "\(one.name) ends at \(NumberText.value($0.value))" }
    }
    return LineChart(
      title: title ?? "Learning curves",
      description: "\(StudyReport.list(ends)). \(band)", xLabel: measure.label,
      yLabel: label ?? "Mean return", xKind: measure.kind, series: series, xLimits: [0])
  }

  private var band: String {
    isAggregated ? "Interquartile means over runs with 95% bands." : "One run each."
  }

  // MARK: Files

  /// The picture by itself.
  func picture(over measure: Measure) throws -> Picture {
    var chart = try chart(over: measure)
    if !showsRuns { for i in chart.series.indices { chart.series[i].runs = [] } }
    chart.heading = title
    return chart.picture(width: 920, height: title == nil ? 440 : 480, namesEnds: true).framed(20)
  }

  /// Writes the picture to a file, in the format that its name ends in: `.svg`, `.png` or `.html`.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - measure: What the curves are over.
  /// - Throws: `ExperimentError` for another format, or for seconds that a log does not have.
  public func write(to path: String, over measure: Measure = .steps) throws {
    let bytes: [UInt8]
    switch path.split(separator: ".").last?.lowercased() {
    case "svg": bytes = Array(try svg(over: measure).utf8)
    case "png": bytes = try png(over: measure)
    case "html": bytes = Array(try html(over: measure).utf8)
    default:
      throw ExperimentError.invalid(
        "'\(path)' is no picture that can be drawn; choose a name that ends in .svg, .png or .html."
      )
    }
    try FileStore.write(bytes, to: path)
  }

  /// The picture as an SVG file.
  public func svg(over measure: Measure = .steps) throws -> String {
    SVG.file(try picture(over: measure))
  }

  /// The picture as a PNG file of twice as many pixels.
  ///
  /// - Throws: `RenderingError` if SDL2 is missing.
  public func png(over measure: Measure = .steps) throws -> [UInt8] {
    try FrameRenderer(scale: 2).render(picture(over: measure).drawing).png
  }

  /// A page of its own, with values at the pointer.
  public func html(over measure: Measure = .steps) throws -> String {
    let measures = hasSeconds ? Measure.allCases : [measure]
    let plots = try measures.map { measure in
      try ReportPage.curves(
        chart(over: measure), id: "curves-\(measure)", classes: "over-\(measure)",
        at: measure.text)
    }
    let title = title ?? "Learning curves"
    let subtitle = [
      StudyReport.counted(contenders.count, "line"),
      StudyReport.counted(contenders.reduce(0) { $0 + $1.runs.count }, "run"),
      "rlgym \(rlgymVersion)",
    ].joined(separator: " · ")
    let styles = contenders.indices.map { (contenders[$0].name, SeriesStyle($0)) }
    var controls = ReportPage.keys(styles)
    if measures.count > 1 { controls += "\n" + ReportPage.overControl(measure) }
    if isAggregated { controls += "\n" + ReportPage.runsControl(isOn: showsRuns) }
    return ReportPage(
      title: title, subtitle: subtitle, notes: warning.map { [SVG.escaped($0)] } ?? [],
      controls: controls,
      body: "<section aria-label=\"Curves\">\n"
        + ReportPage.figure("Learning curves", band, plots.joined(separator: "\n"), classes: "wide")
        + "\n" + (try table()) + "\n</section>", over: measure
    ).html
  }

  private func table() throws -> String {
    let chart = try chart(over: .steps)
    func number(_ text: String) -> ReportPage.Cell { ReportPage.Cell(text, isNumber: true) }
    let head = [ReportPage.Cell("Line")] + ["Runs", "From", "Steps", "Last", "Best"].map(number)
    let rows = zip(contenders, chart.series).map { contender, one in
      let points = one.curve.points
      let kinds = Set(contender.runs.map(\.source.rawValue)).sorted()
      return [
        ReportPage.Cell(html: ReportPage.swatch(one.style) + SVG.escaped(one.name)),
        number("\(contender.runs.count)"), number(kinds.joined(separator: ", ")),
        number(points.last.map { NumberText.count($0.at) } ?? NumberText.unknown),
        number(points.last.map { NumberText.value($0.value) } ?? NumberText.unknown),
        number(points.map(\.value).max().map { NumberText.value($0) } ?? NumberText.unknown),
      ]
    }
    return ReportPage.table("Lines", head, rows)
  }
}
