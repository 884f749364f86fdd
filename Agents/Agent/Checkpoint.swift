internal import FoundationEssentials
internal import RLCore
public import RLSupport

/// A saved agent: a directory of two safetensors files and a manifest.
///
/// - `policy.safetensors`: what acting needs. Weights by Stable-Baselines3's names in PyTorch's layout
///   `[out, in]`, single precision; if observations are normalized, `observations.mean`, `.variance` and
///   `.count`, double precision. The header's metadata has `format: pt`, the `agent` and its `settings` as
///   JSON, such as the activation.
/// - `training.safetensors`: everything else that exact resume needs, such as `optimizer/first`,
///   `environments/generators` and `replay/rewards`; what a run adds stands under `run/`. Small values are
///   JSON in the header's metadata, under `json:` and their name.
/// - `manifest.json`: the size in bytes and the CRC-32 of each file, and notes: words by name, such as the
///   `config.yaml` of the run.
///
/// A model that is only to act has the policy and the manifest.
public enum Checkpoint {
  /// Saves an agent in place of what is there.
  ///
  /// - Parameters:
  ///   - agent: The agent.
  ///   - path: The directory.
  ///   - extra: Further numbers to keep with the training state.
  ///   - notes: Words to keep beside both, by name.
  public static func write(
    _ agent: any Agent, extra: StateArchive, to path: String, notes: [String: String] = [:]
  ) throws(FileError) {
    var archive = StateArchive()
    agent.save(to: &archive)
    let policy = archive.removingPrefix("policy/")
    var training = archive.removing("policy/")
    training.merge(extra, prefix: "run/")
    try FileStore.writeDirectory(
      [
        ("policy.safetensors", Safetensors.encode(policy, metadata: metadata(of: agent))),
        ("training.safetensors", Safetensors.encode(training)),
      ], to: path, notes: notes)
  }

  /// Saves what acting needs and nothing else, in place of what is there.
  ///
  /// - Parameters:
  ///   - agent: The agent.
  ///   - path: The directory.
  ///   - notes: Words to keep beside it, by name.
  public static func writePolicy(
    _ agent: any Agent, to path: String, notes: [String: String] = [:]
  ) throws(FileError) {
    let policy = Safetensors.encode(agent.policyState, metadata: metadata(of: agent))
    try FileStore.writeDirectory([("policy.safetensors", policy)], to: path, notes: notes)
  }

  /// The words that were kept beside a saved agent.
  public static func notes(_ path: String) throws(FileError) -> [String: String] {
    try FileStore.notes(of: path)
  }

  /// What a reader of the weights needs to know to rebuild the networks.
  private static func metadata(of agent: any Agent) -> [String: String] {
    let settings = Dictionary(uniqueKeysWithValues: agent.configuration.values.map { ($0, $1) })
    return [
      "format": "pt", "agent": type(of: agent).name, "settings": JSONValue.object(settings).text(),
    ]
  }

  /// Reads the policy's part.
  public static func readPolicy(_ path: String) throws -> StateArchive {
    let name = "policy.safetensors"
    return try part(name, try FileStore.readDirectory(path, only: [name]), path)
  }

  /// Reads everything: what the agent saved, and the extra numbers.
  public static func read(_ path: String) throws -> (agent: StateArchive, extra: StateArchive) {
    let files = try FileStore.readDirectory(path)
    let training = try part("training.safetensors", files, path)
    var agent = training.removing("run/")
    agent.merge(try part("policy.safetensors", files, path), prefix: "policy/")
    return (agent, training.removingPrefix("run/"))
  }

  private static func part(_ name: String, _ files: [String: [UInt8]], _ path: String) throws
    -> StateArchive
  {
    guard let bytes = files[name] else {
      throw FileError.damaged(path, reason: "it has no \(name)")
    }
    do throws(SafetensorsError) {
      return try Safetensors.decode(bytes)
    } catch {
      throw FileError.damaged("\(path)/\(name)", reason: error.reason)
    }
  }

  /// What is said of a state that an agent or a run refuses: the file that it lies in, and what can be done.
  ///
  /// - Parameters:
  ///   - error: Why it is refused.
  ///   - path: The directory that was read.
  public static func refusal(_ error: StateError, in path: String) -> FileError {
    let file = error.name.hasPrefix("policy/") ? "policy.safetensors" : "training.safetensors"
    return .unusable(
      "\(path)/\(file)",
      reason:
        "\(error) Remove its folder to go on from the checkpoint before it, or begin a new run")
  }
}
