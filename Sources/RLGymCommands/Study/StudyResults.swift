internal import Foundation
internal import RLGym

/// What a study found, as `results.json` holds it.
struct StudyResults: Codable {
  /// A number with its 95% interval.
  struct Estimate: Codable {
    var value: Double
    var low: Double
    var high: Double
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
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      self = try decoder.decode(Self.self, from: Data(bytes))
    } catch {
      throw FileError.damaged(path, reason: "it does not hold the results of a study")
    }
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

  var json: [UInt8] {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      encoder.nonConformingFloatEncodingStrategy = .convertToString(
        positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
      return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    }
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
