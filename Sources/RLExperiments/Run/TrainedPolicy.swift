internal import Foundation
public import RLAgents
internal import RLCore
internal import RLRendering
internal import RLSupport

/// A policy read from a run directory.
///
/// ```swift
/// let policy = try TrainedPolicy(run: "runs/a")
/// let action = policy.action(for: observation)
/// print(try policy.evaluate(episodes: 100).mean)
/// ```
public struct TrainedPolicy {
  /// What was trained.
  public let plan: RunPlan
  /// The policy.
  public let policy: any Policy

  /// Reads `final` of a run, or the newest checkpoint of an unfinished one.
  ///
  /// - Parameters:
  ///   - path: The run's directory, or its `best`, `final` or a checkpoint, or the file of weights in one.
  ///   - catalog: What the run's agent and environment are found in.
  /// - Throws: `ExperimentError` if there is no run or no model, and `FileError` if a file is damaged.
  public init(run path: String, catalog: Catalog = .builtIn) throws {
    let (root, model) = try Self.find(path)
    plan = try RunPlan(reading: root + "/config.yaml", catalog: catalog)
    try plan.requireSame(asModel: model, of: root, catalog: catalog)
    let weights: StateArchive
    do {
      weights = try Checkpoint.readPolicy(model)
    } catch let error as FileError {
      let others = Self.models(of: root).filter { $0 != model }
      throw others.isEmpty
        ? error : error.advising("'\(others.joined(separator: "' or '"))' may still be whole")
    }
    do {
      policy = try plan.agent.type.loadPolicy(
        plan.configuration, spec: plan.environment.spec, from: weights)
    } catch let error as StateError {
      throw FileError.unusable(
        model + "/policy.safetensors",
        reason: "\(error) '\(root)/config.yaml' may be of other settings than it was trained with")
    }
  }

  /// The directories with weights in a run's, the newest of its checkpoints among them.
  private static func models(of root: String) -> [String] {
    let newest = RunDirectory.checkpoints(of: root).last.map { "checkpoints/" + $0 }
    return (["final", "best"] + (newest.map { [$0] } ?? [])).map { root + "/" + $0 }
      .filter { FileManager.default.fileExists(atPath: $0) }
  }

  /// The run's directory and the model that a path names.
  static func find(_ path: String) throws -> (root: String, model: String) {
    let manager = FileManager.default
    var path = path
    while path.count > 1 && path.hasSuffix("/") { path.removeLast() }
    var isDirectory: ObjCBool = false
    if manager.fileExists(atPath: path, isDirectory: &isDirectory), !isDirectory.boolValue {
      guard path.hasSuffix("/policy.safetensors") || path == "policy.safetensors" else {
        throw ExperimentError.invalid(
          "'\(path)' is no model; give a run directory, or a policy.safetensors in one.")
      }
      path = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }
    try FileStore.requireAccess(path)
    let given = path
    if !manager.fileExists(atPath: path + "/config.yaml"), !path.isEmpty {
      // A model may be named in its own folder or in the run's.
      path = URL(fileURLWithPath: path).standardizedFileURL.path
    }
    var root = path
    while !manager.fileExists(atPath: root + "/config.yaml") || root.isEmpty {
      guard let slash = root.lastIndex(of: "/") else {
        throw ExperimentError.invalid(
          "'\(given)' is no run directory: there is no config.yaml in or above it.")
      }
      root = String(root[..<slash])
    }
    var model = path
    if root == path {
      if manager.fileExists(atPath: path + "/final") {
        model = path + "/final"
      } else if let newest = RunDirectory.checkpoints(of: path).last {
        model = path + "/checkpoints/" + newest
      } else {
        throw ExperimentError.invalid(
          "'\(path)' has no model yet; it was stopped before its first checkpoint.")
      }
    }
    return (root, model)
  }

  /// The most likely action; for a policy with memory, that in the first step of an episode.
  ///
  /// - Parameters:
  ///   - observation: A row of `observation width` numbers, as vector environments write it.
  ///   - mask: The allowed actions, for environments that mask; all if empty.
  public func action(for observation: [Float], mask: [Bool] = []) -> [Float] {
    policy.action(for: observation, mask: whole(mask))
  }

  /// The most likely action in the middle of an episode.
  ///
  /// - Parameters:
  ///   - observation: A row of `observation width` numbers, as vector environments write it.
  ///   - mask: The allowed actions, for environments that mask; all if empty.
  ///   - memory: What the policy remembers of the episode: empty before its first step; changed.
  public func action(
    for observation: [Float], mask: [Bool] = [], memory: inout [Float]
  ) -> [Float] {
    policy.action(for: observation, mask: whole(mask), memory: &memory)
  }

  /// A mask that allows everything where there is none but should be one.
  private func whole(_ mask: [Bool]) -> [Bool] {
    let spec = plan.environment.spec
    let isFree = mask.isEmpty && spec.masksActions
    return isFree ? Array(repeating: true, count: spec.actionSpace.choiceWidth) : mask
  }

  /// Plays episodes in environments of its own.
  ///
  /// - Parameters:
  ///   - episodes: How many.
  ///   - seed: Episode i starts with the seed `seed + i`; start states that training never used if `nil`.
  ///   - isDeterministic: Whether the most likely action is taken, instead of a random one.
  ///   - threads: The most threads to use, one a core if `nil`; the result does not depend on it.
  /// - Throws: `ExperimentError` for less than one episode, and `EnvironmentFault` for what the environment did that no
  ///   policy can act on.
  public func evaluate(
    episodes: Int = 100, seed: UInt64? = nil, isDeterministic: Bool = true,
    threads: Int? = nil
  ) throws -> Evaluation {
    guard episodes > 0 else {
      throw ExperimentError.invalid("An evaluation has 1 episode or more, not \(episodes).")
    }
    // Each has a return, a length, its end, and the numbers of its information, twice while they are gathered.
    let bytes = Double(episodes) * Double(300 + 32 * plan.environment.spec.infos.count)
    let limit = MemoryLimit.bytes
    guard bytes <= limit else {
      throw ExperimentError.invalid(
        "\(episodes) episodes would take \(Format.bytes(Int(clamping: bytes))) of memory, and there are \(Format.bytes(Int(clamping: limit))); play fewer (--episodes)."
      )
    }
    return try Evaluation(
      of: policy, in: plan.environment.makeVector, episodes: episodes, seed: seed ?? evaluationSeed,
      isDeterministic: isDeterministic,
      on: ThreadTeam(threads: threads ?? ProcessInfo.processInfo.activeProcessorCount)
    ).sound()
  }

  /// Records episodes as a video.
  ///
  /// - Parameters:
  ///   - path: The file; its ending says the format: `.apng`, `.gif`, `.mp4`, or none for a folder of PNG files.
  ///   - episodes: How many, one after the other.
  ///   - seed: Of the first one; a start state that training never used if `nil`.
  ///   - framesPerSecond: The environment's natural number if `nil`.
  ///   - scale: Pixels a point of the environment's drawings.
  /// - Returns: What was recorded.
  /// - Throws: `ExperimentError` if the environment cannot be drawn, and `RecordingError`.
  @discardableResult
  public func record(
    to path: String, episodes: Int = 1, seed: UInt64? = nil, framesPerSecond: Int? = nil,
    scale: Double = 1
  ) throws -> EpisodeRecording.Result? {
    guard episodes > 0, scale > 0, scale <= 8 else {
      throw ExperimentError.invalid(
        "A recording has 1 episode or more and a scale above 0 and at most 8, not \(episodes) and \(scale)."
      )
    }
    let recording = EpisodeRecording(
      entry: plan.environment, player: PolicyPlayer(policy, name: plan.agent.name, seed: nil),
      seed: seed ?? evaluationSeed, episodes: episodes, framesPerSecond: framesPerSecond,
      scale: scale)
    return try recording.record(to: path, RecordingFormat(path: path))
  }

  /// The seed of the first episode of an evaluation after training, which training never used.
  public var evaluationSeed: UInt64 { TrainingRun.evaluationSeed(plan.seed, .final) }
}
