internal import Foundation
internal import RLAgents
internal import RLCore
internal import RLSupport

/// What a finished run has to say, as `--json` prints it and `summary.json` keeps it.
public struct RunSummary: Codable, Sendable {
  /// The name of the file in a run's directory.
  public static let file = "summary.json"

  /// The returns of the final evaluation.
  public struct Figures: Codable, Sendable {
    /// How many episodes there were.
    public var episodes: Int
    /// The mean return.
    public var mean: Double
    /// The sample standard deviation of the returns; `nil` for a single episode.
    @Nullable public var std: Double?
    /// The smallest return.
    public var min: Double
    /// The largest return.
    public var max: Double
    /// The means of what the environment says of an episode, by name; `nil` if it says nothing.
    public var infos: [String: Double]?
    /// How many episodes were cut, because the environment has no time limit and they did not end by themselves; `nil`
    /// if none was.
    public var cutEpisodes: Int?
  }

  /// The agent's name.
  public var algorithm: String
  /// The environment's name.
  public var environment: String
  /// Environment steps done.
  public var steps: Int
  /// The seed of everything random.
  public var seed: UInt64
  /// Seconds of training.
  public var wallSeconds: Double
  /// Environment steps a second.
  public var stepsPerSecond: Double
  /// The final evaluation.
  public var evaluation: Figures
  /// The step of the evaluation at which the run was solved, if it was.
  @Nullable public var solvedAtStep: Int?
  /// Seconds from the start of the training to that evaluation.
  @Nullable public var solvedAtSecond: Double?
  /// The run's directory.
  public var run: String
  /// The CRC-32 of what belongs to the summary, by file, and of the summary itself without them; `nil` in those of
  /// version 0.1.0.
  public var checksums: [String: UInt32]?

  /// A value that JSON has as `null` where there is none, instead of leaving it out.
  @propertyWrapper public struct Nullable<Value: Codable & Sendable>: Codable, Sendable {
    /// The value.
    public var wrappedValue: Value?

    /// A value, or none.
    public init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }
    /// Decodes the value, or none from `null`.
    public init(from decoder: any Decoder) throws { wrappedValue = try Value?(from: decoder) }
    /// Encodes the value, or `null`.
    public func encode(to encoder: any Encoder) throws { try wrappedValue.encode(to: encoder) }
  }

  init(_ session: TrainingRun, _ result: Evaluation) {
    algorithm = session.plan.agent.name
    environment = session.plan.environment.id
    steps = session.stepsDone
    seed = session.plan.seed
    wallSeconds = session.wallSeconds
    stepsPerSecond = session.stepsPerSecond
    evaluation = Figures(
      episodes: result.returns.count, mean: result.mean, std: result.deviation,
      min: result.minimum, max: result.maximum,
      infos: result.infos.isEmpty ? nil : result.meanInfos,
      cutEpisodes: result.cutEpisodes > 0 ? result.cutEpisodes : nil)
    solvedAtStep = session.solvedAtStep
    solvedAtSecond = session.solvedAtSecond
    run = session.directory.path
    var sums: [String: UInt32] = [:]
    for file in Self.files { sums[file] = Self.checksum(of: run + "/" + file) }
    sums[Self.file] = ownChecksum
    checksums = sums
  }

  /// The files that a summary speaks of.
  private static let files = ["config.yaml", EvaluationLog.file]

  private static func checksum(of path: String) -> UInt32? {
    (try? FileStore.read(path)).map(FileStore.checksum)
  }

  /// The checksum of everything but the checksums.
  private var ownChecksum: UInt32? {
    var bare = self
    bare.checksums = nil
    return (try? JSONText.encode(bare)).map { FileStore.checksum(Array($0.utf8)) }
  }

  /// Throws if a file of the run is not the one that the summary was written with.
  ///
  /// - Parameter directory: The run's directory.
  func requireItsFiles(in directory: String) throws(FileError) {
    for file in Self.files {
      guard let known = checksums?[file] else { continue }
      guard Self.checksum(of: directory + "/" + file) == known else {
        throw .damaged(
          directory + "/" + file,
          reason: "it is not what it was when the run ended; put it back, or train the run anew")
      }
    }
  }

  /// Reads the summary of the run in a directory.
  public init(reading run: String) throws {
    let path = run + "/" + Self.file
    let bytes = try FileStore.read(path, limit: FileStore.textLimit)
    do {
      self = try JSONText.decode(bytes)
    } catch {
      throw FileError.damaged(path, reason: "it is no summary of a run")
    }
    guard checksums == nil || checksums?[Self.file] == ownChecksum else {
      throw FileError.damaged(path, reason: "it was changed after the run had ended")
    }
    let episodes = evaluation.episodes
    guard (0...1 << 40).contains(episodes), (0...episodes).contains(evaluation.cutEpisodes ?? 0)
    else {
      throw FileError.damaged(path, reason: "no evaluation has so many episodes, or cut ones")
    }
  }
}
