internal import ArgumentParser
internal import RLGym

/// `rlgym agents [NAME]`
struct AgentsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agents", abstract: "List the agents, or describe one with all hyperparameters.")

  @Argument(help: "An agent to describe.", completion: .list(Context.catalog.agents.map(\.name)))
  var name: String?

  func run() throws {
    guard let name else {
      for kind in Context.catalog.agents {
        print("\(Format.padded(kind.name, 6))  \(kind.summary)")
      }
      return
    }
    print(try Self.sheet(Context.catalog.agent(name)))
  }

  /// Everything there is to know of an agent.
  static func sheet(_ kind: AgentKind) throws -> String {
    let defaults = try kind.configure([]).settings
    let nameWidth = kind.fields.map(\.name.count).max() ?? 0
    let valueWidth = defaults.map(\.text.count).max() ?? 0
    var lines = [
      "\(kind.name)  \(kind.summary)", "", "Hyperparameters (name, default, meaning, SB3's name):",
    ]
    for (field, value) in zip(kind.fields, defaults) {
      let alias = field.alias.isEmpty ? "" : " (\(field.alias))"
      lines.append(
        "  \(Format.padded(field.name, nameWidth))  \(Format.padded(value.text, valueWidth))  \(field.meaning)\(alias)"
      )
    }
    let presets = Context.catalog.environments.entries.filter { $0.presets[kind.name] != nil }
    if !presets.isEmpty { lines += ["", "Presets:"] }
    for entry in presets {
      guard let preset = entry.presets[kind.name] else { continue }
      let configuration = try kind.configure([preset.settings]).settings
      let changed = configuration.filter { preset.settings[$0.name] != nil }
      lines.append("  \(entry.id), \(Format.count(preset.steps)) steps:")
      lines.append("    " + changed.map { "\($0.name)=\($0.text)" }.joined(separator: " "))
    }
    let able = Context.catalog.environments.entries.filter { kind.obstacle($0.spec) == nil }.map(
      \.id)
    lines += ["", "Can learn: \(able.joined(separator: ", "))."]
    return lines.joined(separator: "\n")
  }
}
