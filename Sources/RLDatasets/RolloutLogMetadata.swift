public import RLCore
public import RLSupport

/// What a log says of itself in `metadata.json`: Minari's entries, and rlgym's own under `rlgym`.
public struct RolloutLogMetadata: Sendable, Equatable {
  /// The name of the dataset, such as `cartpole-v0`.
  public var datasetID: String
  /// The environment's name, if it is known.
  public var environment: String?
  /// The arguments that the environment was made with, by name.
  public var environmentArguments: [String: JSONValue] = [:]
  /// The space of observations.
  public var observationSpace: SpaceSpec
  /// The space of actions.
  public var actionSpace: SpaceSpec
  /// The numbers of the steps' information.
  public var infos: [InfoField] = []
  /// The number of episodes.
  public var episodeCount: Int
  /// The sum of the episodes' lengths.
  public var stepCount: Int
  /// The agent that acted, if it is known.
  public var algorithm: String?
  /// What the log is, in a sentence.
  public var description: String?
  /// The version of rlgym's additions to the format; `nil` for other programs' datasets.
  public var writer: String?

  var environmentSpec: String?
  /// The episodes of each shard, in logs that can be continued.
  var shards: [Int]?

  /// The entries of a new log.
  ///
  /// - Parameters:
  ///   - datasetID: As Minari names datasets: `(namespace/)name-vN`.
  ///   - spec: The environment.
  ///   - algorithm: The agent that acts.
  ///   - description: What the log is, in a sentence.
  /// - Throws: `RolloutLogError.badName`, and `refused` for spaces that rows cannot carry.
  public init(
    datasetID: String, spec: EnvironmentSpec, algorithm: String? = nil, description: String? = nil
  ) throws(RolloutLogError) {
    guard Self.isName(datasetID) else { throw .badName(datasetID) }
    if let problem = spec.observationSpace.rowProblem ?? spec.actionSpace.rowProblem {
      throw .refused(datasetID, reason: "of \(spec.id) there can be no log: \(problem)")
    }
    self.datasetID = datasetID
    environment = spec.id
    environmentArguments = spec.arguments
    observationSpace = spec.observationSpace
    actionSpace = spec.actionSpace
    infos = spec.infos
    episodeCount = 0
    stepCount = 0
    self.algorithm = algorithm
    self.description = description
    environmentSpec = GymnasiumSpec(spec)?.json
    writer = Self.version
  }

  /// The version of the extensions to Minari's format.
  static let version = "1"

  /// Whether Minari takes a name: parts of two characters or more, and a version.
  public static func isName(_ name: String) -> Bool {
    func isWord(_ part: Substring) -> Bool {
      part.utf8.count >= 2
        && part.utf8.allSatisfy {
          switch $0 {
          case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
          default: false
          }
        }
    }
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.allSatisfy(isWord), let last = parts.last,
      let dash = last.lastIndex(of: "-"), dash > last.startIndex
    else { return false }
    let version = last[last.index(after: dash)...]
    return version.first == "v" && version.count > 1 && version.count < 10
      && version.dropFirst().allSatisfy { $0.isASCII && $0.isNumber }
  }

  /// A name for a dataset from any words: what Minari does not take becomes a dash.
  public static func name(from words: String) -> String {
    if isName(words) { return words }
    let clean = String(
      words.unicodeScalars.map {
        $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil)
          ? Character($0) : "-"
      })
    let name = clean + "-v0"
    return isName(name) ? name : "log-v0"
  }

  /// How the environment of a dataset of another program differs from one with the same name and arguments: wrappers of its
  /// own, or a time limit that is no argument; `nil` if nothing of that kind is known.
  public func variant(of spec: EnvironmentSpec) -> String? {
    guard writer == nil, let recorded = environmentSpec.flatMap({ JSONValue(text: Array($0.utf8)) })
    else { return nil }
    var differences: [String] = []
    let hasLimit = environmentArguments["max_episode_steps"] != nil
    if !hasLimit, let limit = recorded["max_episode_steps"], limit.int != spec.maxEpisodeSteps {
      differences.append(
        "its episodes have \(limit.int.map { "a time limit of \($0) steps" } ?? "no time limit")"
      )
    }
    let wrappers = recorded["additional_wrappers"]?.array ?? []
    if !wrappers.isEmpty {
      let names = wrappers.map { $0["name"]?.string ?? "something" }
      differences.append("it is wrapped in \(names.joined(separator: ", "))")
    }
    return differences.isEmpty ? nil : differences.joined(separator: ", and ")
  }

  // MARK: JSON

  /// The text of `metadata.json`.
  ///
  /// - Parameter byteCount: The size of the data.
  func json(byteCount: Int) -> String {
    var members: [String: JSONValue] = [
      "dataset_id": .string(datasetID), "minari_version": .string("0.5.0"),
      "data_format": .string("hdf5"), "total_episodes": .int(episodeCount),
      "total_steps": .int(stepCount), "jpeg_encoding": .bool(false),
      "observation_space": .string(observationSpace.json),
      "action_space": .string(actionSpace.json), "author": .array([]), "author_email": .array([]),
      "requirements": .array([]), "dataset_size": .double((Double(byteCount) / 1e5).rounded() / 10),
    ]
    members["env_spec"] = environmentSpec.map { .string($0) }
    members["algorithm_name"] = algorithm.map { .string($0) }
    members["description"] = description.map { .string($0) }
    var own: [String: JSONValue] = [:]
    own["format"] = writer.map { .string($0) }
    own["environment"] = environment.map { .string($0) }
    own["arguments"] = environmentArguments.isEmpty ? nil : .object(environmentArguments)
    own["infos"] = infos.isEmpty ? nil : .array(infos.map { .string($0.name) })
    let summed = infos.filter(\.isSummed)
    own["summed_infos"] = summed.isEmpty ? nil : .array(summed.map { .string($0.name) })
    own["shards"] = shards.map { .array($0.map { .int($0) }) }
    members["rlgym"] = .object(own)
    return JSONValue.object(members).text(isPretty: true) + "\n"
  }

  /// Reads the text of `metadata.json`.
  init(_ text: [UInt8], path: String) throws(RolloutLogError) {
    func refuse(_ reason: String) -> RolloutLogError { .refused(path, reason: reason) }
    guard text.count <= 4 << 20 else { throw refuse("it is larger than 4 MiB") }
    guard let json = JSONValue(text: text) else { throw refuse("it is no JSON") }
    guard let episodes = json["total_episodes"]?.int, episodes >= 0, episodes < 1 << 40,
      let steps = json["total_steps"]?.int, steps >= 0
    else { throw refuse("it has no 'total_episodes' and 'total_steps' that are whole numbers") }
    guard json["data_format"]?.string ?? "hdf5" == "hdf5" else {
      throw refuse("its data_format is not hdf5; convert the dataset with Minari first")
    }
    func space(_ key: String) throws(RolloutLogError) -> SpaceSpec {
      guard let text = json[key]?.string else {
        throw refuse("it has no '\(key)'; only datasets that say their spaces can be read")
      }
      do {
        let strict = JSONValue.strict(Array(text.utf8))
        return try SpaceSpec(reading: String(decoding: strict, as: UTF8.self)).withoutBytes
      } catch { throw refuse("its '\(key)' cannot be read: \(error)") }
    }
    let observations = try space("observation_space")
    let actions = try space("action_space")
    // Rows of this width are what the reader makes room for.
    guard observations.rowWidth <= 1 << 24, actions.rowWidth <= 1 << 20 else {
      throw refuse("its spaces have too many numbers")
    }
    datasetID = json["dataset_id"]?.string ?? ""
    observationSpace = observations
    actionSpace = actions
    episodeCount = episodes
    stepCount = steps
    algorithm = json["algorithm_name"]?.string
    description = json["description"]?.string
    environmentSpec = json["env_spec"]?.string
    writer = json["rlgym"]?["format"]?.string
    let names = json["rlgym"]?["infos"]?.array?.compactMap(\.string) ?? []
    let summed = json["rlgym"]?["summed_infos"]?.array?.compactMap(\.string) ?? []
    guard names.count <= 256, names.allSatisfy(InfoField.isName) else {
      throw refuse("its 'infos' are no names")
    }
    infos = names.map { InfoField($0, isSummed: summed.contains($0)) }
    shards = json["rlgym"]?["shards"]?.array?.compactMap(\.int)
    environment =
      json["rlgym"]?["environment"]?.string
      ?? environmentSpec.flatMap { JSONValue(text: Array($0.utf8))?["id"]?.string }
    environmentArguments =
      json["rlgym"]?["environment"] != nil
      ? json["rlgym"]?["arguments"]?.object ?? [:]
      : environmentSpec.map { GymnasiumSpec.arguments(in: $0) } ?? [:]
  }
}

extension SpaceSpec {
  /// The space with boxes of numbers in place of bytes, which rows do not carry.
  fileprivate var withoutBytes: SpaceSpec {
    switch self {
    case .bytes(let shape, let low, let high):
      let count = shape.reduce(1, *)
      return .box(
        shape: shape, low: Array(repeating: Float(low), count: count),
        high: Array(repeating: Float(high), count: count))
    case .tuple(let parts): return .tuple(parts.map(\.withoutBytes))
    case .dict(let parts): return .dict(parts.map { Named($0.name, $0.space.withoutBytes) })
    case .box, .discrete, .multiDiscrete, .multiBinary: return self
    }
  }
}
