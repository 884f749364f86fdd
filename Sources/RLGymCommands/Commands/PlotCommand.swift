internal import ArgumentParser
internal import RLGym

/// `rlgym plot`
struct PlotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plot",
    abstract: "Draw the learning curves of training runs, also of Stable-Baselines3's.",
    discussion: """
      rlgym plot runs/ppo-CartPole-v1-1 runs/dqn-CartPole-v1-1 --output curves.svg
      rlgym plot ours=study/runs/ppo/CartPole-v1 sb3=logs/ppo --output curves.html

      A directory whose directories are runs is drawn as one line: the interquartile mean over
      the runs with its 95% band.
      """)

  enum Over: String, ExpressibleByArgument, CaseIterable {
    case steps, seconds
    var measure: StudyReport.Measure { self == .steps ? .steps : .seconds }
  }

  enum From: String, ExpressibleByArgument, CaseIterable {
    case evaluations, progress, monitor
    var source: RunLog.Source? { RunLog.Source(rawValue: rawValue) }
  }

  @Argument(
    help: "Runs: directories, evaluations.npz, progress.csv or monitor.csv, as PATH or label=PATH.",
    completion: .directory)
  var runs: [String]
  @Option(
    help: "The picture: a name that ends in .svg, .png or .html.",
    completion: .file(extensions: ["svg", "png", "html"]))
  var output: String
  @Option(help: "What the curves are over: steps or seconds.") var over = Over.steps
  @Option(
    help:
      "Which files to read: evaluations, progress or monitor (default: the first that is there).")
  var from: From?
  @Option(help: "A title.") var title: String?
  @Option(help: "Draw means of so many of the latest values (default: 1, and 100 for episodes).")
  var smooth: Int?
  @Flag(help: "Draw each run of several, too.") var showRuns = false

  func run() throws {
    if let smooth, smooth < 1 {
      throw ExperimentError.invalid("--smooth must be 1 or more, not \(smooth).")
    }
    guard !runs.isEmpty else { throw ExperimentError.invalid("Name the runs to draw.") }
    let suffix = output.split(separator: ".").last.map { $0.lowercased() } ?? ""
    guard ["svg", "png", "html"].contains(suffix) else {
      throw ExperimentError.invalid(
        "'\(output)' is no picture that can be drawn; choose a name that ends in .svg, .png or .html."
      )
    }
    let plot = try RunPlot(
      runs, from: from?.source, title: title, smooth: smooth, showsRuns: showRuns)
    if let warning = plot.warning { Output.warn(warning) }
    let bytes: [UInt8] =
      switch suffix {
      case "svg": Array(try plot.svg(over: over.measure).utf8)
      case "png": try plot.png(over: over.measure)
      default: Array(try plot.html(over: over.measure).utf8)
      }
    try FileStore.write(bytes, to: output)
    Output.note("The curves lie in \(output).")
  }
}
