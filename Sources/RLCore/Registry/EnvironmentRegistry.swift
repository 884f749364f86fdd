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
  private var missing: [String: String] = [:]

  /// An empty registry.
  public init() {}

  /// All environments, sorted by name.
  public var entries: [Entry] { byID.values.sorted { $0.id < $1.id } }

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
        make)
    } catch { throw .argument(id, error) }
    if let wrapper = E.learningWrapper(in: make()) { throw .learning(id, wrapper: wrapper) }
    try add(entry)
  }

  /// Adds an environment that is described in full.
  public mutating func add(_ entry: Entry) throws(RegistryError) {
    let allowed = entry.id.allSatisfy { $0.isLetter || $0.isNumber || "-_./".contains($0) }
    guard !entry.id.isEmpty, allowed else { throw .malformedName(entry.id) }
    guard byID[entry.id] == nil else { throw .duplicate(entry.id) }
    if let limit = entry.spec.maxEpisodeSteps, limit < 1 { throw .badLimit(entry.id, limit) }
    for (space, word) in [
      (entry.spec.observationSpace, "observation"), (entry.spec.actionSpace, "action"),
    ] {
      if let problem = space.rowProblem { throw .badSpace(entry.id, word, problem) }
    }
    byID[entry.id] = entry
  }

  /// Remembers an environment that this build lacks, so that asking for it tells how to get it.
  ///
  /// - Parameters:
  ///   - id: Its full name.
  ///   - needs: What it needs, as the end of a sentence that begins with "It needs".
  public mutating func setMissing(_ id: String, needs: String) { missing[id] = needs }

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
    let versions = byID.keys.filter { Self.parse($0).base == base }.sorted {
      (Self.parse($0).version ?? -1) < (Self.parse($1).version ?? -1)
    }
    if let entry = byID[name] {
      if let version, let newest = versions.last, (Self.parse(newest).version ?? 0) > version {
        return (entry, "\(name) is an older version; \(newest) is the newest one.")
      }
      return (entry, nil)
    }
    if version == nil, let newest = versions.last, let entry = byID[newest] { return (entry, nil) }
    if version != nil, !versions.isEmpty { throw .unknownVersion(name, known: versions) }
    let absent = missing.first {
      $0.key == name || version == nil && Self.parse($0.key).base == base
    }
    if let absent { throw .missing(name, needs: absent.value) }
    throw .unknown(name, suggestion: nearest(to: name, among: names))
  }

  /// Every name that `resolve` takes, with and without version.
  public var names: [String] {
    Set(byID.keys.flatMap { [$0, Self.parse($0).base] }).sorted()
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

/// What can go wrong with the names of environments.
public enum RegistryError: Error, Equatable, CustomStringConvertible {
  /// No such environment.
  case unknown(String, suggestion: String?)
  /// An environment that this build lacks.
  case missing(String, needs: String)
  /// No such version.
  case unknownVersion(String, known: [String])
  /// The name is taken.
  case duplicate(String)
  /// The name has characters that do not belong there.
  case malformedName(String)
  /// A time limit below one step.
  case badLimit(String, Int)
  /// A space whose values rows of numbers cannot carry.
  case badSpace(String, String, String)
  /// A wrapper that goes on learning from episode to episode.
  case learning(String, wrapper: String)
  /// An argument that the environment does not take, or not like that.
  case argument(String, SettingsError)

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .unknown(let name, let suggestion):
      "Unknown environment '\(name)'."
        + (suggestion.map { " Did you mean '\($0)'?" } ?? " `rlgym envs` lists them all.")
    case .missing(let name, let needs): "Unknown environment '\(name)'. It needs \(needs)."
    case .unknownVersion(let name, let known):
      "Unknown environment '\(name)'. Known versions: \(known.joined(separator: ", "))."
    case .duplicate(let name):
      "There is already an environment '\(name)'; give this one another name or version."
    case .malformedName(let name):
      "'\(name)' is no name for an environment: use letters, digits, '-', '_', '.' and '/'."
    case .badLimit(let name, let limit):
      "\(name): a time limit of \(limit) steps leaves no room for a step."
    case .badSpace(let name, let word, let problem): "\(name): the \(word) space \(problem)."
    case .learning(let name, let wrapper):
      "\(name): \(learningProblem(wrapper)), and a model would be judged behind other numbers than it learned behind. \(learningRemedy)"
    case .argument(let name, .unknown(let argument, let known)):
      "\(name) takes no argument '\(argument)'."
        + (nearest(to: argument, among: known).map { " Did you mean '\($0)'?" }
          ?? (known.isEmpty ? " It takes none." : " It takes: \(known.joined(separator: ", "))."))
    case .argument(let name, let error): "\(name): \(error)"
    }
  }
}

/// What is wrong with an environment behind a wrapper that goes on learning.
func learningProblem(_ wrapper: String) -> String {
  "its wrapper \(wrapper) goes on learning from episode to episode, each copy of the environment by itself"
}

/// What to do about it.
let learningRemedy =
  "Leave it out and train with `--set normalizeObservations=true` (ppo has normalizeRewards, too), whose statistics are part of the model; or freeze it (isFrozen) with statistics that are known."
