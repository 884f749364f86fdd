internal import RLAgents
internal import RLCore
internal import RLSupport

/// What a run knows of its own plan: every checkpoint and model keeps the `config.yaml` that it was trained by, so that
/// an edit is named.
extension RunPlan {
  /// The name under which a checkpoint keeps the plan.
  private static let fileName = "config.yaml"

  /// What a checkpoint or a model keeps.
  var checkpointNotes: [String: String] { [Self.fileName: yaml] }

  /// A key of the plan that is not what it was.
  struct Change: CustomStringConvertible {
    var key: String
    var was: JSONValue
    var isNow: JSONValue
    /// Whether a training can go on with the new value.
    var isVariable: Bool
    var description: String { "\(key) was \(was.word) and is \(isNow.word)" }
  }

  /// Reads back the plan that a checkpoint or a model was trained by; `nil` where it does not say, as those of
  /// version 0.1.0 do not.
  private static func kept(in directory: String, catalog: Catalog) throws -> RunPlan? {
    guard let text = try Checkpoint.notes(directory)[fileName] else { return nil }
    let path = directory + "/manifest.json"
    return try RunPlan(ConfigurationFile.parse(text, name: path), name: path, catalog: catalog)
  }

  /// What is not as it was when a checkpoint or a model was trained.
  private func changes(since directory: String, catalog: Catalog) throws -> [Change] {
    try Self.kept(in: directory, catalog: catalog).map { try changes(from: $0) } ?? []
  }

  /// The keys that differ from those of another plan, in the order of the file.
  func changes(from other: RunPlan) throws -> [Change] {
    func values(_ plan: RunPlan) throws -> [String: JSONValue] {
      try ConfigurationFile.parse(plan.yaml, name: Self.fileName)
    }
    let (old, new) = (try values(other), try values(self))
    let variable = Self.variableSettings(configuration)
    return Set(old.keys).union(new.keys).sorted().compactMap { key in
      let (was, now) = (old[key] ?? .null, new[key] ?? .null)
      return was == now
        ? nil
        : Change(
          key: key, was: was, isNow: now, isVariable: key == "steps" || variable.contains(key))
    }
  }

  private static func variableSettings<S: AgentSettings>(_ settings: S) -> Set<String> {
    Set(S.table.settings.filter(\.isVariable).map(\.name))
  }

  /// Throws if the plan is not the one of a checkpoint, but for a budget and settings that can change in training:
  /// these are told. The budget of `metadata.json` is the run's own, given by `--steps` after the checkpoint.
  func requireSame(
    asCheckpoint directory: String, of run: String, catalog: Catalog,
    warn: (String) -> Void
  ) throws {
    let isOwn = RunMetadata.steps(of: run) == steps
    let changes = try changes(since: directory, catalog: catalog).filter {
      $0.key != "steps" || !isOwn
    }
    let file = "'\(run)/config.yaml' was changed since '\(directory)' was written"
    let fixed = changes.filter { !$0.isVariable }
    guard fixed.isEmpty else {
      let program = Invocation.program
      let words = [run + "/config.yaml", run].map(Invocation.quoted)
      throw ExperimentError.invalid(
        "\(file): \(Self.words(fixed)), which cannot change in a run. Put it back, or begin a new run with these weights: \(program) train \(agent.name) \(environment.id) --config \(words[0]) --from \(words[1])"
      )
    }
    if !changes.isEmpty {
      warn("\(file): \(Self.words(changes)). The training goes on with what it says now.")
    }
  }

  /// Throws if the plan is not the one that a model was trained by, but for a budget and settings of learning.
  func requireSame(asModel directory: String, of run: String, catalog: Catalog) throws {
    let fixed = try changes(since: directory, catalog: catalog).filter { !$0.isVariable }
    if fixed.isEmpty { return }
    throw ExperimentError.invalid(
      "'\(run)/config.yaml' was changed since '\(directory)' was written: \(Self.words(fixed)). Put it back."
    )
  }

  static func words(_ changes: [Change]) -> String {
    changes.prefix(4).map(\.description).joined(separator: ", ")
      + (changes.count > 4 ? " and \(changes.count - 4) more" : "")
  }
}
