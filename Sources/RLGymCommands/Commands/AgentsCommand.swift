internal import ArgumentParser
internal import RLGym

/// `rlgym agents [NAME]`
struct AgentsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agents", abstract: "List the agents, or describe one with all hyperparameters.")

  @Argument(help: "An agent to describe.", completion: .list(Context.catalog.agents.names))
  var name: String?

  func run() throws {
    guard let name else {
      let agents = Context.catalog.agents
      let width = agents.names.map(\.count).max() ?? 0
      let lines = agents.entries.map { "\(Format.padded($0.name, width))  \($0.summary)" }
      try Output.result(lines.joined(separator: "\n"))
      return
    }
    try Output.result(Self.sheet(Context.catalog.agents.named(name)))
  }

  /// Everything there is to know of an agent.
  static func sheet(_ kind: AgentRegistry.Entry) throws -> String {
    var lines = [
      "\(kind.name)  \(kind.summary)", "",
      "Hyperparameters (name, default, meaning, Stable-Baselines3's name and the symbol):",
    ]
    lines += kind.defaults.sheet.map { "  " + $0 }
    let presets = Context.catalog.environments.entries.compactMap { entry in
      kind.presets[entry.id].map { (entry.id, $0) }
    }
    if !presets.isEmpty { lines += ["", "Presets:"] }
    for (id, preset) in presets {
      lines.append("  \(id), \(Format.count(preset.steps)) steps:")
      lines.append(
        "    "
          + preset.settings.changes.map { "\($0.name)=\($0.value.word)" }.joined(separator: " "))
    }
    let able = Context.catalog.environments.entries.filter {
      kind.type.unsupportedReason(in: $0.spec) == nil
    }.map(
      \.id)
    lines += ["", "Can learn: \(able.joined(separator: ", "))."]
    return lines.joined(separator: "\n")
  }
}
