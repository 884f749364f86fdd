internal import Foundation
public import RLAgents
internal import RLSupport

extension Study {
  /// Trains what is not trained yet, several runs at a time on threads of this process.
  ///
  /// A study that was stopped goes on where it was. What `rlgym benchmark` makes is such a directory.
  ///
  /// - Parameters:
  ///   - directory: Where the study's files lie.
  ///   - jobs: How many runs at a time; one a core if `nil`.
  ///   - catalog: The agents and environments there are.
  ///   - observe: Told how far the study is, about once a second; `.stop` saves all states and ends.
  /// - Returns: Whether every run is over.
  /// - Throws: `ExperimentError` if the directory holds another study, or if a run cannot write its files.
  @discardableResult
  public func run(
    in directory: String, jobs: Int? = nil, catalog: Catalog = .builtIn,
    observe: (StudyEvent) -> TrainingDirective = { _ in .proceed }
  ) throws -> Bool {
    guard points > 0, seeds > 0 else {
      throw ExperimentError.invalid(
        "A study has 1 seed or more and 1 evaluation or more, not \(seeds) and \(points).")
    }
    return try StudyObserver.observing(observe) { observer in
      try run(in: directory, jobs: jobs, catalog: catalog, observer: observer)
    }
  }

  /// Trains what is not trained yet, or a part of it, on threads or in processes.
  ///
  /// - Parameters:
  ///   - directory: Where the study's files lie.
  ///   - part: The part to train, of a study that several machines share; all of it if `nil`.
  ///   - retriesFailures: Whether failed runs begin anew.
  ///   - jobs: How many runs at a time; one a core if `nil`.
  ///   - launcher: How runs are started.
  ///   - catalog: The agents and environments there are.
  ///   - observer: How it is watched and ended.
  /// - Returns: Whether every run of the part is over.
  /// - Throws: `ExperimentError` if the directory holds another study, or if a run cannot write its files.
  @discardableResult
  public func run(
    in directory: String, part: StudyShard? = nil, retriesFailures: Bool = false,
    jobs: Int? = nil, launcher: RunLauncher = .threads, catalog: Catalog = .builtIn,
    observer: StudyObserver
  ) throws -> Bool {
    let study = try StudyDirectory.open(directory, study: self, catalog: catalog)
    let selected = part?.jobs(of: study) ?? study.jobs
    let cores = ProcessInfo.processInfo.activeProcessorCount
    return try StudyRunner(
      study, in: directory, jobs: selected, jobsAtOnce: max(1, jobs ?? cores), cores: cores,
      retriesFailures: retriesFailures, catalog: catalog,
      launcher: launcher, observer: observer
    ).run()
  }

  /// The results of the runs that are over, which are also written to `results.json` and `results.csv`.
  ///
  /// - Parameters:
  ///   - directory: The study's directory.
  ///   - catalog: The agents and environments there are.
  /// - Throws: `ExperimentError` if no run is over.
  public func results(in directory: String, catalog: Catalog = .builtIn) throws -> StudyResults {
    let results = try StudyAnalysis(study: self, directory: directory, catalog: catalog).results()
    guard results.runCount > 0 else {
      throw ExperimentError.failed(
        "No run in '\(directory)' is over yet; train with: \(Invocation.program) benchmark --output \(Invocation.quoted(directory))"
      )
    }
    for (name, text) in [
      ("results.json", try JSONText.encode(results) + "\n"), ("results.csv", results.csv),
    ] {
      try FileStore.write(Array(text.utf8), to: directory + "/" + name, isShared: true)
    }
    return results
  }

  /// Reads the study in a directory.
  ///
  /// - Parameters:
  ///   - directory: The study's directory.
  ///   - catalog: The agents and environments there are.
  public init(reading directory: String, catalog: Catalog = .builtIn) throws {
    let path = directory + "/study.yaml"
    guard FileManager.default.fileExists(atPath: path) else {
      throw ExperimentError.invalid("'\(directory)' holds no study: it has no study.yaml.")
    }
    try self.init(
      yaml: String(
        decoding: FileStore.read(path, limit: ConfigurationFile.sizeLimit), as: UTF8.self),
      name: path, catalog: catalog)
  }
}
