public import RLAgents

extension TuningPlan {
  /// Searches, several runs at a time on threads of this process, and confirms the best with new seeds.
  ///
  /// A search that was stopped goes on where it was. What `rlgym tune` makes is such a directory.
  ///
  /// - Parameters:
  ///   - directory: Where the search's files lie.
  ///   - jobs: How many runs at a time; one a core if `nil`.
  ///   - catalog: The agents and environments there are.
  ///   - observe: Told how far the search is, about once a second; `.stop` saves all states and ends.
  /// - Returns: What came of it; `nil` if it was stopped.
  /// - Throws: `ExperimentError` if the directory holds another search, if a run cannot write its files, or if no
  ///   trial could be completed.
  @discardableResult
  public func run(
    in directory: String, jobs: Int? = nil, catalog: Catalog = .builtIn,
    observe: (StudyEvent) -> TrainingDirective = { _ in .proceed }
  ) throws -> TuningResults? {
    let files = try TuningDirectory(directory, plan: self, trials: trials, catalog: catalog)
    return try StudyObserver.observing(observe) { try files.run(jobs: jobs, observer: $0) }
  }
}
