import Foundation
import RLAgents
import RLCore
import RLEnvironments
import RLExperiments
import RLSupport

// Words that people and programs write: configurations, plans, arguments, JSON.
extension FuzzedReader {
  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  /// What is written can be read.
  private static func requireReadable(_ read: () throws -> String) {
    do { _ = try read() } catch { preconditionFailure("what was written is refused: \(error)") }
  }

  static let texts = [
    FuzzedReader("json") { bytes in
      guard let value = JSONValue(text: bytes) else { return }
      _ = JSONValue(text: Array(value.text().utf8))
      _ = value.word
    },
    FuzzedReader("yaml") { _ = try ConfigurationFile.parse(text($0), name: "file") },
    FuzzedReader("config") { bytes in
      let path = try Place.put(bytes, at: "config/config.yaml")
      _ = RunRecord(reading: Place.folder + "/config")
      let plan = try RunPlan(reading: path, catalog: .builtIn)
      let again = try Place.put(Array(plan.yaml.utf8), at: "config-again/config.yaml")
      requireReadable { try RunPlan(reading: again, catalog: .builtIn).yaml }
    },
    FuzzedReader("study") { bytes in
      let study = try Study(yaml: text(bytes), name: "study.yaml")
      requireReadable { try Study(yaml: study.yaml, name: "study.yaml").yaml }
    },
    FuzzedReader("tune") { bytes in
      let plan = try TuningPlan(yaml: text(bytes), name: "tune.yaml", catalog: .builtIn)
      requireReadable { try TuningPlan(yaml: plan.yaml, name: "tune.yaml", catalog: .builtIn).yaml }
      var search = try plan.search(.builtIn)
      for _ in 0..<2 {
        guard let event = try search.next() else { break }
        try search.apply(event)
      }
    },
    // A plan that halves, and what happened in it, a line each.
    FuzzedReader("trials") { bytes in
      var search = try TuningPlan(yaml: halving, name: "tune.yaml", catalog: .builtIn)
        .search(.builtIn)
      for line in bytes.split(separator: 10).prefix(40) {
        try search.apply(JSONText.decode(line, as: TrialEvent.self))
        _ = search.best
        if let event = try search.next() {
          for trial in search.trials { _ = search.openSeeds(trial) }
          _ = search.cut(0, seed: 0, event.values ?? [1])
        }
      }
    },
    FuzzedReader("space") { bytes in
      guard let spec = SpaceSpec(json: text(bytes)) else { return }
      _ = SpaceSpec(json: spec.json)
      if spec.rowProblem != nil || spec.rowWidth > 1000 { return }
      var generator = SeededGenerator(seed: 1)
      precondition(RowSpace(spec).contains(RowSpace(spec).sample(using: &generator)))
    },
    // The environment's name, and an argument a line.
    FuzzedReader("arguments") { bytes in
      let lines = text(bytes).split(separator: "\n", maxSplits: 20).map(String.init)
      let entry = try Catalog.builtIn.environment(
        lines.first ?? "", ConfigurationFile.assignments(Array(lines.dropFirst())))
      var environments = entry.makeVector(2)
      let batch = StepBatch(count: 2, for: entry.spec)
      environments.reset(seed: 1, into: batch)
      let action = [Float](repeating: 0, count: entry.spec.actionSpace.rowWidth)
      for _ in 0..<5 { environments.step(action + action, into: batch) }
    },
    // The agent's name, and a setting a line.
    FuzzedReader("settings") { bytes in
      let lines = text(bytes).split(separator: "\n", maxSplits: 20).map(String.init)
      let kind = try AgentRegistry.builtIn.named(lines.first ?? "")
      let given = try ConfigurationFile.assignments(Array(lines.dropFirst()))
      let settings = try kind.settings([kind.defaults.translated(given).values])
      _ = try kind.settings([Dictionary(settings.values.map { ($0, $1) }) { $1 }])
    },
  ]

  private static let halving = """
    agent: ppo
    environment: CartPole-v1
    steps: 1000
    trials: 9
    seedsPerTrial: 2
    confirm: 2
    seed: 3
    sampler: tpe
    pruner: halving
    objective: last
    preset: true
    points: 9
    start:
      gamma: 0.99
    space:
      learningRate: {low: 1e-5, high: 1e-2, scale: log}
      epochs: {low: 1, high: 20, scale: linear}
      activation: {choices: [tanh, relu]}
    """
}
