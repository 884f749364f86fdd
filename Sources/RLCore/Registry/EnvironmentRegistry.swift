public import RLSupport

/// Environments by name: a value that users extend with their own.
public struct EnvironmentRegistry: Sendable {
  /// One environment.
  public struct Entry: Sendable {
    /// What it is; `spec.id` is its full name, such as `CartPole-v1`.
    public var spec: EnvironmentSpec
    /// One line on the task.
    public var summary: String
    /// The sheet: action, observation, reward, start, end, versions.
    public var documentation: String
    /// Words to search by, such as `classic-control`.
    public var tags: [String]
    /// Makes a vector of so many environments for one thread.
    public var makeVector: @Sendable (Int) -> any VectorEnvironment
    /// Checks one environment.
    public var check: @Sendable () -> EnvironmentCheck
    /// Makes a vector of one environment, for showing, playing and recording: it keeps what only drawings need,
    /// which other vectors may drop.
    public var makeSingle: (@Sendable () -> any VectorEnvironment)?
    /// How many steps a second look natural; `nil` if the environment is not ``Drawable``.
    public var framesPerSecond: Int?
    /// Which keys stand for its actions; `nil` if the action space has no natural ones.
    public var keyMap: KeyMap?
    /// The arguments that it takes.
    public var arguments = EnvironmentArguments()
    /// Arguments that it was made with and that have no effect, each as a sentence.
    public var warnings: [String] = []

    /// An entry with every field given.
    public init(
      spec: EnvironmentSpec, summary: String, documentation: String, tags: [String],
      makeVector: @escaping @Sendable (Int) -> any VectorEnvironment,
      check: @escaping @Sendable () -> EnvironmentCheck,
      makeSingle: (@Sendable () -> any VectorEnvironment)? = nil, framesPerSecond: Int? = nil,
      keyMap: KeyMap? = nil
    ) {
      self.spec = spec
      self.summary = summary
      self.documentation = documentation
      self.tags = tags
      self.makeVector = makeVector
      self.check = check
      self.makeSingle = makeSingle
      self.framesPerSecond = framesPerSecond
      self.keyMap = keyMap
    }

    /// The full name.
    public var id: String { spec.id }
  }

  private var byID: [String: Entry] = [:]
  private var deferred: [String: DeferredEntry] = [:]

  /// An empty registry.
  public init() {}

  /// All environments that can be made here, sorted by name.
  public var entries: [Entry] {
    (Array(byID.values) + deferred.values.compactMap { try? $0.entry.get() }).sorted {
      $0.id < $1.id
    }
  }

  /// Adds an environment.
  ///
  /// - Parameters:
  ///   - id: Its name, with a version suffix (`Corridor-v2`) or without.
  ///   - maxSteps: The time limit after which episodes are truncated.
  ///   - rewardThreshold: The mean return from which the task counts as solved.
  ///   - summary: One line on the task.
  ///   - documentation: The sheet.
  ///   - tags: Words to search by.
  ///   - arguments: What can be set by name, as in `make("CartPole", ["sutton_barto_reward": true])`.
  ///   - vector: Makes another vector than ``BatchedEnvironments``, such as
  ///     `{ LaneVector($0, $1, count: $2) }`, of an environment, its description and a count.
  ///   - make: Makes one environment.
  /// - Throws: `RegistryError` if the name is taken or malformed, if a space has values that rows of numbers cannot
  ///   carry, and if a wrapper goes on learning from episode to episode.
  @inlinable public mutating func register<E: Environment>(
    _ id: String, maxSteps: Int? = nil, rewardThreshold: Double? = nil, summary: String = "",
    documentation: String = "", tags: [String] = [],
    arguments: SettingsTable<E>? = nil,
    vector: (@Sendable (E, EnvironmentSpec, Int) -> any VectorEnvironment)? = nil,
    _ make: @escaping @Sendable () -> E
  ) throws(RegistryError) {
    let entry: Entry
    do {
      entry = try Self.entry(
        id, maxSteps, rewardThreshold, summary, documentation, tags, arguments, [:], vector,
        make, { $0 })
    } catch { throw .argument(id, error) }
    if let wrapper = E.learningWrapper(in: make()) { throw .learning(id, wrapper: wrapper) }
    try add(entry)
  }

  /// Adds an environment that is described in full.
  public mutating func add(_ entry: Entry) throws(RegistryError) {
    try admit(entry.id, maxSteps: entry.spec.maxEpisodeSteps)
    try Self.checkSpaces(of: entry)
    deferred[entry.id] = nil
    byID[entry.id] = entry
  }

  /// Throws for a name that is malformed or taken and for a time limit that leaves no room for a step.
  private func admit(_ id: String, maxSteps: Int?) throws(RegistryError) {
    let allowed = id.allSatisfy { $0.isLetter || $0.isNumber || "-_./".contains($0) }
    guard !id.isEmpty, allowed else { throw .malformedName(id) }
    guard byID[id] == nil, deferred[id]?.isPresent != true else { throw .duplicate(id) }
    if let maxSteps, maxSteps < 1 { throw .badLimit(id, maxSteps) }
  }

  /// Throws for a space whose values rows of numbers cannot carry, and for masks without choices.
  private static func checkSpaces(of entry: Entry) throws(RegistryError) {
    for (space, word) in [
      (entry.spec.observationSpace, "observation"), (entry.spec.actionSpace, "action"),
    ] {
      if let problem = space.rowProblem { throw .badSpace(entry.id, word, problem) }
    }
    if entry.spec.masksActions && entry.spec.actionSpace.choices.isEmpty {
      throw .badSpace(
        entry.id, "action",
        "\(entry.spec.actionSpace) has no choices, which the environment's masks are for")
    }
  }

  /// Remembers an environment that this build lacks, so that asking for it tells how to get it.
  ///
  /// - Parameters:
  ///   - id: Its full name.
  ///   - summary: One line on the task.
  ///   - needs: What it needs, as the end of a sentence that begins with "it needs".
  public mutating func setMissing(_ id: String, summary: String = "", needs: String) {
    deferred[id] = DeferredEntry(id, summary, isPresent: false) { () throws(RegistryError) in
      throw .missing(id, needs: needs)
    }
  }

  /// Adds an environment that is made when somebody first asks for it, since it needs a library or files that
  /// other environments do without.
  ///
  /// - Parameters:
  ///   - id: Its full name.
  ///   - maxSteps: The time limit after which episodes are truncated.
  ///   - summary: One line on the task.
  ///   - needs: What it lacks to be made, as the end of a sentence that begins with "it needs", or `nil`; asked by
  ///     `listing`, which makes the entry to find out if this is `nil` itself.
  ///   - make: Makes the entry; throws `RegistryError.missing` where what it needs is not there. Called once.
  /// - Throws: `RegistryError` if the name is taken or malformed or the limit below one step. What of the made entry
  ///   cannot be is told where it is asked for.
  public mutating func addDeferred(
    _ id: String, maxSteps: Int? = nil, summary: String,
    needs: (@Sendable () -> String?)? = nil,
    _ make: @escaping @Sendable () throws(RegistryError) -> Entry
  ) throws(RegistryError) {
    try admit(id, maxSteps: maxSteps)
    deferred[id] = DeferredEntry(id, summary, isPresent: true, needs: needs) {
      () throws(RegistryError) in
      let entry = try make()
      try Self.checkSpaces(of: entry)
      return entry
    }
  }

  /// Every name that is known, with what each still needs to be made, as far as that is known without making it.
  ///
  /// - Returns: Full names in order, summaries, and `nil` or the end of a sentence that begins with "it needs".
  public var listing: [(id: String, summary: String, needs: String?)] {
    (byID.values.map { ($0.id, $0.summary, nil) }
      + deferred.values.map { ($0.id, $0.summary, $0.needs) })
      .sorted { $0.0 < $1.0 }
  }

  /// Finds an environment by its full name, or the newest version of a name without one.
  ///
  /// - Parameters:
  ///   - name: The name.
  ///   - arguments: Arguments by name, instead of their defaults.
  /// - Returns: The entry, and a warning if there is a newer version.
  public func resolve(_ name: String, _ arguments: [String: JSONValue] = [:])
    throws(RegistryError) -> (entry: Entry, warning: String?)
  {
    let (entry, warning) = try resolve(name: name)
    return (try entry.with(arguments), warning)
  }

  private func resolve(name: String) throws(RegistryError) -> (entry: Entry, warning: String?) {
    let (base, version) = Self.parse(name)
    let versions = known.filter { Self.parse($0).base == base }.sorted {
      (Self.parse($0).version ?? -1) < (Self.parse($1).version ?? -1)
    }
    if let entry = try entry(name, askedAs: name) {
      if let version, let newest = versions.last, (Self.parse(newest).version ?? 0) > version {
        return (entry, "\(name) is an older version; \(newest) is the newest one.")
      }
      return (entry, nil)
    }
    if version == nil, let newest = versions.last, let entry = try entry(newest, askedAs: name) {
      return (entry, nil)
    }
    if version != nil, !versions.isEmpty { throw .unknownVersion(name, known: versions) }
    if version == nil, let absent = deferred.keys.first(where: { Self.parse($0).base == base }) {
      _ = try entry(absent, askedAs: name)
    }
    throw .unknown(name, suggestion: nearest(to: name, among: names))
  }

  /// The entry of a full name; `nil` for none.
  private func entry(_ id: String, askedAs name: String) throws(RegistryError) -> Entry? {
    if let entry = byID[id] { return entry }
    guard let made = deferred[id]?.entry else { return nil }
    switch made {
    case .success(let entry): return entry
    case .failure(.missing(_, let needs)): throw .missing(name, needs: needs)
    case .failure(let error): throw error
    }
  }

  /// The full names of what this build has.
  private var known: [String] { byID.keys + deferred.values.filter(\.isPresent).map(\.id) }

  /// Every name that `resolve` takes, with and without version.
  public var names: [String] {
    Set(known.flatMap { [$0, Self.parse($0).base] }).sorted()
  }

  /// Makes a vector of environments.
  ///
  /// - Parameters:
  ///   - name: As for `resolve`.
  ///   - arguments: Arguments by name, instead of their defaults.
  ///   - count: How many environments.
  ///   - threads: How many threads step them.
  public func make(
    _ name: String, _ arguments: [String: JSONValue] = [:], count: Int = 1, threads: Int = 1
  ) throws(RegistryError) -> any VectorEnvironment {
    let vector = try resolve(name, arguments).entry.makeVector(count)
    return threads > 1 && count > 1 ? ParallelEnvironments(vector, threads: threads) : vector
  }

  private static func parse(_ id: String) -> (base: String, version: Int?) {
    guard let dash = id.lastIndex(of: "-"), id[dash...].hasPrefix("-v"),
      let version = Int(id[id.index(dash, offsetBy: 2)...])
    else { return (id, nil) }
    return (String(id[..<dash]), version)
  }
}
