internal import Foundation
internal import RLGym

/// What a study found, as `results.json` holds it.
struct StudyResults: Codable {
  /// A number with its 95% interval.
  struct Estimate: Codable {
    var value: Double
    var low: Double
    var high: Double

    init(_ value: Double, _ interval: Interval) {
      (self.value, low, high) = (value, interval.low, interval.high)
    }

    /// As people read it in a terminal.
    var text: String { NumberText.estimate(self, Format.value) }
  }

  /// One training.
  struct Run: Codable {
    var seed: UInt64
    /// Why the run failed; a failed run counts with the return of random actions.
    var problem: String?
    /// The mean return of 100 episodes with the final model.
    var final: Double
    /// Environment steps, seconds of training and the mean return at each evaluation.
    var steps: [Int]
    var seconds: [Double]
    var values: [Double]
    /// The same with actions drawn at random as in training.
    var stochasticValues: [Double]
    var wallSeconds: Double?
    var stepsPerSecond: Double?
  }

  /// A statistic of the runs over steps or seconds.
  struct Band: Codable {
    var at: [Double]
    var value: [Double]
    var low: [Double]
    var high: [Double]

    /// Whether each place has a value with its interval.
    var isWhole: Bool { Set([at.count, value.count, low.count, high.count]).count == 1 }
  }

  /// Steps or seconds to a threshold; what lies beyond the budget is `nil`.
  struct Reached: Codable {
    var count: Int
    var of: Int
    var median: Double?
    var low: Double?
    var high: Double?
  }

  /// An agent with its settings in an environment.
  struct Task: Codable {
    var name: String
    var agent: String
    var environment: String
    var steps: Int
    var settings: [String: String]
    /// The mean return that counts as solved.
    var threshold: Double?
    /// The returns that count as 0 and 1 in scores.
    var random: Double
    var reference: Double?
    var runs: [Run]
    /// The interquartile mean over runs of the final return.
    var final: Estimate
    var mean: Double
    var deviation: Double
    /// The interquartile mean over runs of the mean return over the budget.
    var area: Estimate
    /// The interquartile mean over runs at each evaluation.
    var overSteps: Band
    var overSeconds: Band
    var stepsToThreshold: Reached?
    var secondsToThreshold: Reached?
  }

  /// An agent over all environments that all agents share.
  struct Aggregated: Codable {
    var name: String
    var interquartileMean: Estimate
    var median: Estimate
    var mean: Estimate
    var optimalityGap: Estimate
    /// The share of runs that score more than each threshold.
    var profile: Band
  }

  /// How probable it is that a run of one agent ends better than one of another.
  struct Improvement: Codable {
    var better: String
    var than: String
    var probability: Estimate
    var environments: [String]
  }

  /// How the study was made.
  struct Origin: Codable {
    var rlgym: String
    var command: String
    var date: String
    var host: String
    var system: String
    var cpu: String
    var cores: Int
    var evaluations: Int
    var seeds: Int
    /// Of the intervals.
    var repetitions: Int
  }

  var origin: Origin
  var tasks: [Task]
  /// The environments that all agents share and that have a reference return.
  var commonEnvironments: [String]
  var aggregates: [Aggregated]
  var improvements: [Improvement]

  /// Reads results, or says what is wrong with them.
  init(reading path: String) throws {
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

  init(
    origin: Origin, tasks: [Task], commonEnvironments: [String], aggregates: [Aggregated],
    improvements: [Improvement]
  ) {
    self.origin = origin
    self.tasks = tasks
    self.commonEnvironments = commonEnvironments
    self.aggregates = aggregates
    self.improvements = improvements
  }

  /// One row an evaluation of each run.
  var csv: String {
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
  var names: [String] { Self.unique(map(\.name)) }
  var environments: [String] { Self.unique(map(\.environment)) }

  private static func unique(_ words: [String]) -> [String] {
    var seen: Set<String> = []
    return words.filter { seen.insert($0).inserted }
  }
}
