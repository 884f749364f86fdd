internal import ArgumentParser
internal import RLGym

/// `rlgym envs [NAME]`
struct EnvironmentsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "envs", abstract: "List the environments, or describe one.")

  @Argument(
    help: "An environment to describe.", completion: .list(Context.catalog.environments.names))
  var name: String?
  @OptionGroup var made: EnvironmentOptions

  func run() throws {
    guard let name else {
      try made.requireNone()
      let known = Context.catalog.environments.listing
      let width = known.map(\.id.count).max() ?? 0
      // A mark for those that cannot be made here, and below what each needs.
      let lines = known.map {
        "\(Format.padded($0.id, width))\($0.needs == nil ? "  " : " *")\($0.summary)"
      }
      var needs: [(text: String, ids: [String])] = []
      for environment in known {
        guard let text = environment.needs else { continue }
        if let i = needs.firstIndex(where: { $0.text == text }) {
          needs[i].ids.append(environment.id)
        } else {
          needs.append((text, [environment.id]))
        }
      }
      let notes = needs.flatMap {
        [
          "",
          "* \($0.ids.count == 1 ? $0.ids[0] : "\($0.ids.count) environments") cannot be made here yet. Needed: \($0.text).",
        ]
      }
      try Output.result((lines + notes).joined(separator: "\n"))
      return
    }
    let entry = try Context.environment(name, made)
    try Output.result(Self.sheet(entry))
  }

  /// Everything there is to know of an environment.
  static func sheet(_ entry: EnvironmentRegistry.Entry) -> String {
    let spec = entry.spec
    var lines = [
      "\(entry.id)  \(entry.summary)", "",
      "  observations  \(spec.observationSpace)", "  actions       \(spec.actionSpace)",
      "  time limit    \(spec.maxEpisodeSteps.map { "\($0) steps" } ?? "none") (--env-set max_episode_steps=N, or -1 for none)",
      "  solved at     \(spec.rewardThreshold.map { "a mean return of \($0)" } ?? "no threshold")",
      "  tags          \(entry.tags.joined(separator: ", "))",
    ]
    for agent in Context.catalog.agents.entries.sorted(by: { $0.name < $1.name }) {
      guard let preset = agent.presets[entry.id] else { continue }
      lines.append("  preset \(Format.padded(agent.name, 6)) \(Format.count(preset.steps)) steps")
    }
    if !entry.arguments.sheet.isEmpty {
      lines += ["", "Arguments (--env-set name=value):"] + entry.arguments.sheet.map { "  " + $0 }
    }
    if !entry.documentation.isEmpty { lines += ["", entry.documentation] }
    return lines.joined(separator: "\n")
  }
}
