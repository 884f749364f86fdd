internal import Foundation
package import RLStatistics
internal import RLSupport

/// What a study found, as `results.json` holds it.
package struct StudyResults: Codable {
  /// A number with its 95% interval.
  package struct Estimate: Codable {
    package var value: Double
    package var low: Double
    package var high: Double

    package init(_ value: Double, _ interval: Interval) {
      (self.value, low, high) = (value, interval.low, interval.high)
    }

    /// As people read it in a terminal.
    package var text: String { NumberText.estimate(self, Format.value) }
  }

  /// One training.
  package struct Run: Codable {
    package var seed: UInt64
    /// Why the run failed; a failed run counts with the return of random actions.
    package var problem: String?
    /// The mean return of 100 episodes with the final model.
    package var final: Double
    /// Environment steps, seconds of training and the mean return at each evaluation.
    package var steps: [Int]
    package var seconds: [Double]
    package var values: [Double]
    /// The same with actions drawn at random as in training.
    package var stochasticValues: [Double]
    package var wallSeconds: Double?
    package var stepsPerSecond: Double?
  }

  /// A statistic of the runs over steps or seconds.
  package struct Band: Codable {
    package var at: [Double]
    package var value: [Double]
    package var low: [Double]
    package var high: [Double]

    /// Whether each place has a value with its interval.
    package var isWhole: Bool { Set([at.count, value.count, low.count, high.count]).count == 1 }
  }

  /// Steps or seconds to a threshold; what lies beyond the budget is `nil`.
  package struct Reached: Codable {
    package var count: Int
    package var of: Int
    package var median: Double?
    package var low: Double?
    package var high: Double?
  }

  /// An agent with its settings in an environment.
  package struct Task: Codable {
    package var name: String
    package var agent: String
    package var environment: String
    package var steps: Int
    package var settings: [String: String]
    /// The mean return that counts as solved.
    package var threshold: Double?
    /// The returns that count as 0 and 1 in scores.
    package var random: Double
    package var reference: Double?
    package var runs: [Run]
    /// The interquartile mean over runs of the final return.
    package var final: Estimate
    package var mean: Double
    package var deviation: Double
    /// The interquartile mean over runs of the mean return over the budget.
    package var area: Estimate
    /// The interquartile mean over runs at each evaluation.
    package var overSteps: Band
    package var overSeconds: Band
    package var stepsToThreshold: Reached?
    package var secondsToThreshold: Reached?
  }

  /// An agent over all environments that all agents share.
  package struct Aggregated: Codable {
    package var name: String
    package var interquartileMean: Estimate
    package var median: Estimate
    package var mean: Estimate
    package var optimalityGap: Estimate
    /// The share of runs that score more than each threshold.
    package var profile: Band
  }

  /// How probable it is that a run of one agent ends better than one of another.
  package struct Improvement: Codable {
    package var better: String
    package var than: String
    package var probability: Estimate
    package var environments: [String]
  }

  /// How the study was made.
  package struct Origin: Codable {
    package var rlgym: String
    package var command: String
    package var date: String
    package var host: String
    package var system: String
    package var cpu: String
    package var cores: Int
    package var evaluations: Int
    package var seeds: Int
    /// Of the intervals.
    package var repetitions: Int
  }

  package var origin: Origin
  package var tasks: [Task]
  /// The environments that all agents share and that have a reference return.
  package var commonEnvironments: [String]
  package var aggregates: [Aggregated]
  package var improvements: [Improvement]

  /// Reads results, or says what is wrong with them.
  package init(reading path: String) throws {
    let bytes = try FileStore.read(path)
    do {
      self = try JSONText.decode(bytes)
    } catch {
      throw FileError.damaged(path, reason: "it does not hold the results of a study")
    }
    if let problem { throw FileError.damaged(path, reason: problem) }
  }

  /// What no study can have found, in a file that was changed; `nil` if all is well.
  private var problem: String? {
    for task in tasks {
      let name = "\(task.name) in \(task.environment)"
      if task.runs.isEmpty { return "\(name) has no runs" }
      for run in task.runs {
        let counts = Set([run.steps.count, run.seconds.count, run.values.count])
        let isDrawn = run.stochasticValues.isEmpty || counts.contains(run.stochasticValues.count)
        guard counts.count == 1, isDrawn else {
          return "seed \(run.seed) of \(name) has evaluations without steps, times or returns"
        }
        guard run.steps.first ?? 0 >= 0, run.steps.last ?? 0 <= 1 << 53,
          zip(run.steps, run.steps.dropFirst()).allSatisfy({ $0 <= $1 })
        else { return "the evaluations of seed \(run.seed) of \(name) are not in order" }
      }
      if [task.overSteps, task.overSeconds].contains(where: { !$0.isWhole }) {
        return "the curves of \(name) are not whole"
      }
    }
    return aggregates.allSatisfy(\.profile.isWhole) ? nil : "a profile is not whole"
  }

  package init(
    origin: Origin, tasks: [Task], commonEnvironments: [String], aggregates: [Aggregated],
    improvements: [Improvement]
  ) {
    self.origin = origin
    self.tasks = tasks
    self.commonEnvironments = commonEnvironments
    self.aggregates = aggregates
    self.improvements = improvements
  }

  /// The runs that are over.
  package var runCount: Int { tasks.reduce(0) { $0 + $1.runs.count } }

  /// One row an evaluation of each run.
  package var csv: String {
    var rows = ["name,agent,environment,seed,step,seconds,return,stochastic_return"]
    for task in tasks {
      for run in task.runs {
        for i in run.steps.indices {
          let stochastic =
            run.stochasticValues.indices.contains(i) ? "\(run.stochasticValues[i])" : ""
          rows.append(
            "\(task.name),\(task.agent),\(task.environment),\(run.seed),\(run.steps[i]),\(run.seconds[i]),\(run.values[i]),\(stochastic)"
          )
        }
      }
    }
    return rows.joined(separator: "\n") + "\n"
  }
}

extension [StudyResults.Task] {
  /// The agents by the names they have in the study, and the environments, in the study's order.
  package var names: [String] { Self.unique(map(\.name)) }
  package var environments: [String] { Self.unique(map(\.environment)) }

  private static func unique(_ words: [String]) -> [String] {
    var seen: Set<String> = []
    return words.filter { seen.insert($0).inserted }
  }
}
