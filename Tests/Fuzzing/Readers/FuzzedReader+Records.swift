import RLCore
import RLDatasets
import RLExperiments
import RLReports
import RLSupport

// What runs, studies and logs say of themselves.
extension FuzzedReader {
  static let records = [
    // `progress.csv` or `monitor.csv`, which the reader tells apart.
    FuzzedReader("csv") { try draw(Place.put($0, at: "csv/log.csv")) },
    FuzzedReader("summary") { bytes in
      _ = try Place.put(bytes, at: "summary/summary.json")
      let summary = try RunSummary(reading: Place.folder + "/summary")
      _ = try JSONText.encode(summary, isPretty: true)
    },
    FuzzedReader("results") { bytes in
      let results = try StudyResults(reading: Place.put(bytes, at: "study/results.json"))
      _ = StudyReport(results).html
      _ = try StudyComparison(results, results).isWorse
    },
    FuzzedReader("run-metadata") { bytes in
      let config = "agent: ppo\nenvironment: CartPole-v1\nsteps: 1000\nseed: 1\n"
      _ = try Place.put(Array(config.utf8), at: "run/config.yaml")
      _ = try Place.put(bytes, at: "run/metadata.json")
      _ = RunRecord(reading: Place.folder + "/run")
    },
    FuzzedReader("log-metadata") { bytes in
      _ = try Place.put(bytes, at: "log/data/metadata.json")
      let log = try RolloutLog(Place.folder + "/log", access: .trusted)
      let name = RolloutLogMetadata.name(from: log.metadata.datasetID)
      precondition(RolloutLogMetadata.name(from: name) == name)
      guard let environment = log.metadata.environment else { return }
      let entry = try Catalog.builtIn.environment(environment, log.metadata.environmentArguments)
      _ = log.metadata.variant(of: entry.spec)
    },
  ]

  /// Draws the learning curve of a log.
  static func draw(_ path: String) throws {
    let plot = try RunPlot([path])
    _ = try plot.svg()
    _ = try plot.html(over: .seconds)
  }
}
