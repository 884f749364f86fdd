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
  @Flag(help: "Draw actions at random, as in training, instead of taking the most likely ones.")
  var stochastic = false
  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    guard episodes > 0 else { throw UsageError("--episodes must be 1 or more, not \(episodes).") }
    let model = try TrainedModel(path)
    let result = Evaluation(
      of: model.policy, in: model.plan.entry.makeVector, episodes: episodes,
      seed: seed ?? TrainingSession.evaluationSeed(model.plan.seed, .final),
      isDeterministic: !stochastic)
    if json {
      let figures: [String: Double] = [
        "episodes": Double(episodes), "mean": result.mean, "std": result.deviation,
        "min": result.minimum, "max": result.maximum, "meanLength": result.meanLength,
      ]
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      print(String(decoding: try encoder.encode(figures), as: UTF8.self))
      return
    }
    print(
      """
      \(model.plan.kind.name) in \(model.plan.entry.id), \(stochastic ? "random" : "most likely") actions, \(episodes) episodes
        return  \(Format.value(result.mean)) ± \(Format.value(result.halfInterval)) (95% interval), deviation \(Format.value(result.deviation)), from \(Format.value(result.minimum)) to \(Format.value(result.maximum))
        length  \(Format.decimal(result.meanLength)) steps
      """)
  }
}

/// A policy read from a run directory.
struct TrainedModel {
  let plan: RunPlan
  let policy: any Policy

  /// Reads `final` of a run (or the newest checkpoint of an unfinished one), or the model that the path names.
  init(_ path: String) throws {
    let manager = FileManager.default
    var path = path
    while path.count > 1 && path.hasSuffix("/") { path.removeLast() }
    var root = path
    while !manager.fileExists(atPath: root + "/config.yaml") {
      guard let slash = root.lastIndex(of: "/"), root != path + "/.." else {
        throw UsageError("'\(path)' is no run directory: there is no config.yaml in or above it.")
      }
      root = String(root[..<slash])
    }
    var model = path
    if root == path {
      let newest = (try? manager.contentsOfDirectory(atPath: path + "/checkpoints"))?.filter {
        $0.hasPrefix("step-") && !$0.contains(".")
      }.max()
      if manager.fileExists(atPath: path + "/final") {
        model = path + "/final"
      } else if let newest {
        model = path + "/checkpoints/" + newest
      } else {
        throw UsageError("'\(path)' has no model yet; it was stopped before its first checkpoint.")
      }
    }
    let text = String(decoding: try FileStore.read(root + "/config.yaml"), as: UTF8.self)
    plan = try RunPlan(yaml: text, name: root + "/config.yaml")
    policy = try plan.kind.loadPolicy(
      plan.configuration, spec: plan.entry.spec, from: Checkpoint.readPolicy(model))
  }
}
