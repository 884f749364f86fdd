internal import Foundation
internal import RLSupport

/// What lies in a run's directory, at a glance.
///
/// ```swift
/// for run in RunRecord.all(in: "runs") where run.state == .finished {
///   print(run.path, run.meanReturn ?? .nan)
/// }
/// ```
public struct RunRecord: Codable, Sendable {
  /// Whether a run goes on.
  public enum State: String, Codable, Sendable {
    /// A process trains it now.
    case running
    /// The budget is used up, or the threshold reached.
    case finished
    /// Neither; it can go on.
    case stopped
  }

  /// The run's directory.
  public var path: String
  /// A name for people.
  public var name: String?
  /// Words to find the run by.
  public var tags: [String]
  /// The agent's name.
  public var agent: String
  /// The environment's full name.
  public var environment: String
  /// The seed of everything random.
  public var seed: UInt64
  /// The budget in environment steps.
  public var steps: Int
  /// Environment steps that the logs have.
  public var stepsDone: Int
  /// Whether it goes on.
  public var state: State
  /// The mean return of the final evaluation, or of the last one so far.
  public var meanReturn: Double?
  /// The agent's settings as text.
  public var settings: [String: String]

  /// Reads a run's directory; `nil` if it is none.
  ///
  /// - Parameter path: The directory.
  public init?(reading path: String) {
    guard var file = try? ConfigurationFile.read(path + "/config.yaml"),
      let agent = file.removeValue(forKey: "agent")?.word,
      let environment = file.removeValue(forKey: "environment")?.word,
      let steps = file.removeValue(forKey: "steps")?.word,
      let seed = (file.removeValue(forKey: "seed")?.word).flatMap({ UInt64($0) })
    else { return nil }
    (self.path, self.agent, self.environment, self.seed) = (path, agent, environment, seed)
    self.steps = Int(steps) ?? 0
    settings = file.mapValues(\.word)
    stepsDone = Int(clamping: RunLauncher.stepsDone(path))
    struct Words: Decodable {
      var name: String?
      var tags: [String]?
    }
    let bytes =
      (try? FileStore.read(path + "/" + RunMetadata.file, limit: FileStore.textLimit)) ?? []
    let words: Words? = try? JSONText.decode(bytes)
    (name, tags) = (words?.name, words?.tags ?? [])
    let summary = try? RunSummary(reading: path)
    let curve = try? EvaluationCurve(path + "/" + EvaluationLog.file)
    meanReturn = summary?.evaluation.mean ?? curve?.values.last
    state =
      RunDirectory.isLocked(path) ? .running : RunDirectory.isOver(path) ? .finished : .stopped
  }

  /// The runs in a directory and the directories in it, in the order of their paths.
  ///
  /// - Parameter directory: A directory of runs, or a run's own.
  public static func all(in directory: String) -> [RunRecord] {
    var seen: Set<String> = []
    return all(in: directory, &seen)
  }

  private static func all(in directory: String, _ seen: inout Set<String>) -> [RunRecord] {
    // Links may lead in circles.
    let place = URL(fileURLWithPath: directory).resolvingSymlinksInPath().path
    guard seen.insert(place).inserted else { return [] }
    if let run = RunRecord(reading: directory) { return [run] }
    return FileManager.default.folders(in: directory).flatMap { all(in: $0, &seen) }
  }

  /// The settings in which runs of one agent in one environment differ, by the runs' paths.
  public static func differences(among runs: [RunRecord]) -> [String: [(
    name: String, value: String
  )]] {
    var result: [String: [(name: String, value: String)]] = [:]
    for group in Dictionary(grouping: runs, by: { [$0.agent, $0.environment] }).values {
      let names = Set(group.flatMap(\.settings.keys)).filter { name in
        Set(group.map { $0.settings[name] }).count > 1
      }
      for run in group {
        result[run.path] = names.sorted().compactMap { name in
          run.settings[name].map { (name, $0) }
        }
      }
    }
    return result
  }
}
