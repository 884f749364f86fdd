internal import ArgumentParser
internal import Foundation
internal import RLGym

/// `rlgym evaluate RUN`
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Play episodes with a trained model.")

  @Argument(
    help: ArgumentHelp(
      "A run directory, or its best, final or a checkpoint.", valueName: "run"),
    completion: .directory)
  var path: String
  @Option(help: "How many episodes.", transform: whole) var episodes: Int = 100
  @Option(
    help: "The seed of the first episode (default: one that training never used).", transform: whole
  )
  var seed: UInt64?
  @Option(help: "The most threads to use; results do not depend on it.", transform: whole)
  var threads: Int?
  @Flag(help: "Draw actions at random, as in training, instead of taking the most likely ones.")
  var stochastic = false
  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    try requirePositive(episodes, "--episodes")
    try requirePositive(threads, "--threads")
    let model = try TrainedPolicy(run: path, catalog: Context.catalog)
    let result = try model.evaluate(
      episodes: episodes, seed: seed, isDeterministic: !stochastic, threads: threads)
    if let remark = result.remark { Output.warn(remark.remarkText) }
    if json {
      let figures = Figures(
        episodes: episodes, mean: result.mean, std: result.deviation, min: result.minimum,
        max: result.maximum, meanLength: result.meanLength,
        worstSeed: stochastic ? nil : result.worst().first.map { result.seed &+ UInt64($0) },
        cutEpisodes: result.cutEpisodes > 0 ? result.cutEpisodes : nil,
        infos: result.infos.isEmpty ? nil : result.meanInfos)
      try Output.result(JSONText.encode(figures))
      return
    }
    let means = result.meanInfos
    let infos = model.plan.environment.spec.infos.compactMap { field in
      means[field.name].map { "\n  \(field.name)  \(Format.value($0))" }
    }
    try Output.result(
      """
      \(model.plan.agent.name) in \(model.plan.environment.id), \(stochastic ? "random" : "most likely") actions, \(episodes) episode\(episodes == 1 ? "" : "s")
        return  \(result.meanText), deviation \(result.deviation.map(Format.value) ?? "-"), from \(Format.value(result.minimum)) to \(Format.value(result.maximum))
        length  \(Format.decimal(result.meanLength)) steps\(infos.joined())\(stochastic ? "" : "\n" + worst(result))
      """)
    if let cut = Evaluation.cutText(result) { try Output.result("  " + cut) }
  }

  /// What `--json` prints.
  private struct Figures: Encodable {
    var episodes: Int
    var mean: Double
    @RunSummary.Nullable var std: Double?
    var min: Double
    var max: Double
    var meanLength: Double
    /// `nil` for actions that were drawn, with which no seed stands for an episode.
    var worstSeed: UInt64?
    /// How many episodes were cut, if any were.
    var cutEpisodes: Int?
    var infos: [String: Double]?
  }

  /// The episodes to look at, which `watch --seed` shows.
  private func worst(_ result: Evaluation) -> String {
    let episodes = result.worst(3).map {
      "\(Format.value(result.returns[$0])) (seed \(result.seed &+ UInt64($0)))"
    }
    return
      "  worst   \(episodes.joined(separator: ", ")); watch \(Invocation.quoted(path)) --worst shows the first"
  }
}
