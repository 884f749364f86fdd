public import ArgumentParser
public import RLGym

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

  @Argument(
    help: "Runs: directories, evaluations.npz, progress.csv or monitor.csv, as PATH or label=PATH.",
    completion: .directory)
  var runs: [String]
  @Option(
    help: "The picture: a name that ends in .svg, .png or .html.",
    completion: .file(extensions: ["svg", "png", "html"]))
  var output: String
  @Option(help: "What the curves are over: steps or seconds.") var over = RunPlot.Measure.steps
  @Option(
    help:
      "Which files to read: evaluations, progress or monitor (default: the first that is there).")
  var from: RunPlot.Source?
  @Option(help: "A title.") var title: String?
  @Option(
    help: "Draw means of so many of the latest values (default: 1, and 100 for episodes).",
    transform: whole)
  var smooth: Int?
  @Flag(help: "Draw each run of several, too.") var showRuns = false

  func run() throws {
    try requireOutput(output)
    if let smooth, smooth < 1 {
      throw ExperimentError.invalid("--smooth must be 1 or more, not \(smooth).")
    }
    let plot = try RunPlot(
      runs, from: from, title: title, smooth: smooth, showsRuns: showRuns)
    if let warning = plot.warning { Output.warn(warning) }
    if showRuns, !plot.isAggregated {
      Output.warn("--show-runs has no effect: every line is a single run already.")
    }
    try plot.write(to: output, over: over)
    Output.note("The curves lie in \(output).")
  }
}

extension RunPlot.Measure: @retroactive ExpressibleByArgument {}
extension RunPlot.Source: @retroactive ExpressibleByArgument {}
