internal import Foundation
public import RLAgents

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
    let study = try StudyDirectory.open(directory, study: self, catalog: catalog)
    return try StudyObserver.observing(observe) { observer in
      let cores = ProcessInfo.processInfo.activeProcessorCount
      let jobsAtOnce = min(max(1, jobs ?? cores), max(1, study.jobs.count))
      return try StudyRunner(
        study, in: directory, jobs: study.jobs, jobsAtOnce: jobsAtOnce,
        threads: max(1, cores / jobsAtOnce), retriesFailures: false, catalog: catalog,
        launcher: .threads, observer: observer
      ).run()
    }
  }

  /// The results of the runs that are over, which are also written to `results.json` and `results.csv`.
  ///
  /// - Parameters:
  ///   - directory: The study's directory.
  ///   - catalog: The agents and environments there are.
  /// - Throws: `ExperimentError` if no run is over.
  public func results(in directory: String, catalog: Catalog = .builtIn) throws -> StudyResults {
    try StudyDirectory.results(of: self, in: directory, catalog: catalog)
  }

  /// Reads the study in a directory.
  ///
  /// - Parameters:
  ///   - directory: The study's directory.
  ///   - catalog: The agents and environments there are.
  public init(reading directory: String, catalog: Catalog = .builtIn) throws {
    self = try StudyDirectory.read(directory, catalog: catalog)
  }
}

extension StudyObserver {
  /// Observes with a closure that does not outlive the call.
  static func observing<Result>(
    _ observe: (StudyEvent) -> TrainingDirective, _ body: (StudyObserver) throws -> Result
  ) rethrows -> Result {
    try withoutActuallyEscaping(observe) { observe in
      var isStopped = false
      return try body(
        StudyObserver(isCancelled: { isStopped }) { event in
          if observe(event) == .stop { isStopped = true }
        })
    }
  }
}
