internal import Foundation
package import RLAgents
package import RLCore
package import RLSupport

/// What is to be trained: agent, environment, hyperparameters, budget and seed.
package struct RunPlan {
  package var kind: AgentRegistry.Entry
  package var entry: EnvironmentRegistry.Entry
  package var configuration: any AgentSettings
  package var steps: Int
  package var seed: UInt64
  /// What the reader of a command may want to know, such as that a hyperparameter has another name here.
  package var notes: [String] = []
  /// What is probably not as wanted, such as hyperparameters without effect.
  package var warnings: [String] = []

  /// The number of environments that are stepped together.
  package var environments: Int { configuration.environments }

  /// Resolves names and overlays: the agent's defaults, the environment's preset, the file, single settings.
  package init(
    agent: String, environment: String, file: [String: JSONValue] = [:],
    settings: [String: JSONValue] = [:], usesPreset: Bool = true, steps: Int? = nil,
    seed: UInt64? = nil, environments: Int? = nil, catalog: Catalog,
    warn: (String) -> Void = { _ in }
  ) throws {
    kind = try catalog.agents.named(agent)
    let (entry, warning) = try catalog.environments.resolve(environment)
    if let warning { warn(warning) }
    self.entry = entry
    if let obstacle = kind.type.unsupportedReason(in: entry.spec) {
      throw ExperimentError.invalid("\(kind.name) cannot learn \(entry.id): \(obstacle).")
    }
    var file = file
    let names: [(key: String, name: String, resolve: (String) -> String?)] = [
      ("agent", kind.name, { try? catalog.agents.named($0).name }),
      ("environment", entry.id, { try? catalog.environment($0).id }),
    ]
    for (key, name, resolve) in names {
      guard let value = file.removeValue(forKey: key) else { continue }
      guard case .string(let word) = value, resolve(word) == name else {
        throw ExperimentError.invalid(
          "The configuration file is for another \(key) than '\(name)'.")
      }
    }
    let fileSteps = try Self.whole(file.removeValue(forKey: "steps"), "steps")
    let fileSeed = try Self.whole(file.removeValue(forKey: "seed"), "seed")
    var settings = settings
    if let environments { settings["environments"] = .int(environments) }
    let preset = usesPreset ? kind.presets[entry.id] : nil
    configuration = try kind.settings(from: preset?.settings, [file, settings])
    for layer in [file, settings] { notes += try kind.defaults.translated(layer).notes }
    let budget = steps ?? fileSteps.map { Int(clamping: $0) } ?? preset?.steps ?? 100_000
    self.steps = budget
    self.seed = seed ?? fileSeed ?? UInt64.random(in: 0..<1_000_000)
    guard self.steps > 0 else {
      throw ExperimentError.invalid("The budget must be 1 step or more, not \(self.steps).")
    }
    warnings = configuration.warnings(in: entry.spec, steps: budget)
  }

  private static func whole(_ value: JSONValue?, _ key: String) throws -> UInt64? {
    switch value {
    case nil: return nil
    case .int(let number) where number >= 0: return UInt64(number)
    case .string(let word):
      if let number = UInt64(word) { return number }
      fallthrough
    default:
      throw ExperimentError.invalid(
        "'\(key)' in the configuration file must be a whole number from 0 on.")
    }
  }

  /// The plan as a configuration file.
  package var yaml: String {
    var lines = [
      "agent: \(kind.name)", "environment: \(entry.id)", "steps: \(steps)", "seed: \(seed)",
    ]
    lines += configuration.yaml
    return lines.joined(separator: "\n") + "\n"
  }

  /// Reads back a plan that `yaml` wrote.
  package init(reading path: String, catalog: Catalog) throws {
    var file = try ConfigurationFile.read(path)
    guard case .string(let agent) = file.removeValue(forKey: "agent"),
      case .string(let environment) = file.removeValue(forKey: "environment")
    else {
      throw ExperimentError.failed("'\(path)' does not say which agent and environment it is for.")
    }
    kind = try catalog.agents.named(agent)
    entry = try catalog.environment(environment)
    let steps = try Self.whole(file.removeValue(forKey: "steps"), "steps")
    let seed = try Self.whole(file.removeValue(forKey: "seed"), "seed")
    configuration = try kind.settings([file])
    self.steps = steps.map { Int(clamping: $0) } ?? 0
    self.seed = seed ?? 0
  }
}
