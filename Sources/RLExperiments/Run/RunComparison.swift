internal import RLStatistics
internal import RLSupport

/// Runs that were trained one by one, side by side: figures without a verdict, as a few seeds carry none.
///
/// ```swift
/// let comparison = try RunComparison("runs/slow", "runs/fast")
/// print(comparison.first.mean, comparison.second.mean, comparison.evidence)
/// ```
public struct RunComparison: Codable, Sendable {
  /// A run that is over.
  public struct Run: Codable, Sendable {
    /// What was trained.
    public var record: RunRecord
    /// What came of it.
    public var summary: RunSummary
  }

  /// The runs of one setting.
  public struct Side: Codable, Sendable {
    /// The run's directory, or the directory of all of them.
    public var path: String
    /// The runs that are over, one or more.
    public var runs: [Run]
    /// The mean over runs of the mean return of the final evaluation.
    public var mean: Double
    /// The sample standard deviation between runs; `nil` for a single run.
    @RunSummary.Nullable public var deviation: Double?
  }

  /// A setting that is not the same on both sides.
  public struct Difference: Codable, Sendable {
    /// The setting's name.
    public var name: String
    /// The values on the first side as text, each once; none where it is not set.
    public var first: [String]
    /// Those on the second side.
    public var second: [String]
  }

  /// The runs of the first path.
  public let first: Side
  /// The runs of the second path.
  public let second: Side
  /// The settings that differ between the sides; empty where agents differ.
  public let differences: [Difference]
  /// What keeps the figures from being those of the settings alone, such as unequal budgets.
  public let remarks: [String]

  /// Compares two runs, or the runs in two directories.
  ///
  /// - Parameters:
  ///   - first: A run's directory, or a directory that holds runs with several seeds.
  ///   - second: The same of the other setting.
  /// - Throws: `ExperimentError` if a directory holds no run that is over, or if not all runs are of one
  ///   environment.
  public init(_ first: String, _ second: String) throws {
    var remarks: [String] = []
    let sides = try [first, second].map { try Self.side($0, &remarks) }
    let runs = sides.map { $0.runs.map(\.record) }
    let environments = Set(runs.joined().map(\.environment)).sorted()
    guard environments.count == 1 else {
      throw ExperimentError.invalid(
        "The runs are of \(environments.joined(separator: " and ")), and returns of different environments cannot be compared."
      )
    }
    func numbers(_ values: Set<Int>) -> String {
      values.sorted().map(Format.count).joined(separator: " and ")
    }
    let budgets = runs.map { Set($0.map(\.steps)) }
    if budgets[0] != budgets[1] || budgets[0].count > 1 {
      remarks.append(
        "The budgets are not equal: \(numbers(budgets[0])) steps in '\(first)', \(numbers(budgets[1])) in '\(second)'."
      )
    }
    let isOneAgent = Set(runs.joined().map(\.agent)).count == 1
    let names = isOneAgent ? Set(runs.joined().flatMap(\.settings.keys)).sorted() : []
    differences = names.compactMap { name in
      let values = runs.map { Set($0.compactMap { $0.settings[name] }).sorted() }
      return values[0] == values[1]
        ? nil : Difference(name: name, first: values[0], second: values[1])
    }
    if differences.contains(where: { $0.name == RunPlan.argumentsKey }) {
      remarks.append(
        "The environments were made with different arguments, so the same return may not mean the same."
      )
    }
    (self.first, self.second, self.remarks) = (sides[0], sides[1], remarks)
  }

  private static func side(_ path: String, _ remarks: inout [String]) throws -> Side {
    let all = RunRecord.all(in: path)
    let runs = try all.filter { $0.state == .finished }.map {
      Run(record: $0, summary: try RunSummary(reading: $0.path))
    }
    guard !runs.isEmpty else {
      throw ExperimentError.invalid(
        all.isEmpty
          ? "'\(path)' holds no run: there is no config.yaml in it or in its directories."
          : "No run in '\(path)' is over; go on with train --resume.")
    }
    if runs.count < all.count {
      remarks.append("\(all.count - runs.count) of \(all.count) runs in '\(path)' are not over.")
    }
    let records = runs.map(\.record)
    if Set(records.map(\.seed)).count < records.count {
      remarks.append("Runs in '\(path)' have the same seed, so they are no repetitions.")
    }
    let varied = Set(
      RunRecord.differences(among: records).values.joined().map(\.name)
        + (Set(records.map(\.agent)).count > 1 ? ["agent"] : [])
    ).sorted()
    if !varied.isEmpty {
      remarks.append(
        "The runs in '\(path)' are not of one setting: they differ in \(varied.joined(separator: ", "))."
      )
    }
    let cut = runs.reduce(0) { $0 + ($1.summary.evaluation.cutEpisodes ?? 0) }
    if cut > 0 {
      let count = runs.reduce(0) { $0 + $1.summary.evaluation.episodes }
      remarks.append(
        "\(Format.count(cut)) of \(Format.count(count)) episodes of the final evaluations in '\(path)' were cut, as the environment has no time limit; their returns are not those of whole episodes."
      )
    }
    let finals = runs.map(\.summary.evaluation.mean)
    return Side(
      path: path, runs: runs, mean: mean(of: finals), deviation: standardDeviation(of: finals))
  }

  // MARK: What it says

  /// What so few runs can say of the settings, in a sentence or two.
  public var evidence: String {
    let finals = [first, second].map { $0.runs.map(\.summary.evaluation.mean) }
    let counts = finals.map(\.count)
    guard !counts.contains(1) else {
      return
        "With one run on a side nobody knows how much is due to its seed; with another one the order may turn round."
    }
    let share = probabilityOfImprovement(Scores([finals[1]]), over: Scores([finals[0]]))
    guard share == 0 || share == 1 else {
      let pairs = counts[0] * counts[1]
      return
        "The final returns of the two sides overlap: in \(NumberText.round(share * Double(pairs))) of \(pairs) pairs of runs the second ends higher."
    }
    // Of all ways to choose the runs that end lowest, two are those in which they are of one side.
    let ways = (1...counts[0]).reduce(1.0) { $0 * Double(counts[1] + $1) / Double($1) }
    let (above, below) = share == 0 ? (first, second) : (second, first)
    let chance = 2 / ways < 0.01 ? "less than 1%" : NumberText.percent(2 / ways)
    return
      "Every run in '\(above.path)' ends higher than every run in '\(below.path)'. With \(counts[0]) and \(counts[1]) runs of equal settings one side is so far ahead in \(chance) of cases."
  }
}
