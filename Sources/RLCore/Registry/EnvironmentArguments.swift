public import RLSupport

/// The arguments that an environment of a registry takes by name.
public struct EnvironmentArguments: Sendable {
  /// The names, in the order of the sheet; `max_episode_steps`, which all registered environments take, comes last
  /// unless it is one of the environment's own.
  public var names: [String] = []
  /// One line an argument: name, value, meaning, limits.
  public var sheet: [String] = []
  /// The entry made with some arguments.
  var apply: (@Sendable ([String: JSONValue]) throws(SettingsError) -> EnvironmentRegistry.Entry)?

  /// None.
  public init() {}

  /// Arguments.
  ///
  /// - Parameters:
  ///   - names: The names, in the order of the sheet.
  ///   - sheet: One line an argument: name, value, meaning, limits.
  ///   - apply: The entry made with some arguments.
  public init(
    names: [String], sheet: [String],
    apply:
      @escaping @Sendable ([String: JSONValue]) throws(SettingsError) ->
      EnvironmentRegistry.Entry
  ) {
    self.names = names
    self.sheet = sheet
    self.apply = apply
  }
}

extension EnvironmentRegistry.Entry {
  /// The same environment made with arguments.
  ///
  /// - Parameter arguments: Values by name, in place of all those that this entry was made with; none of
  ///   them leaves the entry as it is.
  /// - Throws: `RegistryError` for a name that is none, with the nearest that is one, and for a value of the
  ///   wrong type or out of its limits.
  public func with(_ arguments: [String: JSONValue]) throws(RegistryError) -> Self {
    if arguments.isEmpty { return self }
    guard let apply = self.arguments.apply else {
      throw .argument(id, .unknown(name: arguments.keys.min() ?? "", known: []))
    }
    do { return try apply(arguments) } catch { throw .argument(id, error) }
  }

  /// Whether arguments make the same environment as those that this entry was made with.
  ///
  /// - Parameter arguments: Values by name; what is not given has its default.
  public func isSame(with arguments: [String: JSONValue]) -> Bool {
    if arguments == spec.arguments { return true }
    guard let other = try? self.arguments.apply?(arguments) else { return false }
    return other.arguments.sheet == self.arguments.sheet
      && other.spec.maxEpisodeSteps == spec.maxEpisodeSteps
  }
}

extension EnvironmentRegistry {
  /// An entry for environments that are made with arguments.
  ///
  /// - Parameters:
  ///   - id: Its full name.
  ///   - maxSteps: The time limit after which episodes are truncated.
  ///   - rewardThreshold: The mean return from which the task counts as solved.
  ///   - summary: One line on the task.
  ///   - documentation: The sheet.
  ///   - tags: Words to search by.
  ///   - table: What can be set by name.
  ///   - given: Arguments by name; what is not given has its default.
  ///   - vector: Makes another vector than ``BatchedEnvironments``.
  ///   - standard: The parameters with their defaults.
  ///   - prototype: An environment of the standard parameters; if it is given, all that the entry makes are copies of
  ///     it, or of the one that was built with the arguments, as building takes long. `nil` builds each.
  ///   - remarks: What is odd about an environment, each as a sentence.
  ///   - build: Makes an environment of parameters; throws what is wrong with one of them.
  @inlinable package static func entry<Parameters: Sendable, E: Environment>(
    _ id: String, _ maxSteps: Int?, _ rewardThreshold: Double?, _ summary: String,
    _ documentation: String, _ tags: [String],
    _ table: SettingsTable<Parameters>?, _ given: [String: JSONValue],
    _ vector: (@Sendable (E, EnvironmentSpec, Int) -> any VectorEnvironment)?,
    _ standard: @escaping @Sendable () -> Parameters,
    prototype: E? = nil, remarks: @escaping @Sendable (E) -> [String] = { _ in [] },
    _ build: @escaping @Sendable (Parameters) throws(SettingsError) -> E
  ) throws(SettingsError) -> Entry {
    let table = table ?? SettingsTable {}
    let limit = try EpisodeLimitArgument(maxSteps, given, own: table.names)
    let own = limit.others
    let limitName = EpisodeLimitArgument.name
    let names = table.names + (table.names.contains(limitName) ? [] : [limitName])
    let parameters: Parameters
    do throws(SettingsError) {
      parameters = try table.overlaid(standard(), by: own)
    } catch {
      guard case .unknown(let name, let known) = error, known == table.names else { throw error }
      throw .unknown(name: name, known: names)
    }
    try table.check(parameters)
    let example: E
    if own.isEmpty, let prototype { example = prototype } else { example = try build(parameters) }
    let make: @Sendable () -> E = {
      if prototype != nil { return example }
      let now = own.isEmpty ? standard() : (try? table.overlaid(standard(), by: own)) ?? parameters
      return (try? build(now)) ?? example
    }
    let spec = EnvironmentSpec(
      id: id, observationSpace: example.observationSpace.spec,
      actionSpace: example.actionSpace.spec, maxEpisodeSteps: limit.maxSteps,
      rewardThreshold: rewardThreshold, masksActions: E.masksActions,
      arguments: try table.translated(own).values.merging(limit.given) { $1 },
      infos: E.Info.fields)
    let drawable = E.self as? any Drawable.Type
    var entry = Entry(
      spec: spec, summary: summary, documentation: documentation, tags: tags,
      makeVector: { count in
        vector?(make(), spec, count) ?? BatchedEnvironments(spec, count: count, make: make)
      }, check: { checkEnvironment(make(), id: id) },
      makeSingle: { BatchedEnvironments(spec, count: 1, make: make) },
      framesPerSecond: drawable.map { max(1, $0.framesPerSecond) },
      keyMap: (example as? any Playable)?.keyMap ?? .standard(for: spec.actionSpace))
    entry.warnings = table.ineffective(in: parameters, standard: standard()).map {
      "'\($0.name)' of \(id) has no effect without \($0.needs)."
    }
    entry.warnings += remarks(example)
    entry.arguments = EnvironmentArguments(
      names: names, sheet: table.sheet(of: parameters),
      apply: { (given: [String: JSONValue]) throws(SettingsError) -> Entry in
        try Self.entry(
          id, maxSteps, rewardThreshold, summary, documentation, tags, table, given, vector,
          standard, prototype: prototype, remarks: remarks, build)
      })
    return entry
  }
}
