internal import Foundation
package import RLAgents
internal import RLCore
internal import RLSupport

/// What a finished run has to say, as `--json` prints it and `summary.json` keeps it.
package struct RunSummary: Codable {
  package static let file = "summary.json"

  package struct Figures: Codable {
    package var episodes: Int
    package var mean: Double
    package var std: Double
    package var min: Double
    package var max: Double
  }

  package var algorithm: String
  package var environment: String
  package var steps: Int
  package var seed: UInt64
  package var wallSeconds: Double
  package var stepsPerSecond: Double
  package var evaluation: Figures
  @Nullable package var solvedAtStep: Int?
  @Nullable package var solvedAtSecond: Double?
  package var run: String

  /// A value that JSON has as `null` where there is none, instead of leaving it out.
  @propertyWrapper package struct Nullable<Value: Codable>: Codable {
    package var wrappedValue: Value?

    package init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }
    package init(from decoder: any Decoder) throws { wrappedValue = try Value?(from: decoder) }
    package func encode(to encoder: any Encoder) throws { try wrappedValue.encode(to: encoder) }
  }

  package init(_ session: TrainingSession, _ result: Evaluation) {
    algorithm = session.plan.kind.name
    environment = session.plan.entry.id
    steps = session.stepsDone
    seed = session.plan.seed
    wallSeconds = session.wallSeconds
    stepsPerSecond = session.stepsPerSecond
    evaluation = Figures(
      episodes: result.returns.count, mean: result.mean, std: result.deviation,
      min: result.minimum, max: result.maximum)
    solvedAtStep = session.solvedAtStep
    solvedAtSecond = session.solvedAtSecond
    run = session.directory.path
  }

  /// Reads the summary of the run in a directory.
  package init(reading run: String) throws {
    let path = run + "/" + Self.file
    let bytes = try FileStore.read(path)
    do {
      self = try JSONText.decode(bytes)
    } catch {
      throw FileError.damaged(path, reason: "it is no summary of a run")
    }
  }
}
