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
  @Option(help: "How many episodes.") var episodes = 100
  @Option(help: "The seed of the first episode (default: one that training never used).")
  var seed: UInt64?
  @Option(help: "The most threads to use; results do not depend on it.") var threads: Int?
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
      var figures: [String: JSONValue] = [
        "episodes": .int(episodes), "mean": .double(result.mean), "std": .double(result.deviation),
        "min": .double(result.minimum), "max": .double(result.maximum),
        "meanLength": .double(result.meanLength),
      ]
      if result.cutEpisodes > 0 { figures["cutEpisodes"] = .int(result.cutEpisodes) }
      if !result.infos.isEmpty {
        figures["infos"] = .object(result.meanInfos.mapValues { .double($0) })
      }
      try Output.result(JSONText.encode(figures))
      return
    }
    let means = result.meanInfos
    let infos = model.plan.environment.spec.infos.compactMap { field in
      means[field.name].map { "\n  \(field.name)  \(Format.value($0))" }
    }
    try Output.result(
      """
      \(model.plan.agent.name) in \(model.plan.environment.id), \(stochastic ? "random" : "most likely") actions, \(episodes) episodes
        return  \(Format.value(result.mean)) ± \(Format.value(result.halfInterval)) (95% interval), deviation \(Format.value(result.deviation)), from \(Format.value(result.minimum)) to \(Format.value(result.maximum))
        length  \(Format.decimal(result.meanLength)) steps\(infos.joined())
      """)
    if let cut = Evaluation.cutText(result) { print("  " + cut) }
  }
}
